# The app as an ordinary user. Build: docker build -t perscoach .   Run: docker run -p 7860:7860 -v perscoach:/data perscoach
# A smaller image without CUDA: --build-arg TORCH_INDEX=<address of PyTorch's CPU wheels>.
# With SAM 3D Body (docs/gpu.md): docker build --target gpu -t perscoach:gpu .
#   docker run --gpus all -e HF_TOKEN -p 7860:7860 -v perscoach:/data perscoach:gpu
# Which stage is the image when none is named; a Hugging Face Space passes its variables as build arguments.
ARG PERSCOACH_IMAGE=base

# The libraries of the client's page, exactly those of package-lock.json.
FROM node:22-bookworm-slim AS vendor
WORKDIR /vendor
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# The landmarker's best network, should its publisher not be reachable while the image is built (perscoach/models/npm.py).
RUN npm pack --silent --ignore-scripts @mediapipe/pose@0.5.1675469404 \
    && mkdir -p node_modules/@mediapipe/pose \
    && tar -xzf ./*.tgz -C node_modules/@mediapipe/pose --strip-components=1 package/pose_landmark_heavy.tflite \
    && rm ./*.tgz

FROM python:3.11-slim-bookworm AS base

# What opencv and mediapipe load at run time; nothing else is taken from the system (ffmpeg comes with imageio-ffmpeg).
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libegl1 libgles2 libglib2.0-0 libgomp1 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 coach \
    && mkdir -p /app /data/workspace /data/checkpoints \
    && chown -R coach:coach /app /data
WORKDIR /app

ARG TORCH_INDEX=""
COPY --chown=coach:coach requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -c constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch \
    && pip install --no-cache-dir -c constraints.txt -r requirements.txt

COPY --chown=coach:coach . .
COPY --from=vendor /vendor/node_modules node_modules
RUN pip install --no-cache-dir --no-deps -e .

USER coach
# Everything the app writes goes to /data, which may be a volume; the program itself stays read-only to it.
ENV PERSCOACH_HOST=0.0.0.0 \
    PERSCOACH_PORT=7860 \
    PERSCOACH_WORKSPACE=/data/workspace \
    PERSCOACH_CHECKPOINTS=/data/checkpoints \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HUB_DISABLE_TELEMETRY=1 \
    MPLCONFIGDIR=/data/.matplotlib \
    NUMBA_CACHE_DIR=/data/.numba \
    PYTHONUNBUFFERED=1
RUN python -m perscoach.cli models fetch --embedded

EXPOSE 7860
VOLUME ["/data"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"
CMD ["python", "app.py"]

# SAM 3D Body's code and packages. Its weights are gated: with HF_TOKEN set they are fetched into /data/checkpoints while
# the app already runs (2.8 GB the first time; later only checked).
FROM base AS gpu
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir -c constraints.txt -e ".[sam3d]" && python -m perscoach.pose.sam3d.install
USER coach
CMD ["sh", "-c", "{ [ -z \"$HF_TOKEN\" ] || python -m perscoach.cli models fetch sam3d_body --quiet; } & exec python app.py"]

# Last, so that it is what "docker build" makes.
FROM ${PERSCOACH_IMAGE} AS app

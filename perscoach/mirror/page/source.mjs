/**
 * Where the client's pose comes from: a webcam, a video file or recorded landmarks; one interface for all three.
 * Nothing that is seen leaves this page.
 */

/**
 * @typedef {{time: number, world: Float64Array|null, visibility: Float64Array, image: Float64Array|null, latency: number}} Pose
 *   time: seconds of the page's clock (performance.now() / 1000) at which the picture was taken; world: 33 x 3 metres or
 *   `null` where nobody is seen; visibility: 33; image: 33 x 2, 0..1 of the picture; latency: seconds until it was known
 * @typedef {'denied'|'none'|'busy'|'insecure'|'timeout'|'model'|'unsupported'|'file'|'lost'} Code
 * @typedef {{kind: 'webcam'|'video'|'recorded', deviceId?: string, url?: string, file?: File, loop?: boolean,
 *   signal?: AbortSignal, onState?: (state: string) => void, onLost?: (error: SourceError) => void}} Wish
 */

const NOBODY = new Float64Array(33);
const STUCK_MS = 8000; // a frame that the worker never answers
const LANDMARKS = 'perscoach.landmarks.1';

export class SourceError extends Error {
  /** @param {Code} code @param {string} [message] */
  constructor(code, message = code) {
    super(message);
    this.name = 'SourceError';
    this.code = code;
  }
}

/** The worker with the model: one for the page, opened once. */
class PoseWorker {
  constructor() {
    /** @type {Worker|null} */ this.worker = null;
    /** @type {Promise<void>|null} */ this.opening = null;
    /** @type {((pose: any) => void)|null} */ this.answer = null;
    this.model = '';
    this.delegate = '';
    this.id = 0;
    this.sent = 0;
  }

  /** @returns {Promise<void>} ready, or a SourceError */
  open() {
    this.opening ??= new Promise((resolve, reject) => {
      const worker = new Worker(new URL('pose.worker.mjs', import.meta.url), { type: 'module' });
      this.worker = worker;
      const failed = (/** @type {Code} */ code, /** @type {string} */ message) => {
        this.close();
        reject(new SourceError(code, message));
        this.lost?.(new SourceError(code, message));
      };
      worker.onerror = (event) => failed('unsupported', event.message || 'the worker could not start');
      worker.onmessage = ({ data }) => {
        if (data.type === 'ready') {
          this.model = data.model;
          this.delegate = data.delegate;
          resolve();
        } else if (data.type === 'error') {
          failed(data.code, data.message);
        } else if (data.id === this.id) {
          const answer = this.answer;
          this.answer = null;
          answer?.(data);
        }
      };
      worker.postMessage({ type: 'open' });
    });
    return this.opening;
  }

  /** Whether a frame is being looked at. */
  get busy() {
    return this.answer !== null && performance.now() - this.sent < STUCK_MS;
  }

  /** @param {ImageBitmap} bitmap @param {(pose: any) => void} answer */
  look(bitmap, answer) {
    if (!this.worker) {
      bitmap.close();
      return;
    }
    this.answer = answer;
    this.sent = performance.now();
    this.id += 1;
    this.worker.postMessage({ type: 'frame', id: this.id, bitmap }, [bitmap]);
  }

  close() {
    this.worker?.terminate();
    this.worker = this.opening = this.answer = null;
  }
}

/** @type {PoseWorker & {lost?: ((error: SourceError) => void)|null}} */
const pose = new PoseWorker();

/** Begin to load the model, so that it is there when the camera is; errors are told by `openSource`. */
export function preload() {
  pose.open().catch(() => {});
}

/** The cameras by name; names are empty before the first permission. @returns {Promise<{id: string, label: string}[]>} */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices.filter((d) => d.kind === 'videoinput').map((d) => ({ id: d.deviceId, label: d.label }));
}

/**
 * Open a source; `start()` it to get poses.
 * @param {Wish} wish
 * @returns {Promise<PoseSource>}
 */
export async function openSource(wish) {
  const source = wish.kind === 'recorded' ? new RecordedSource(wish) : new VideoSource(wish);
  try {
    await source.open();
  } catch (error) {
    source.stop();
    throw error;
  }
  return source;
}

/** What all sources share. */
export class PoseSource {
  /** @param {Wish} wish */
  constructor(wish) {
    this.wish = wish;
    /** @type {HTMLVideoElement|null} */ this.video = null;
    this.width = 0;
    this.height = 0;
    /** @type {((pose: Pose) => void)[]} */ this.listeners = [];
    /** @type {number[]} */ this.arrivals = [];
    this.running = false;
  }

  /** @param {(pose: Pose) => void} callback */
  onPose(callback) {
    this.listeners.push(callback);
  }

  /** @param {Pose} one */
  emit(one) {
    this.arrivals.push(one.time);
    while (one.time - this.arrivals[0] > 2) this.arrivals.shift();
    for (const listener of this.listeners) listener(one);
  }

  /** Poses a second, and what makes them. */
  stats() {
    const { arrivals } = this;
    const span = arrivals.length > 1 ? arrivals[arrivals.length - 1] - arrivals[0] : 0;
    return { fps: span > 0 ? (arrivals.length - 1) / span : 0, delegate: pose.delegate, model: pose.model };
  }

  async open() {}

  async start() {
    this.running = true;
  }

  stop() {
    this.running = false;
  }
}

/** A webcam or a file: the same element, the same frames. */
class VideoSource extends PoseSource {
  /** @param {Wish} wish */
  constructor(wish) {
    super(wish);
    /** @type {MediaStream|null} */ this.stream = null;
    /** @type {string|null} */ this.address = null;
  }

  async open() {
    const { wish } = this;
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.loop = Boolean(wish.loop);
    this.video = video;
    const model = pose.open();
    model.catch(() => {});
    if (wish.kind === 'webcam') {
      wish.onState?.('asking');
      this.stream = await camera(wish);
      video.srcObject = this.stream;
      this.stream.getVideoTracks()[0].onended = () => this.lost(new SourceError('lost'));
    } else {
      this.address = wish.file ? URL.createObjectURL(wish.file) : null;
      video.src = this.address ?? wish.url ?? '';
    }
    wish.onState?.('opening');
    await metadata(video);
    this.width = video.videoWidth;
    this.height = video.videoHeight;
    wish.onState?.('loading');
    await model;
    if (wish.signal?.aborted) throw new SourceError('timeout');
    pose.lost = (error) => this.lost(error);
  }

  async start() {
    const { video } = this;
    if (!video || this.running) return;
    this.running = true;
    await video.play().catch((error) => {
      this.running = false;
      throw new SourceError('busy', String(error));
    });
    this.next();
  }

  stop() {
    super.stop();
    pose.lost = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    if (this.video) {
      this.video.pause();
      this.video.srcObject = null;
      this.video.removeAttribute('src');
      this.video.load();
    }
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
  }

  /** @param {SourceError} error */
  lost(error) {
    if (!this.running) return;
    this.stop();
    this.wish.onLost?.(error);
  }

  /** Wait for the next picture; the newest one is looked at when the worker is free, the others are let go. */
  next() {
    const { video } = this;
    if (!this.running || !video) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now) => this.take(now));
    else requestAnimationFrame((now) => this.take(now));
  }

  /** @param {number} now milliseconds */
  async take(now) {
    this.next();
    const { video } = this;
    if (!this.running || !video || pose.busy || !video.videoWidth) return;
    this.width = video.videoWidth; // a phone that is turned changes them
    this.height = video.videoHeight;
    pose.answer = () => {}; // taken, also while the bitmap is made
    pose.sent = performance.now();
    let bitmap;
    try {
      bitmap = await createImageBitmap(video);
    } catch {
      pose.answer = null;
      return;
    }
    if (!this.running) {
      bitmap.close();
      pose.answer = null;
      return;
    }
    pose.look(bitmap, (seen) => {
      if (!this.running) return;
      const { world, image } = seen;
      this.emit({ time: now / 1000, world, visibility: seen.visibility ?? NOBODY, image, latency: (performance.now() - now) / 1000 });
    });
  }
}

/** Landmarks that were saved before; they run in their own time, without camera or model. */
class RecordedSource extends PoseSource {
  async open() {
    const { file, url } = this.wish;
    try {
      const text = file ? await file.text() : await (await fetch(url ?? '')).text();
      this.frames = readLandmarks(JSON.parse(text));
      ({ width: this.width, height: this.height } = this.frames);
    } catch (error) {
      throw error instanceof SourceError ? error : new SourceError('file', String(error));
    }
  }

  async start() {
    if (this.running || !this.frames) return;
    this.running = true;
    const { poses, duration } = this.frames;
    const began = performance.now() / 1000;
    let index = 0;
    let round = 0;
    const tick = () => {
      if (!this.running) return;
      const now = performance.now() / 1000;
      while (now - began - round * duration >= poses[index].time) {
        const one = poses[index];
        this.emit({ ...one, time: began + round * duration + one.time, latency: 0 });
        index += 1;
        if (index === poses.length) {
          if (!this.wish.loop) return;
          index = 0;
          round += 1;
        }
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  stats() {
    return { ...super.stats(), delegate: '', model: 'recorded' };
  }
}

/**
 * @param {any} value a saved recording
 * @returns {{width: number, height: number, duration: number, poses: Pose[]}}
 */
export function readLandmarks(value) {
  if (value?.schema !== LANDMARKS || !Array.isArray(value.frames) || !value.frames.length) {
    throw new SourceError('file', `expected ${LANDMARKS}, got ${value?.schema}`);
  }
  const start = value.frames[0].t;
  let last = -Infinity;
  const poses = value.frames.map((/** @type {any} */ frame, /** @type {number} */ i) => {
    const time = frame.t - start;
    if (!(time > last)) throw new SourceError('file', `frame ${i}: times must grow`);
    last = time;
    if (frame.world === null) return { time, world: null, visibility: NOBODY, image: null, latency: 0 };
    return {
      time, latency: 0,
      world: numbers(frame.world, 99, i), visibility: numbers(frame.visibility, 33, i), image: numbers(frame.image, 66, i),
    };
  });
  const step = poses.length > 1 ? last / (poses.length - 1) : 1 / 30;
  return { width: Number(value.width) || 640, height: Number(value.height) || 480, duration: last + step, poses };
}

/** @param {any} values @param {number} count @param {number} frame */
function numbers(values, count, frame) {
  if (!Array.isArray(values) || values.length !== count || !values.every(Number.isFinite)) {
    throw new SourceError('file', `frame ${frame}: expected ${count} numbers`);
  }
  return Float64Array.from(values);
}

/** Collects a session's poses, when the client asks for it, as a file that `openSource` and `perscoach compare` read. */
export class Recorder {
  /** @param {PoseSource} source */
  constructor(source) {
    this.source = source;
    /** @type {any[]} */ this.frames = [];
    source.onPose((one) => this.add(one));
  }

  /** @param {Pose} one */
  add(one) {
    const short = (/** @type {Float64Array} */ values) => Array.from(values, (v) => Number(v.toFixed(4)));
    const { world, image } = one;
    const rest = world && image ? { world: short(world), visibility: short(one.visibility), image: short(image) } : null;
    this.frames.push({ t: Number(one.time.toFixed(4)), ...(rest ?? { world: null, visibility: null, image: null }) });
  }

  toJSON() {
    const { width, height } = this.source;
    return { schema: LANDMARKS, width, height, model: this.source.stats().model, frames: this.frames };
  }
}

/** @param {Wish} wish @returns {Promise<MediaStream>} */
async function camera({ deviceId, signal }) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new SourceError('insecure');
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' };
  const asked = navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 640 }, height: { ideal: 480 } } });
  const stopped = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new SourceError('timeout'))));
  try {
    return /** @type {MediaStream} */ (await Promise.race([asked, stopped]));
  } catch (error) {
    asked.then((late) => late.getTracks().forEach((track) => track.stop()), () => {}); // nobody waits for it any more
    throw error instanceof SourceError ? error : new SourceError(refusal(error), String(error));
  }
}

/** @param {any} error @returns {Code} */
function refusal(error) {
  switch (error?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    default:
      return 'busy';
  }
}

/** @param {HTMLVideoElement} video */
function metadata(video) {
  return new Promise((resolve, reject) => {
    if (video.videoWidth) return resolve(undefined);
    video.onloadedmetadata = () => (video.videoWidth ? resolve(undefined) : reject(new SourceError('file', 'no picture in it')));
    video.onerror = () => reject(new SourceError('file', video.error?.message || 'the video cannot be played'));
  });
}

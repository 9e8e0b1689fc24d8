"""Settings of an installation, read from the environment once; every one has a default that is safe on a laptop."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from perscoach.core.checks import check_choice
from perscoach.core.errors import SettingsError
from perscoach.core.places import home

PRESETS: dict[str, dict[str, str]] = {
    "none": {},
    "demo": {
        "MAX_MINUTES": "1",
        "MAX_MEGAPIXELS": "2.1",
        "MAX_MB": "150",
        "MAX_JOBS": "20",
        "MAX_JOBS_EACH": "1",
        "HOURLY_MB": "600",
        "KEEP_DAYS": "1",
        "KEEP_GB": "10",
        "KEEP_GB_EACH": "1",
        "WHEN_FULL": "oldest",
        "NOTICE_DAYS": "0.05",
    },
}
"""Defaults of other variables under one name (``PERSCOACH_PRESET``). ``demo``: strangers share one machine for an afternoon."""


def _text(name: str, default: str) -> str:
    """A variable; where it is not set, what the preset says, and else ``default``."""
    preset = PRESETS.get(os.environ.get("PERSCOACH_PRESET", ""), {})
    return os.environ.get(f"PERSCOACH_{name}", preset.get(name, default))


def _path(name: str) -> Path | None:
    value = _text(name, "")
    return Path(value).expanduser().absolute() if value else None


def _number(name: str, default: float, low: float, high: float) -> float:
    raw = _text(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingsError("checks.number", name=f"PERSCOACH_{name}", low=low, high=high, value=f"{raw!r:.60}")
    return value


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    return check_choice(f"PERSCOACH_{name}", _text(name, "") or allowed[0], allowed)


@dataclass(frozen=True)
class EngineFiles:
    """Files of the engines that the operator names; ``None`` where an engine looks in its usual places.

    Attributes:
        checkpoint: SAM 3D Body's ``model.ckpt``, ``model.safetensors`` or their folder (``PERSCOACH_SAM3D_CHECKPOINT``).
        mhr: its rig, ``mhr_model.pt`` (``PERSCOACH_SAM3D_MHR``).
        recording: what the engine ``recorded`` replays, a folder or one ``.npz`` (``PERSCOACH_RECORDING``).
        topology: MHR's ``.ply``, for recordings without faces (``PERSCOACH_MHR_TOPOLOGY``).
        sam3d_source: the folder of SAM 3D Body's code (``PERSCOACH_SAM3D_SOURCE``).
        modnet: MODNet's weights, ``.onnx`` or ``.ckpt`` (``PERSCOACH_MODNET_WEIGHTS``).
    """

    checkpoint: Path | None = None
    mhr: Path | None = None
    recording: Path | None = None
    topology: Path | None = None
    sam3d_source: Path | None = None
    modnet: Path | None = None


@dataclass(frozen=True)
class Settings:
    """One installation's settings.

    Attributes:
        host, port: where the app listens (``PERSCOACH_HOST``, ``PERSCOACH_PORT``); 127.0.0.1 unless asked otherwise.
        workspace: where jobs live (``PERSCOACH_WORKSPACE``); ``workspace/`` in ``places.home()``.
        checkpoints: where weights live (``PERSCOACH_CHECKPOINTS``); ``checkpoints/`` in ``places.home()``.
        max_minutes, max_pixels, max_bytes: limits of a clip (``PERSCOACH_MAX_MINUTES``, ``_MAX_MEGAPIXELS``, ``_MAX_MB``).
        max_jobs, max_each: how many jobs may wait, of all people and of one (``PERSCOACH_MAX_JOBS``, ``_MAX_JOBS_EACH``).
        hourly_bytes: what one address may upload in an hour (``PERSCOACH_HOURLY_MB``); eight of the largest clips, and at least
            2 GB, unless named.
        keep_days: age since the last change at which a job is removed (``PERSCOACH_KEEP_DAYS``).
        keep_bytes: disk space for all jobs (``PERSCOACH_KEEP_GB``).
        keep_bytes_each: of it, for the jobs of one person (``PERSCOACH_KEEP_GB_EACH``); half of it unless named.
        when_full: what happens when that space is used up (``PERSCOACH_WHEN_FULL``): ``refuse`` new clips, or remove the
            ``oldest`` jobs after a notice on the screen.
        notice_days: how long before its removal for space a job is announced (``PERSCOACH_NOTICE_DAYS``).
        user, password: the optional login (``PERSCOACH_USER``, ``PERSCOACH_PASSWORD``); both or neither.
        hosts: names under which a browser may reach the app, besides this computer's own (``PERSCOACH_HOSTS``, separated
            by commas; ``*`` allows any name).
        frame_ancestors: sites that may show the app in a frame (``PERSCOACH_FRAME_ANCESTORS``, separated by spaces or
            commas); none by default. A Hugging Face Space needs ``https://huggingface.co``.
        proxies: addresses whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed (``PERSCOACH_PROXIES``,
            separated by commas, networks such as ``10.0.0.0/8`` included; ``*`` believes everyone).
        landmarker: which size of MediaPipe's landmarker runs where nobody chose one (``PERSCOACH_LANDMARKER``); ``auto``
            takes ``heavy`` where it is there and this machine is fast enough.
        files: what the operator names for the engines.
        api_token: opens ``/api`` and ``/metrics`` to programs (``PERSCOACH_API_TOKEN``, at least 16 characters); without it
            both are closed.
        queue: who works on jobs (``PERSCOACH_QUEUE``): ``here``, the app itself, or ``elsewhere``, ``perscoach work`` alone.
        drain_seconds: how long a running job may go on when the app is asked to end (``PERSCOACH_DRAIN_SECONDS``).
        log: ``json`` writes a line for every event of a job to standard error (``PERSCOACH_LOG``); ``off`` none.
        ray: the Ray cluster on which batches run (``PERSCOACH_RAY``): ``local``, ``auto``, ``host:port`` or
            ``ray://host:port``; empty for this machine's own processes.
        offline: never try the network for weights (``PERSCOACH_OFFLINE=1``).
    """

    host: str
    port: int
    workspace: Path
    checkpoints: Path
    max_minutes: float
    max_pixels: int
    max_bytes: int
    max_jobs: int
    max_each: int
    keep_days: float
    keep_bytes: int
    keep_bytes_each: int
    when_full: str
    notice_days: float
    user: str | None
    password: str | None
    hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    landmarker: str = "auto"
    files: EngineFiles = EngineFiles()
    api_token: str = ""
    queue: str = "here"
    drain_seconds: float = 0.0
    log: str = "off"
    ray: str = ""
    offline: bool = False
    hourly_bytes: int = 0


RAY = re.compile(r"local|auto|(ray://)?(\[[0-9A-Fa-f:]{2,45}\]|[A-Za-z0-9][A-Za-z0-9.-]{0,250}):[0-9]{1,5}")
"""Addresses of a Ray cluster."""
_API_TOKEN = re.compile(r"[!-~]{16,200}")
_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[?[0-9A-Fa-f:]{2,45}\]?")
_SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9][A-Za-z0-9.-]{0,250}(:[0-9]{1,5})?|\*")
_PROXY = re.compile(r"\*|[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?")


def _list(name: str, form: re.Pattern[str], expected: str, default: str = "") -> tuple[str, ...]:
    words = tuple(word for word in re.split(r"[\s,]+", _text(name, default)) if word)
    for word in words:
        if not form.fullmatch(word):
            raise SettingsError("settings.list", name=f"PERSCOACH_{name}", expected=expected, found=repr(word[:60]))
    return words


def _api_token(token: str) -> str:
    if token and not _API_TOKEN.fullmatch(token):
        raise SettingsError("settings.api_token", name="PERSCOACH_API_TOKEN")
    return token


def _ray(address: str) -> str:
    if address and not RAY.fullmatch(address):
        raise SettingsError("settings.ray", name="PERSCOACH_RAY", found=repr(address[:60]))
    return address


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: a variable holds something else than it should; the sentence names it.
    """
    _choice("PRESET", tuple(PRESETS))
    user, password = _text("USER", "") or None, _text("PASSWORD", "") or None
    if (user is None) != (password is None):
        raise SettingsError("settings.login")
    max_mb = _number("MAX_MB", 1024, 1, 1e6)
    keep = _number("KEEP_GB", 20, 0.1, 1e5)
    return Settings(
        host=_text("HOST", "127.0.0.1"),
        port=int(_number("PORT", 7860, 1, 65535)),
        workspace=Path(_text("WORKSPACE", str(home() / "workspace"))).expanduser().resolve(),
        checkpoints=Path(_text("CHECKPOINTS", str(home() / "checkpoints"))).expanduser().resolve(),
        max_minutes=_number("MAX_MINUTES", 10, 0.01, 600),
        max_pixels=int(_number("MAX_MEGAPIXELS", 9, 0.01, 100) * 1e6),
        max_bytes=int(max_mb * 2**20),
        hourly_bytes=int(_number("HOURLY_MB", max(8 * max_mb, 2048), 1, 1e8) * 2**20),
        max_jobs=int(_number("MAX_JOBS", 16, 1, 1000)),
        max_each=int(_number("MAX_JOBS_EACH", 4, 1, 1000)),
        keep_days=_number("KEEP_DAYS", 14, 0.01, 3650),
        keep_bytes=int(keep * 2**30),
        keep_bytes_each=int(_number("KEEP_GB_EACH", keep / 2, 0.05, 1e5) * 2**30),
        when_full=_choice("WHEN_FULL", ("refuse", "oldest")),
        notice_days=_number("NOTICE_DAYS", 3, 0.01, 365),
        user=user,
        password=password,
        hosts=_list("HOSTS", _HOST, "coach.example.org, *.example.org"),
        frame_ancestors=_list("FRAME_ANCESTORS", _SITE, "https://huggingface.co"),
        proxies=_list("PROXIES", _PROXY, "127.0.0.1, 10.0.0.0/8", "127.0.0.1, ::1"),
        landmarker=_choice("LANDMARKER", ("auto", "lite", "full", "heavy")),
        files=EngineFiles(
            checkpoint=_path("SAM3D_CHECKPOINT"),
            mhr=_path("SAM3D_MHR"),
            recording=_path("RECORDING"),
            topology=_path("MHR_TOPOLOGY"),
            sam3d_source=_path("SAM3D_SOURCE"),
            modnet=_path("MODNET_WEIGHTS"),
        ),
        api_token=_api_token(_text("API_TOKEN", "")),
        queue=_choice("QUEUE", ("here", "elsewhere")),
        drain_seconds=_number("DRAIN_SECONDS", 0, 0, 86400),
        log=_choice("LOG", ("off", "json")),
        ray=_ray(_text("RAY", "")),
        offline=_text("OFFLINE", "") not in ("", "0"),
    )

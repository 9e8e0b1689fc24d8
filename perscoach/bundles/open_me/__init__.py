"""``OPEN_ME.html``: the package shows itself from a double click, without a server and without a network."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.bundles import layout
from perscoach.bundles.archive import bundle_files
from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.core.messages import LANGUAGES, of, translate
from perscoach.core.progress import Monitor
from perscoach.media.types import FRAMES, MOV, WEBM
from perscoach.media.verify import decode_rgba
from perscoach.motion import Motion

_DATA = '<script id="data" type="application/json">'
_HERE = Path(__file__).parent
_MOST_POSES = 1800
"""Poses that the page holds at most, a minute at 30 a second; a longer movement is shown with fewer of them a second."""

_POSTER_AT, _POSTER_QUALITY = 45, 82
"""Which frame becomes the poster (the last in a shorter clip; a person has settled by then), and WebP's quality."""

PURPOSE = {
    WEBM: "webm",
    MOV: "mov",
    layout.POSTER: "poster",
    layout.POSES_JSON: "json",
    layout.POSES_NPZ: "npz",
    layout.GLB: "glb",
    layout.BVH: "bvh",
    layout.MIRROR_TRACK: "mirror",
    layout.MIRROR_BODY: "mirror_body",
    layout.GRADE_JSON: "grade",
    layout.GRADE_CUBE: "grade_cube",
    layout.LOOK_CUBE: "look_cube",
    layout.SCORE_JSON: "score_json",
    layout.MANIFEST: "manifest",
    layout.NOTICE: "notice",
    layout.SAM_LICENSE: "notice",
}


def write_page(folder: Path, name: str, motion: Motion, monitor: Monitor) -> None:
    """Write ``poster.webp`` and ``OPEN_ME.html`` into a package that is otherwise complete but for ``bundle.json``.

    Args:
        folder: the package.
        name: what the coach calls the clip.
        motion: the movement.
        monitor: can stop the decoding.

    Raises:
        EncodeError: the video cannot be decoded.
        Cancelled: by the monitor.
    """
    with atomic(folder / layout.POSTER) as part:
        part.write_bytes(_poster(folder / WEBM, monitor))
    title = translate("open_me.title", "en", name=name)
    data = {"name": name, "movement": _movement(motion), "files": _files(folder), "texts": _texts(name)}
    script = _script(data)
    page = (_HERE / "page.html").read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(title),
        "STYLE": (_HERE / "page.css").read_text(encoding="utf-8"),
        "DATA": script,
        "SCRIPT": (_HERE / "page.mjs").read_text(encoding="utf-8"),
    }
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text, 1)
    with atomic(folder / layout.PAGE) as part:
        part.write_text(page, encoding="utf-8")


def without_file(page: str, name: str) -> str:
    """The page of a package from which a file was left out: it no longer lists it.

    Raises:
        ValueError: not such a page.
    """
    start = page.find(_DATA)
    end = page.find("</script>", start)
    if start < 0 or end < 0:
        raise ValueError("the page holds no data")
    data = json.loads(page[start + len(_DATA) : end])
    data["files"] = [entry for entry in data["files"] if entry["name"] != name]
    return page[: start + len(_DATA)] + _script(data) + page[end:]


def _script(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _poster(video: Path, monitor: Monitor) -> bytes:
    import cv2

    shown: Array | None = None
    for index, rgba in enumerate(decode_rgba(video, monitor)):
        shown = rgba
        if index >= _POSTER_AT and rgba[..., 3].any():
            break
    if shown is None:
        raise ValueError(f"{video.name} has no frames")  # cannot be: it was just written
    _, data = cv2.imencode(
        ".webp", cv2.cvtColor(shown, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_WEBP_QUALITY, _POSTER_QUALITY]
    )
    return bytes(data)


def _movement(motion: Motion) -> dict[str, Any]:
    """The joints in millimetres, x to the right, y up, z to the viewer, travel included."""
    step = -(-len(motion) // _MOST_POSES)
    travel = motion.root - np.nanmedian(motion.root, axis=0) if np.isfinite(motion.root).any() else 0 * motion.root
    places = (motion.joints_3d + np.nan_to_num(travel)[:, None])[::step]
    whole = motion.valid[::step] & np.isfinite(places).all(axis=(1, 2))
    places = np.where(whole[:, None, None], places, 0) * [1000, -1000, -1000]
    return {
        "fps": float(motion.fps) / step,
        "names": list(motion.skeleton.joints),
        "edges": [list(edge) for edge in motion.skeleton.edges],
        "joints": _base64(np.clip(np.rint(places), -32768, 32767).astype("<i2")),
        "valid": _base64(whole.astype(np.uint8)),
        "guessed": _base64((motion.seen[::step] == 2).astype(np.uint8)),
    }


def _base64(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _files(folder: Path) -> list[dict[str, Any]]:
    """Name, what it is for, and size, of every file but the page itself and single frames."""
    names = [n for n in bundle_files(folder) if n not in (layout.PAGE, layout.MANIFEST) and not layout.is_frame(n)]
    order = list(PURPOSE)
    found: list[dict[str, Any]] = [
        {"name": n, "purpose": PURPOSE[n], "bytes": (folder / n).stat().st_size} for n in names if n in PURPOSE
    ]
    found.append({"name": layout.MANIFEST, "purpose": "manifest", "bytes": 0})
    found.sort(key=lambda entry: order.index(entry["name"]))
    if (folder / FRAMES).is_dir():
        size = sum(p.stat().st_size for p in (folder / FRAMES).iterdir())
        found.insert(0, {"name": f"{FRAMES}/", "purpose": "frames", "bytes": size})
    return found


def _texts(name: str) -> dict[str, dict[str, str]]:
    return {
        language: {id.removeprefix("open_me."): translate(id, language, name=name) for id in of("open_me")}
        for language in LANGUAGES
    }

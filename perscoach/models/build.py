"""Pose landmarkers put together from the networks of MediaPipe's older interface.

The ``mediapipe`` package ships the detector and the full landmark network; ``npm.py`` brings the lite and the heavy one. The Tasks interface reads the same
networks as one ``.task`` file: a zip, members stored and aligned, each network with metadata that says how pixels are
scaled. Member names and the alignment are MediaPipe's (``pose_landmarker_graph.cc``, ``model_asset_bundle_utils.py``);
the scaling is that of its older graphs (``pose_detection_cpu.pbtxt``: pixels to -1..1; ``pose_landmark_by_roi_cpu.pbtxt``:
to 0..1).
"""

from __future__ import annotations

import importlib.util
import warnings
import zipfile
from pathlib import Path

from perscoach.core.errors import ModelError
from perscoach.core.messages import Message, message

_DETECTOR, _LANDMARKS = "pose_detector.tflite", "pose_landmarks_detector.tflite"
_SCALING = {_DETECTOR: (127.5, 127.5), _LANDMARKS: (0.0, 255.0)}  # mean, deviation
_ALIGN = 4  # members are mapped into memory
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes on every machine


def build_pose_landmarker(out: Path, size: str = "full") -> None:
    """Write ``out`` (a ``.task`` file) of ``lite``, ``full`` or ``heavy``.

    Raises:
        ModelError: the package or one of its networks is missing; npm failed, or is not there.
    """
    from perscoach.models import npm

    landmarks = _of_package("pose_landmark/pose_landmark_full.tflite") if size == "full" else npm.network(size)
    networks = {_DETECTOR: _of_package("pose_detection/pose_detection.tflite"), _LANDMARKS: landmarks}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for member, network in networks.items():
            _store(bundle, member, _with_metadata(network, *_SCALING[member]))


def _of_package(file: str) -> bytes:
    path = _package_root() / "modules" / file
    if not path.is_file():
        raise ModelError("models.no_network", file=file)
    return path.read_bytes()


def check_task_file(path: Path) -> Message | None:
    """``None`` where ``path`` has the form of a pose landmarker file, else what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as bundle:
            for member in _SCALING:
                with bundle.open(member) as file:
                    if file.read(8)[4:] != b"TFL3":
                        return message("models.not_a_network", member=member)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError):
        return message("models.not_a_bundle")
    return None


def _package_root() -> Path:
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise ModelError("models.no_package")
    return Path(spec.origin).parent


def _with_metadata(network: bytes, mean: float, deviation: float) -> bytes:
    from mediapipe.tasks.python.metadata.metadata_writers.metadata_writer import MetadataWriter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the writer leaves its temporary files to the collector
        writer = MetadataWriter.create(bytearray(network))
        writer.add_image_input([mean], [deviation])
        content, _ = writer.populate()
        del writer
    return bytes(content)


def _store(bundle: zipfile.ZipFile, member: str, content: bytes) -> None:
    info = zipfile.ZipInfo(member, _EPOCH)
    assert bundle.fp is not None
    header = 30 + len(member.encode())  # a zip's local header without extra fields
    missing = -(bundle.fp.tell() + header) % _ALIGN
    if missing:
        bundle.fp.write(b"\0" * missing)
        bundle.start_dir = bundle.fp.tell()  # where the zip module puts the next member
    bundle.writestr(info, content)

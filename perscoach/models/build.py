"""The full pose landmarker put together from the two networks inside the ``mediapipe`` package.

The package ships the detector and the landmark network for its older interface. The Tasks interface reads the same
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

_PARTS = (
    # member, file in the package, mean, deviation
    ("pose_detector.tflite", "pose_detection/pose_detection.tflite", 127.5, 127.5),
    ("pose_landmarks_detector.tflite", "pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
)
_ALIGN = 4  # members are mapped into memory
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes on every machine


def build_pose_landmarker_full(out: Path) -> None:
    """Write ``out`` (a ``.task`` file) from the installed package.

    Raises:
        ModelError: the package or one of its networks is missing.
    """
    root = _package_root()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for member, file, mean, deviation in _PARTS:
            path = root / "modules" / file
            if not path.is_file():
                raise ModelError("models.no_network", file=file)
            _store(bundle, member, _with_metadata(path.read_bytes(), mean, deviation))


def check_task_file(path: Path) -> Message | None:
    """``None`` where ``path`` has the form of a pose landmarker file, else what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as bundle:
            for member, *_ in _PARTS:
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

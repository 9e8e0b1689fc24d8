"""A small bundle, places with and without libraries, and the mirror as a client asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.bundles.layout import MIRROR_BODY, MIRROR_TRACK
from perscoach.bundles.mirror import write_mirror
from perscoach.bundles.poses import write_json, write_npz
from perscoach.mirror.parts import MODELS, Places, places_here
from perscoach.mirror.vendor import FILES, VERSIONS, Vendor
from tests.bundles.factories import Blob, motion
from tests.mirror import filmed

WEBM = bytes(range(256)) * 40


def small_bundle(folder: Path, whole: bool = True) -> Path:
    """The files of a bundle that the mirror looks at; ``whole`` False: as an earlier perscoach made it."""
    (folder / "poses").mkdir(parents=True)
    moved = motion(30)
    write_json(folder / "poses/trainer_poses.json", moved)
    write_npz(folder / "poses/trainer_poses.npz", moved, Blob(moved))
    (folder / "trainer_transparent.webm").write_bytes(WEBM)
    about = {
        "schema": "perscoach.bundle.1",
        "figures": {},
        "name": "Присед",
        "mesh": "mannequin",
        "engines": {},
        "recipe": {},
        "files": {},
    }
    about["clip"] = {"fps": "30", "frames": 30}
    (folder / "bundle.json").write_text(json.dumps(about), encoding="utf-8")
    if whole:
        write_mirror(folder, moved, Blob(moved))
        assert (folder / MIRROR_TRACK).is_file() and (folder / MIRROR_BODY).is_file()
    return folder


def small_vendor(folder: Path) -> Vendor:
    """A ``node_modules`` with the right names and versions and little in them."""
    for package, version in VERSIONS.items():
        (folder / package).mkdir(parents=True)
        (folder / package / "package.json").write_text(json.dumps({"version": version}))
    for place in FILES.values():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"export const here = 1;\n" * 50)
    (folder / FILES["OrbitControls.js"]).write_bytes(
        b"import {\n\tControls\n} from 'three';\nimport * as T from \"three\";\n"
    )
    (folder / FILES["vision_bundle.mjs"]).write_bytes(
        b"export const a = 1;\n//# sourceMappingURL=vision_bundle.js.map\n"
    )
    return Vendor(folder)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return small_bundle(tmp_path / "squat")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    models = tmp_path / "models"
    models.mkdir()
    (models / MODELS[0]).write_bytes(np.arange(500, dtype=np.uint8).tobytes())
    return Places(small_vendor(tmp_path / "node_modules"), models)


@pytest.fixture(scope="session")
def chromium(playwright_driver: Any) -> Iterator[Any]:
    """A headless Chromium without a camera; skips where there is none."""
    browser = filmed.launch(playwright_driver, None)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def with_camera(playwright_driver: Any) -> Iterator[Any]:
    """Opens a headless Chromium whose camera shows a file: ``with_camera(path)``; one is open at a time."""
    opened: list[Any] = []

    def browser(camera: Path) -> Any:
        close()
        opened.append(filmed.launch(playwright_driver, camera))
        return opened[-1]

    def close() -> None:
        while opened:
            opened.pop().close()

    yield browser
    close()


@pytest.fixture(scope="session")
def real_places() -> Places:
    """The libraries and the model that the page really uses; skips where one is missing."""
    places = places_here()
    problem = places.vendor.problem()
    if problem is not None:
        pytest.skip(problem.en)
    if not (places.models / MODELS[0]).is_file():
        pytest.skip(f"{MODELS[0]} is not in the checkpoints folder: perscoach models fetch --embedded")
    return places


@pytest.fixture(scope="session")
def gym_bundle(gym_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the gym clip, made by the pipeline from a smaller copy of it."""
    return filmed.bundle_of(gym_clip, tmp_path_factory.mktemp("gym"), "Squat")


@pytest.fixture(scope="session")
def gym_camera(gym_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera before which the gym clip's trainer stands, then does both squats, and again."""
    return filmed.camera_of(gym_clip, tmp_path_factory.mktemp("camera") / "gym.mjpeg", stand=2.7)

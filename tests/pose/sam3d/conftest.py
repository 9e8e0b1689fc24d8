"""What the tests of SAM 3D Body share: upstream's code where it is here, a rig of the right size, small random weights."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from perscoach.pose.sam3d import upstream
from perscoach.pose.sam3d.checkpoint import Weights
from tests.standin.sam3d_config import small_config


@pytest.fixture(autouse=True)
def no_weights_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say themselves which weights they mean."""
    for name in ("PERSCOACH_SAM3D_CHECKPOINT", "PERSCOACH_SAM3D_MHR", "HF_TOKEN", "PERSCOACH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def upstream_code() -> None:
    """Upstream's code at the pinned commit, else a reason to skip."""
    state = upstream.state()
    if not state.ok:
        pytest.skip(state.message.en)


@pytest.fixture(scope="session")
def toy_rig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TorchScript with the real rig's interface and sizes, whose body only moves along x."""
    import torch
    from torch import Tensor, nn

    class Toy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            state = torch.zeros(127, 8)
            state[:, 6:] = 1.0  # no rotation, no scale
            self.register_buffer("rest", torch.linspace(-50, 50, 18439 * 3).reshape(18439, 3))
            self.register_buffer("state", state)

        def forward(self, shape: Tensor, params: Tensor, expr: Tensor) -> tuple[Tensor, Tensor]:
            moved = self.rest + params[:, :1, None]
            return moved, self.state.expand(params.shape[0], -1, -1).clone()

    path = tmp_path_factory.mktemp("rig") / "mhr_model.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the real rig is of this kind, so this one is
        torch.jit.script(Toy()).save(str(path))
    return path


@pytest.fixture(scope="session")
def small_weights(upstream_code: None, toy_rig: Path, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Random weights of the small network (``small_config``), backbone in bfloat16 as published."""
    from perscoach.pose.sam3d.random_weights import write_random

    return write_random(tmp_path_factory.mktemp("weights"), small_config(), toy_rig)

"""What this installation lacks to run SAM 3D Body, in one answer; what is done once its weights have been fetched."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from perscoach.core.checks import Availability
from perscoach.core.errors import ModelError
from perscoach.core.messages import joined, message
from perscoach.core.settings import EngineFiles
from perscoach.pose.sam3d import upstream
from perscoach.pose.sam3d.checkpoint import Weights

MODEL = "sam3d_body"
"""Its name in ``perscoach.models``."""


def state(auto: bool = False, files: EngineFiles | None = None) -> Availability:
    """Whether SAM 3D Body can run here: code, packages and weights; the sentences name everything that is missing.

    Nothing heavy is imported and no weights are read.

    Args:
        auto: asked on behalf of ``auto``, which never takes random weights.
        files: the checkpoint and the rig; those of the installation's settings where it is left out.
    """
    code = upstream.state()
    weights: Weights | None = None
    problems = [] if code.ok else [code.message]
    try:
        weights = Weights.find(files.checkpoint if files else None, files.mhr if files else None)
        weights.values()
    except ModelError as error:
        problems.append(error.message)
    except ImportError:  # safetensors is one of the packages that ``code`` has named
        pass
    except OSError as error:
        problems.append(message("sam3d.files_unreadable", reason=str(error)))
    if weights is not None and weights.random and auto:
        problems.append(message("sam3d.random_refused", file=weights.source.name))
    if problems or weights is None:
        return Availability(False, joined(problems))
    id = "sam3d.random" if weights.random else "sam3d.ready"
    return Availability(True, message(id, file=weights.source.name))


def prepare(folder: Path) -> None:
    """Convert what has just been fetched into ``folder``, so that the first clip need not wait for it.

    Without safetensors (``make sam3d`` was not run yet) nothing is done; the first clip does it then.

    Raises:
        ModelError: a file is not what it should be, or the disk refused.
    """
    if importlib.util.find_spec("safetensors") is not None and importlib.util.find_spec("torch") is not None:
        Weights.find(folder, folder / "assets" / "mhr_model.pt").safe()


if __name__ == "__main__":  # the last line of ``make sam3d``: what is still to do
    import os

    now = state()
    print(now.message.text(os.environ.get("LANG", "")[:2]))

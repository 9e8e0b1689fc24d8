"""Import OpenVINO without its usage statistics.

``import openvino`` imports its model converter, and that one reports the import to an analytics service through the
package ``openvino_telemetry``, which pip always brings along; no setting in the code or environment of a program turns
it off. Where that package cannot be imported OpenVINO takes its own stand-in that does nothing; so it is made
unimportable here. This module is the only one that may import ``openvino``.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any, cast

_PACKAGE = "openvino_telemetry"


def load_openvino() -> Any:
    """The module ``openvino``, which has sent nothing and will not.

    Raises:
        ImportError: not installed, or some other code has already loaded the telemetry package.
    """
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    if modules.get(_PACKAGE) is not None:
        raise ImportError(f"{_PACKAGE} was loaded by something else; OpenVINO is not used beside it")
    modules[_PACKAGE] = None  # the documented way to make an import fail
    return importlib.import_module("openvino")

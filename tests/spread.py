"""How the tests are spread over several processes (pytest-xdist, ``make test``); alone, pytest runs them one by one as always.

What a module's tests share (a served app, a browser, a bundle) is made once, so a module stays in one process
(``--dist loadscope``). What takes longest begins first, or one process would wait for the other's end.
"""

from __future__ import annotations

import os
from typing import Any

LONG = (
    "tests/ui/test_app_browser.py",
    "tests/test_pipeline.py",
    "tests/ui/test_app_e2e.py",
    "tests/ui/test_recorded_browser.py",
    "tests/commands/test_safety.py",
    "tests/ui/test_viewer.py",
    "tests/score/test_real.py",
    "tests/ui/test_colour_browser.py",
    "tests/mirror/test_page_browser.py",
    "tests/test_pipeline_recorded.py",
    "tests/mirror/test_privacy.py",
    "tests/pose/test_mediapipe.py",
    "tests/matting/test_modnet_engine.py",
    "tests/ui/test_colour_export.py",
)
"""The longest first; all others follow in their own order."""


def prepare() -> None:
    """Before torch is imported: threads that wait do not spin where the machine is shared.

    And Hypothesis measures no time: what it searches is a wrong answer, and a slow one is another process' work.
    """
    from hypothesis import settings

    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def arrange(items: list[Any]) -> None:
    """Sort by ``LONG``, where there are several processes."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        places = {path: place for place, path in enumerate(LONG)}
        items.sort(key=lambda item: places.get(item.nodeid.split("::")[0], len(LONG)))

"""A request as the app sees it."""

from __future__ import annotations

import dataclasses
from typing import Any

from perscoach.ui.context import OWNER_COOKIE, AppContext


@dataclasses.dataclass
class Asked:
    """A request as listeners and routes see it."""

    cookies: dict[str, str] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    app: Any = None


def browser_of(context: AppContext) -> Asked:
    """A request of a browser that was here before."""
    return Asked(cookies={OWNER_COOKIE: context.new_owner()})

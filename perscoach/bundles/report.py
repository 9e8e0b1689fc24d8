"""What a check found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import Message, message


@dataclass(frozen=True)
class Finding:
    """One sentence; ``level`` is ``"error"`` (the bundle is not sound) or ``"warning"`` (it may be meant that way)."""

    level: str
    en: str
    ru: str


@dataclass
class Report:
    """All findings, in the order of the checks, and figures of what was measured."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return all(f.level != "error" for f in self.findings)

    def error(self, what: str | Message, /, **values: object) -> None:
        """Add an error: an id of the catalogue with its values, or a finished ``Message``."""
        self._add("error", what, values)

    def warn(self, what: str | Message, /, **values: object) -> None:
        """Add a warning."""
        self._add("warning", what, values)

    def failed(self, error: PerscoachError) -> None:
        """Add an exception's sentence as an error."""
        self.error(error.message)

    def to_json(self) -> dict[str, Any]:
        """``ok``, ``findings`` and ``figures`` as JSON values."""
        return {"ok": self.ok, "findings": [dataclasses.asdict(f) for f in self.findings], "figures": self.figures}

    def _add(self, level: str, what: str | Message, values: dict[str, object]) -> None:
        said = message(what, **values) if isinstance(what, str) else what
        self.findings.append(Finding(level, said.en, said.ru))

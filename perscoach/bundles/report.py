"""What a check found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from perscoach.core.errors import PerscoachError


@dataclass(frozen=True)
class Finding:
    """One sentence; ``level`` is ``"error"`` (the bundle is not sound) or ``"warning"`` (look at it)."""

    level: str
    en: str
    ru: str


@dataclass
class Report:
    """All findings, in the order of the checks, and some figures."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return all(f.level != "error" for f in self.findings)

    def error(self, en: str, ru: str) -> None:
        self.findings.append(Finding("error", en, ru))

    def warn(self, en: str, ru: str) -> None:
        self.findings.append(Finding("warning", en, ru))

    def failed(self, error: PerscoachError) -> None:
        """An error that a reader raised."""
        self.error(error.en, error.ru)

    def to_json(self) -> dict[str, Any]:
        """``ok``, ``findings`` and ``figures`` as JSON values."""
        return {"ok": self.ok, "findings": [dataclasses.asdict(f) for f in self.findings], "figures": self.figures}

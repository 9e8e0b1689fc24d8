"""The Colour step: looks from .cube files."""

TEXTS: dict[str, tuple[str, str]] = {}

"""The Colour step: instruments."""

TEXTS: dict[str, tuple[str, str]] = {}

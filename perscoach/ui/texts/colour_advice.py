"""The Colour step: suggest and match."""

TEXTS: dict[str, tuple[str, str]] = {}

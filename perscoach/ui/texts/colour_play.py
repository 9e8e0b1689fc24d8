"""The Colour step: playing the clip."""

TEXTS: dict[str, tuple[str, str]] = {}

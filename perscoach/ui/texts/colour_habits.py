"""The Colour step: undo, presets, two grades side by side, other jobs."""

TEXTS: dict[str, tuple[str, str]] = {}

"""The page around the panels."""

TEXTS: dict[str, tuple[str, str]] = {
    "shell.title": ("Perscoach", "Perscoach"),
}

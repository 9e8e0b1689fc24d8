"""The installation's settings, which come from environment variables."""

MESSAGES: dict[str, tuple[str, str]] = {
    "settings.login": (
        "Set both PERSCOACH_USER and PERSCOACH_PASSWORD, or neither.",
        "Задайте и PERSCOACH_USER, и PERSCOACH_PASSWORD, или ни одну из них.",
    ),
}

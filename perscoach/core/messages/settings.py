"""Settings of an installation (environment variables)."""

MESSAGES: dict[str, tuple[str, str]] = {
    "settings.api_token": (
        "{name}: expected 16 to 200 letters, digits and signs without spaces.",
        "{name}: нужно от 16 до 200 латинских букв, цифр и знаков без пробелов.",
    ),
    "settings.ray": (
        "{name}: expected local, auto, host:port or ray://host:port, got {found}.",
        "{name}: нужно local, auto, host:port или ray://host:port, получено {found}.",
    ),
    "settings.login": (
        "Set both PERSCOACH_USER and PERSCOACH_PASSWORD, or neither.",
        "Задайте и PERSCOACH_USER, и PERSCOACH_PASSWORD, или ни одну из них.",
    ),
    "settings.list": (
        "{name}: {found} cannot be used here. Expected a list such as: {expected}.",
        "{name}: значение {found} не подходит. Нужен список, например: {expected}.",
    ),
}

"""Starting the app."""

MESSAGES: dict[str, tuple[str, str]] = {
    "launch.workspace": (
        "The workspace {folder} cannot be written ({problem}). Set PERSCOACH_WORKSPACE.",
        "В рабочую папку {folder} нельзя писать ({problem}). Задайте PERSCOACH_WORKSPACE.",
    ),
    "launch.port": (
        "Cannot listen on {host}:{port} ({problem}). Is perscoach running already? Another port: PERSCOACH_PORT={other}.",
        "Не удаётся открыть {host}:{port} ({problem}). Может быть, perscoach уже запущен? Другой порт: "
        "PERSCOACH_PORT={other}.",
    ),
}

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
    "launch.secret_damaged": (
        "The file .secret in the folder {folder} is damaged. Remove it and start again; earlier clips stay on the disk, but "
        "the browsers that made them no longer see them.",
        "Файл .secret в папке {folder} повреждён. Удалите его и запустите снова; прежние клипы останутся на диске, но "
        "браузеры, в которых они созданы, их больше не увидят.",
    ),
}

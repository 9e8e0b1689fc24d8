"""Earlier clips."""

MESSAGES: dict[str, tuple[str, str]] = {
    "jobs.title": ("Earlier clips", "Прежние клипы"),
    "jobs.none": ("The clips you add appear here.", "Здесь появятся добавленные клипы."),
    "jobs.open": ("Open", "Открыть"),
    "jobs.rename": ("Rename", "Переименовать"),
    "jobs.delete": ("Delete", "Удалить"),
    "jobs.kept": ("kept until {day}", "хранится до {day}"),
    "jobs.leaves": (
        "will be removed on {day} to free disk space; change or run it to keep it",
        "будет удалено {day}, чтобы освободить место; измените или запустите, чтобы сохранить",
    ),
    "jobs.new_name": ("New name", "Новое название"),
    "jobs.sure": ("Delete this clip and everything made from it?", "Удалить этот клип и всё, что из него сделано?"),
    "jobs.deleted": ("Deleted: {name}.", "Удалено: {name}."),
    "jobs.status_new": ("not started", "не начато"),
    "jobs.status_queued": ("waiting", "в очереди"),
    "jobs.status_running": ("in progress", "идёт работа"),
    "jobs.status_done": ("ready", "готово"),
    "jobs.status_clip": ("clip ready", "клип готов"),
    "jobs.status_failed": ("failed", "не получилось"),
    "jobs.status_cancelled": ("stopped", "остановлено"),
    "jobs.status_interrupted": ("interrupted", "прервано"),
}

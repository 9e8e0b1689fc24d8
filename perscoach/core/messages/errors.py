"""What the computer refused, and other failures that belong to no room."""

MESSAGES: dict[str, tuple[str, str]] = {
    "errors.disk_full": (
        "The disk is full: nothing more could be written. Free some space and start again.",
        "Диск заполнен: записать больше ничего не удалось. Освободите место и запустите снова.",
    ),
}

"""What the computer refused, and other failures that belong to no room."""

MESSAGES: dict[str, tuple[str, str]] = {
    "errors.disk_full": (
        "The disk is full: nothing more could be written. Free some space and start again.",
        "Диск заполнен: записать больше ничего не удалось. Освободите место и запустите снова.",
    ),
    "errors.refused": (
        "The system refused: {reason}. Finished work is kept. Check the disk and the folder's permissions, then start "
        "again.",
        "Система отказала: {reason}. Готовое сохранено. Проверьте диск и права на папку и запустите снова.",
    ),
    "errors.memory": (
        "There is not enough memory for this clip. Close other programs or shorten the clip, then start again.",
        "Для этого клипа не хватает памяти. Закройте другие программы или сократите клип и запустите снова.",
    ),
    "errors.cancelled": (
        "Stopped. Finished work is kept.",
        "Остановлено. Готовое сохранено.",
    ),
}

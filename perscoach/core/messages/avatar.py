"""The moving body and its files."""

MESSAGES: dict[str, tuple[str, str]] = {
    "avatar.no_body": (
        "No body was found in any frame, so there is nothing to show in 3D. Film the whole body, or try another pose engine.",
        "Ни в одном кадре не найдено тело, показать в 3D нечего. Снимите тело целиком или выберите другой движок.",
    ),
    "avatar.stored_damaged": (
        "The stored body cannot be read ({reason}). Delete the folder {folder} and run the pose stage again.",
        "Сохранённое тело не читается ({reason}). Удалите папку {folder} и запустите распознавание позы снова.",
    ),
    "avatar.bad_viewer_file": (
        "{name} is not a file of the viewer ({reason}). Run the pose stage again.",
        "{name} — не файл просмотра ({reason}). Запустите распознавание позы снова.",
    ),
}

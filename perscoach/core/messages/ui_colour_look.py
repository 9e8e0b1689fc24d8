"""The Colour step: looks from .cube files."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_look": ("Look (.cube)", "Стиль (.cube)"),
    "colour_look_add": ("Add a look (.cube)", "Добавить стиль (.cube)"),
    "colour_look_other": ("Another look (.cube)", "Другой стиль (.cube)"),
    "colour_look_help": (
        "A 3D .cube file from a video editor or a LUT pack. It is applied after the colour settings above. You can "
        "also drop it here.",
        "Файл 3D .cube из видеоредактора или коллекции LUT. Применяется после настроек цвета. Его можно перетащить "
        "сюда.",
    ),
    "colour_look_amount": ("Strength, %", "Сила, %"),
    "colour_look_amount_help": ("0 turns the look off", "0 — без стиля"),
    "colour_look_remove": ("Remove", "Убрать"),
    "colour_look_remove_one": ("Remove the look {name}", "Убрать стиль {name}"),
    "colour_look_reading": ("Reading {name}…", "Читаем {name}…"),
    "colour_look_loading": ("Loading the look…", "Загружаем стиль…"),
    "colour_look_on": ("Applied: {name}", "Применён: {name}"),
    "colour_look_large": (
        "This file is larger than 32 MB; a .cube file may have up to 65 points per side. Choose a smaller one.",
        "Файл больше 32 МБ, а в .cube может быть до 65 точек по стороне. Выберите файл поменьше.",
    ),
    "colour_look_lost": (
        "The server does not respond, so the look is not applied. Check that it is running and try again.",
        "Сервер не отвечает, поэтому стиль не применён. Проверьте, запущен ли он, и попробуйте ещё раз.",
    ),
}

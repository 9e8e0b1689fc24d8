"""The Colour step: looks from .cube files."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_look": ("Look (.cube)", "Стиль (.cube)"),
    "colour_look_add": ("Add a look (.cube)", "Добавить стиль (.cube)"),
    "colour_look_other": ("Another look (.cube)", "Другой стиль (.cube)"),
    "colour_look_help": (
        "A 3D .cube file from an editor or a LUT pack. It goes on after V11. It can be dropped here too.",
        "Файл 3D .cube из видеоредактора или набора LUT. Накладывается после V11. Его можно и перетащить сюда.",
    ),
    "colour_look_amount": ("Strength, %", "Сила, %"),
    "colour_look_amount_help": ("0 is V11 alone", "0 — только V11"),
    "colour_look_remove": ("Remove", "Убрать"),
    "colour_look_remove_one": ("Remove the look {name}", "Убрать стиль {name}"),
    "colour_look_reading": ("Reading {name}…", "Читаем {name}…"),
    "colour_look_loading": ("Loading the look…", "Загружаем стиль…"),
    "colour_look_on": ("On: {name}", "Наложен: {name}"),
    "colour_look_large": (
        "This file is larger than 32 MB, so it is no .cube of up to 65 points a side. Choose a smaller one.",
        "Файл больше 32 МБ: это не .cube до 65 точек по стороне. Выберите файл поменьше.",
    ),
    "colour_look_lost": (
        "The server does not answer, so the look is not on. Check that it runs, and try again.",
        "Сервер не отвечает, стиль не наложен. Проверьте, запущен ли он, и повторите.",
    ),
}

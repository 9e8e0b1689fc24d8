"""The Colour step: suggest and match."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_advice": ("Suggestions", "Подсказки"),
    "colour_suggest": ("Suggest", "Подобрать"),
    "colour_suggest_help": (
        "Measures the person and sets the five sliders for light, contrast and skin.",
        "Измеряет цвет человека и ставит пять ползунков: свет, контраст, кожа.",
    ),
    "colour_suggest_busy": ("Measuring the person…", "Измеряем цвет человека…"),
    "colour_suggest_done": ("Suggested:", "Подобрано:"),
    "colour_match": ("Match a picture", "Как на картинке"),
    "colour_match_other": ("Match another picture", "Взять другую картинку"),
    "colour_match_help": (
        "A photo or video frame whose colours you like; it may show anyone. Choose it, drop it here or paste it.",
        "Фото или кадр с цветом, который вам нравится; человек может быть любым. Выберите файл, перетащите сюда или "
        "вставьте.",
    ),
    "colour_match_busy": ("Matching the colours…", "Подбираем цвет…"),
    "colour_match_done": ("Difference {before:.1f} → {after:.1f}.", "Разница {before:.1f} → {after:.1f}."),
    "colour_match_picture": ("Reference picture: {name}", "Картинка-образец: {name}"),
    "colour_match_pasted": ("pasted picture", "вставленная картинка"),
    "colour_match_large": (
        "This picture is larger than 64 MB. Choose a smaller one.",
        "Картинка больше 64 МБ. Выберите поменьше.",
    ),
    "colour_match_unread": (
        "This file cannot be shown as a picture. Choose a JPEG, PNG or WebP file.",
        "Этот файл не открывается как картинка. Выберите JPEG, PNG или WebP.",
    ),
    "colour_advice_undo": ("Undo this", "Вернуть как было"),
    "colour_advice_undone": ("The previous colour is back.", "Прежний цвет возвращён."),
    "colour_advice_lost": (
        "The server does not respond. Check that it is running and try again.",
        "Сервер не отвечает. Проверьте, запущен ли он, и попробуйте ещё раз.",
    ),
}

"""The Colour step: suggest and match."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_advice": ("Advice", "Подсказки"),
    "colour_suggest": ("Suggest", "Подсказать"),
    "colour_suggest_help": (
        "Looks at the person and sets the five sliders: light, contrast, skin.",
        "Смотрит на человека и ставит пять ползунков: свет, контраст, кожа.",
    ),
    "colour_suggest_busy": ("Looking at the person…", "Смотрим на человека…"),
    "colour_suggest_done": ("Suggested:", "Подсказка:"),
    "colour_match": ("Match a picture", "Как на картинке"),
    "colour_match_other": ("Match another picture", "Взять другую картинку"),
    "colour_match_help": (
        "A photo or a frame whose colours you like, of anybody. Choose it, drop it here or paste it.",
        "Фото или кадр с хорошим цветом, человек любой. Выберите, перетащите сюда или вставьте.",
    ),
    "colour_match_busy": ("Matching the colours…", "Подбираем цвет…"),
    "colour_match_done": ("Difference {before} → {after}.", "Разница {before} → {after}."),
    "colour_match_picture": ("The picture that is matched: {name}", "Картинка-образец: {name}"),
    "colour_match_pasted": ("pasted picture", "вставленная картинка"),
    "colour_match_large": (
        "This picture is larger than 64 MB. Choose a smaller one.",
        "Картинка больше 64 МБ. Выберите поменьше.",
    ),
    "colour_match_unread": (
        "This file cannot be shown as a picture. Choose a JPEG, PNG or WebP.",
        "Этот файл не открывается как картинка. Подойдут JPEG, PNG или WebP.",
    ),
    "colour_advice_undo": ("Undo this", "Вернуть как было"),
    "colour_advice_undone": ("Back to the former colour.", "Прежний цвет вернулся."),
    "colour_advice_lost": (
        "The server does not answer. Check that it runs, and try again.",
        "Сервер не отвечает. Проверьте, запущен ли он, и повторите.",
    ),
}

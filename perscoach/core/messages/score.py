"""A client scored against a trainer."""

MESSAGES: dict[str, tuple[str, str]] = {
    "score.bad_track": (
        "The trainer's track cannot be read ({reason}). Make the package again.",
        "Дорожка тренера не читается ({reason}). Соберите пакет заново.",
    ),
    "score.nothing": (
        "There is nothing to score against: {skeleton}, {frames} {frames:frame|frames} with a body.",
        "Сравнивать не с чем: {skeleton}, {frames} {frames:кадр|кадра|кадров} с телом.",
    ),
    "score.bad_landmarks": (
        "{name} is not a recording of landmarks ({reason}). Save one from the mirror page.",
        "{name} — не запись точек тела ({reason}). Сохраните её со страницы зеркала.",
    ),
    "score.bad_choice": (
        "The settings of the score cannot be used ({reason}).",
        "Настройки оценки не годятся ({reason}).",
    ),
    "score.nobody": ("Nobody is seen in the client's recording.", "В записи клиента никого не видно."),
}

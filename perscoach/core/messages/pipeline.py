"""What the stages together tell."""

MESSAGES: dict[str, tuple[str, str]] = {
    "pipeline.nobody": (
        "No person was found in the clip. Film the whole body in good light and try again.",
        "Человек в клипе не найден. Снимите всё тело при хорошем свете и попробуйте снова.",
    ),
}

"""What the colour room's server functions answer where they cannot do what was asked."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour.broken": ("Something went wrong on the server. Try again.", "Ошибка на сервере. Повторите попытку."),
    "colour.busy": ("The server is busy. Try again in a moment.", "Сервер занят. Повторите чуть позже."),
    "colour.look_not_text": (
        "This file is not a text file, so it cannot be a look.",
        "Это не текстовый файл, стилем он быть не может.",
    ),
    "colour.matte_damaged": (
        "The cut-out of this clip cannot be read. Cut the trainer out again.",
        "Вырезку этого клипа не удалось прочитать. Вырежьте тренера заново.",
    ),
    "colour.no_clip": ("The clip is not ready yet.", "Клип ещё не готов."),
    "colour.no_look": ("No look was chosen.", "Стиль не выбран."),
    "colour.picture_incomplete": (
        "The picture did not arrive complete. Choose it again.",
        "Изображение загрузилось не полностью. Выберите его снова.",
    ),
    "colour.preset_not_text": (
        "This file is not a text file, so it cannot be a preset.",
        "Это не текстовый файл, пресетом он быть не может.",
    ),
    "colour.same_clip": ("This is the same clip.", "Это тот же самый клип."),
    "colour.target_busy": (
        "{name} is being processed. Copy the colour when it has finished, or stop it first.",
        "«{name}» сейчас обрабатывается. Скопируйте цвет после завершения или сначала остановите обработку.",
    ),
}

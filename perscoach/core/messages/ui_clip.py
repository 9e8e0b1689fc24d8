"""The Clip step."""

MESSAGES: dict[str, tuple[str, str]] = {
    "clip.title": ("Your clip", "Ваш клип"),
    "clip.lead": (
        "Any phone video of one exercise. The whole body in the picture and a fixed camera work best.",
        "Любое видео упражнения с телефона. Лучше всего, когда тело видно целиком, а камера неподвижна.",
    ),
    "clip.upload": ("Drop a video here or choose one", "Перетащите видео сюда или выберите"),
    "clip.example": ("Try it with the example clip", "Попробовать на примере"),
    "clip.example_missing": (
        "The example clip is not on this computer. Choose a video of your own.",
        "Примера нет на этом компьютере. Выберите своё видео.",
    ),
    "clip.example_name": ("Example", "Пример"),
    "clip.taken": ("The clip is being prepared…", "Клип подготавливается…"),
    "clip.name": ("Name", "Название"),
    "clip.renamed": ("Renamed.", "Переименовано."),
    "clip.changes": ("What was changed", "Что изменено"),
    "clip.no_changes": ("Nothing had to be changed.", "Ничего менять не пришлось."),
    "clip.cut": ("Trim and crop", "Обрезать"),
    "clip.cut_lead": (
        "Stop the video where the exercise begins and ends, and take the moment with the buttons.",
        "Остановите видео в начале и в конце упражнения и возьмите момент кнопками.",
    ),
    "clip.start": ("Start, seconds", "Начало, секунды"),
    "clip.end": ("End, seconds", "Конец, секунды"),
    "clip.start_here": ("Start here", "Начать здесь"),
    "clip.end_here": ("End here", "Закончить здесь"),
    "clip.left": ("Cut off left, %", "Срезать слева, %"),
    "clip.right": ("Cut off right, %", "Срезать справа, %"),
    "clip.top": ("Cut off top, %", "Срезать сверху, %"),
    "clip.bottom": ("Cut off bottom, %", "Срезать снизу, %"),
    "clip.apply": ("Apply", "Применить"),
    "clip.whole": ("Use the whole clip again", "Вернуть клип целиком"),
    "clip.is_cut": (
        "The clip is cut. To cut it differently, bring the whole clip back first.",
        "Клип обрезан. Чтобы обрезать иначе, сначала верните его целиком.",
    ),
    "clip.too_small": (
        "The crop leaves nothing. Cut off less.",
        "После обрезки ничего не остаётся. Срежьте меньше.",
    ),
    "clip.busy": (
        "This clip is being worked on. Wait until it is done, or stop it in the Bundle step.",
        "С этим клипом идёт работа. Дождитесь конца или остановите её на шаге «Набор».",
    ),
    "clip.kept": ("{reason} Your earlier clip is still open.", "{reason} Прежний клип остался открытым."),
    "clip.none_chosen": ("Choose a video file.", "Выберите видеофайл."),
}

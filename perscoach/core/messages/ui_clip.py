"""The Clip step."""

MESSAGES: dict[str, tuple[str, str]] = {
    "clip.title": ("Your clip", "Ваш клип"),
    "clip.lead": (
        "Any phone video of one exercise. It works best with the whole body in the picture and a fixed camera.",
        "Любое видео одного упражнения с телефона. Лучше всего, когда тело видно целиком, а камера неподвижна.",
    ),
    "clip.upload": ("Drop a video here or choose a file", "Перетащите видео сюда или выберите файл"),
    "clip.example": ("Try it with the example clip", "Попробовать на примере"),
    "clip.example_missing": (
        "The example clip is not on this computer. Choose a video of your own.",
        "Примера нет на этом компьютере. Выберите своё видео.",
    ),
    "clip.example_name": ("Example", "Пример"),
    "clip.taken": ("Preparing the clip…", "Подготавливаем клип…"),
    "clip.name": ("Name", "Название"),
    "clip.renamed": ("Renamed.", "Переименовано."),
    "clip.changes": ("What was changed", "Что изменено"),
    "clip.no_changes": ("Nothing needed changing.", "Ничего менять не пришлось."),
    "clip.gets": ("What you get from one clip", "Что получится из одного клипа"),
    "clip.gets_video": (
        "A video of you without the room, with a transparent background for your site",
        "Видео без зала, с прозрачным фоном, для вашего сайта",
    ),
    "clip.gets_body": ("Your movement in 3D, seen from any side", "Ваше движение в 3D, с любой стороны"),
    "clip.gets_mirror": (
        "A page on which clients repeat it before their camera and see how well it matches",
        "Страница, где клиенты повторяют его перед камерой и видят, насколько точно",
    ),
    "clip.at_once": ("Make the package now", "Сразу собрать пакет"),
    "clip.nobody": (
        "Nobody was found in this clip, so there is nothing to cut out. Choose a clip in which the whole body can be seen.",
        "В этом клипе никого не видно, вырезать некого. Выберите клип, где человек виден целиком.",
    ),
    "clip.cut": ("Trim and crop", "Обрезать"),
    "clip.cut_lead": (
        "Pause the video where the exercise begins and press “Start here”; pause it where it ends and press “End "
        "here”.",
        "Остановите видео в начале упражнения и нажмите «Начать здесь»; остановите в конце и нажмите «Закончить "
        "здесь».",
    ),
    "clip.start": ("Start, seconds", "Начало, секунды"),
    "clip.end": ("End, seconds", "Конец, секунды"),
    "clip.start_here": ("Start here", "Начать здесь"),
    "clip.end_here": ("End here", "Закончить здесь"),
    "clip.left": ("Crop left, %", "Срезать слева, %"),
    "clip.right": ("Crop right, %", "Срезать справа, %"),
    "clip.top": ("Crop top, %", "Срезать сверху, %"),
    "clip.bottom": ("Crop bottom, %", "Срезать снизу, %"),
    "clip.apply": ("Apply", "Применить"),
    "clip.whole": ("Use the whole clip again", "Вернуть клип целиком"),
    "clip.is_cut": (
        "The clip is trimmed. To trim it differently, restore the whole clip first.",
        "Клип обрезан. Чтобы обрезать иначе, сначала верните его целиком.",
    ),
    "clip.too_small": (
        "Nothing would be left after this crop. Crop less.",
        "После такой обрезки ничего не останется. Срежьте меньше.",
    ),
    "clip.busy": (
        "This clip is being processed. Wait until it is done, or stop it in the Package step.",
        "Этот клип сейчас обрабатывается. Дождитесь конца или остановите работу на шаге «Пакет».",
    ),
    "clip.kept": ("{reason} The previous clip is still open.", "{reason} Прежний клип остался открытым."),
    "clip.none_chosen": ("Choose a video file.", "Выберите видеофайл."),
}

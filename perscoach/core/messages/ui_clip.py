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
    "clip.start_here": ("Start here (I)", "Начать здесь (I)"),
    "clip.end_here": ("End here (O)", "Закончить здесь (O)"),
    "clip.from": ("Start", "Начало"),
    "clip.to": ("End", "Конец"),
    "clip.seconds": ("s", "с"),
    "clip.aspect": ("Crop", "Кадр"),
    "clip.whole_picture": ("Whole picture", "Весь кадр"),
    "clip.free": ("Any shape", "Любая форма"),
    "clip.box": (
        "Part of the picture that stays: arrow keys move it, with Shift they change its size",
        "Часть кадра, которая останется: стрелки двигают её, с Shift меняют размер",
    ),
    "clip.apply": ("Cut the clip", "Обрезать клип"),
    "clip.no_cut": (
        "This cut cannot be used. Reload the page and choose it again.",
        "Такую обрезку применить нельзя. Обновите страницу и выберите её снова.",
    ),
    "clip.whole": ("Use the whole clip again", "Вернуть клип целиком"),
    "clip.is_cut": (
        "This is a part of your clip. A further cut starts from it; to get back what was cut off, use the whole clip again.",
        "Это часть вашего клипа. Дальше обрезается она; чтобы вернуть отрезанное, возьмите клип целиком.",
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

"""The page around the panels."""

MESSAGES: dict[str, tuple[str, str]] = {
    "shell.tagline": (
        "From your clip to a trainer package: cut-out, colour, 3D movement.",
        "Из вашего клипа — пакет тренера: вырезка, цвет, движение в 3D.",
    ),
    "shell.language": ("Language", "Язык"),
    "shell.steps": ("Steps", "Шаги"),
    "shell.step_clip": ("Clip", "Клип"),
    "shell.step_colour": ("Colour", "Цвет"),
    "shell.step_matte": ("Cut-out", "Вырезка"),
    "shell.step_pose": ("Movement", "Движение"),
    "shell.step_bundle": ("Package", "Пакет"),
    "shell.to_clip": ("Choose a clip", "Выбрать клип"),
    "shell.to_colour": ("Next: Colour", "Дальше: цвет"),
    "shell.to_matte": ("Next: Cut-out", "Дальше: вырезка"),
    "shell.to_pose": ("Next: Movement", "Дальше: движение"),
    "shell.to_bundle": ("Next: Package", "Дальше: пакет"),
    "shell.no_clip": ("Add a clip first.", "Сначала добавьте клип."),
    "shell.no_clip_yet": ("No clip yet.", "Клипа пока нет."),
    "shell.privacy": (
        "Your clips stay on the computer that runs perscoach. Nothing is sent anywhere else.",
        "Ваши клипы остаются на компьютере, где работает perscoach, и никуда не отправляются.",
    ),
    "shell.broken": (
        "Something went wrong in perscoach. Your clip is safe; reload the page and try again.",
        "В perscoach произошла ошибка. Клип на месте; обновите страницу и попробуйте снова.",
    ),
    "shell.no_cookie": (
        "This browser sends no cookie, so its clips cannot be told from those of other people. Allow cookies for this page "
        "and reload it.",
        "Браузер не передаёт cookie, и ваши клипы нельзя отличить от чужих. Разрешите cookie для этой страницы и обновите её.",
    ),
    "shell.no_such_job": (
        "This clip no longer exists. Choose another one or add a clip.",
        "Этого клипа больше нет. Выберите другой или добавьте новый.",
    ),
    "shell.missing_room": ("This part is not installed here.", "Эта часть здесь не установлена."),
    "shell.colour.title": ("Colour", "Цвет"),
    "shell.colour.lead": (
        "Match the light to your page. The package gets exactly what you see here.",
        "Подберите свет под вашу страницу. В пакет попадёт ровно то, что видно здесь.",
    ),
    "shell.login": ("Log in to perscoach", "Вход в perscoach"),
    "shell.seconds": ("{n:.1f} s", "{n:.1f} с"),
    "shell.frames": ("{n} {n:frame|frames}", "{n} {n:кадр|кадра|кадров}"),
    "shell.fps": ("{n} frames/s", "{n} кадр/с"),
    "shell.with_sound": ("with sound", "со звуком"),
    "shell.without_sound": ("no sound", "без звука"),
    "shell.working": ("In progress: {stage}, {percent} %", "Идёт работа: {stage}, {percent} %"),
    "shell.waiting": ("Waiting, number {n} in the queue", "В очереди, место {n}"),
    "shell.starting": ("Starting…", "Запуск…"),
    "shell.lost": (
        "The server does not respond. Check that perscoach is running; this page goes on by itself when it is back.",
        "Сервер не отвечает. Проверьте, запущен ли perscoach; когда он вернётся, страница продолжит сама.",
    ),
    "shell.upload_broken": (
        "The upload stopped. Check the connection and add the file again.",
        "Загрузка прервалась. Проверьте соединение и добавьте файл снова.",
    ),
    "shell.refused": (
        "This value was not accepted. Change it and try again.",
        "Это значение не принято. Измените его и попробуйте снова.",
    ),
    "shell.ready_for": ("{name}: the package is ready.", "{name}: пакет готов."),
    "shell.stopped_for": ("{name}: the work has stopped.", "{name}: работа остановилась."),
    "shell.done": ("The package is ready.", "Пакет готов."),
}

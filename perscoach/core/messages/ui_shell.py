"""The page around the panels."""

MESSAGES: dict[str, tuple[str, str]] = {
    "shell.tagline": (
        "From your clip to a trainer bundle: cut out, colour, 3D movement.",
        "Из вашего клипа — набор тренера: вырезка, цвет, движение в 3D.",
    ),
    "shell.language": ("Language", "Язык"),
    "shell.steps": ("Steps", "Шаги"),
    "shell.step_clip": ("Clip", "Клип"),
    "shell.step_colour": ("Colour", "Цвет"),
    "shell.step_matte": ("Matte", "Вырезка"),
    "shell.step_pose": ("Pose", "Поза"),
    "shell.step_bundle": ("Bundle", "Набор"),
    "shell.to_clip": ("Choose a clip", "Выбрать клип"),
    "shell.to_colour": ("Next: Colour", "Дальше: цвет"),
    "shell.to_matte": ("Next: Matte", "Дальше: вырезка"),
    "shell.to_pose": ("Next: Pose", "Дальше: поза"),
    "shell.to_bundle": ("Next: Bundle", "Дальше: набор"),
    "shell.no_clip": ("Add a clip first.", "Сначала добавьте клип."),
    "shell.no_clip_yet": ("No clip yet.", "Клипа пока нет."),
    "shell.privacy": (
        "Your clips stay on the computer that runs perscoach. Nothing is sent anywhere else.",
        "Ваши клипы остаются на компьютере, где работает perscoach, и никуда не отправляются.",
    ),
    "shell.broken": (
        "That did not work, and it is our fault. Your clip is safe; reload the page and try again.",
        "Не получилось, и это наша ошибка. Клип на месте; обновите страницу и попробуйте снова.",
    ),
    "shell.missing_room": (
        "This part is not installed here.",
        "Эта часть здесь не установлена.",
    ),
    "shell.colour.title": ("Colour", "Цвет"),
    "shell.colour.lead": (
        "Match the light to your page. What you see here is what the bundle gets.",
        "Подберите свет под вашу страницу. Что видно здесь, то и попадёт в набор.",
    ),
    "shell.login": ("Log in to perscoach", "Вход в perscoach"),
    "shell.seconds": ("{n:.1f} s", "{n:.1f} с"),
    "shell.frames": ("{n} frames", "кадров: {n}"),
    "shell.fps": ("{n} frames/s", "{n} кадр/с"),
    "shell.with_sound": ("with sound", "со звуком"),
    "shell.without_sound": ("no sound", "без звука"),
    "shell.working": ("Working: {stage}, {percent} %", "Идёт работа: {stage}, {percent} %"),
    "shell.waiting": ("Waiting, place {n} in the queue", "В очереди, место {n}"),
    "shell.starting": ("Starting…", "Запуск…"),
    "shell.done": ("The bundle is ready.", "Набор готов."),
}

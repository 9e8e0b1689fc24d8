"""The words of ``OPEN_ME.html``, the page inside every package."""

MESSAGES = {
    "open_me.title": ("{name}: trainer package", "{name}: пакет тренера"),
    "open_me.intro": (
        "Everything on this page lies in the folder beside it. It works without a server and without the internet.",
        "Всё, что есть на этой странице, лежит в папке рядом с ней. Сервер и интернет не нужны.",
    ),
    "open_me.language": ("Русский", "English"),
    "open_me.video": ("Cut-out", "Вырезанное видео"),
    "open_me.backdrop": ("Backdrop", "Фон"),
    "open_me.backdrop_page": ("Page", "Страница"),
    "open_me.backdrop_white": ("White", "Белый"),
    "open_me.backdrop_black": ("Black", "Чёрный"),
    "open_me.backdrop_colour": ("Colour", "Цветной"),
    "open_me.no_video": (
        "This browser cannot play the file. Safari needs trainer_transparent.mov; Chrome, Edge and Firefox take the WebM.",
        "Этот браузер не может показать файл. Safari нужен trainer_transparent.mov, Chrome, Edge и Firefox берут WebM.",
    ),
    "open_me.movement": ("Movement in 3D", "Движение в 3D"),
    "open_me.turn": (
        "Drag to turn the body, or use the arrow keys.",
        "Поверните тело мышью, пальцем или клавишами со стрелками.",
    ),
    "open_me.guessed": (
        "Grey parts were not in the picture: they are guessed.",
        "Серые части тела не были видны: они угаданы.",
    ),
    "open_me.play": ("Play", "Смотреть"),
    "open_me.pause": ("Pause", "Пауза"),
    "open_me.site": ("Put it on your site", "Как поставить на свой сайт"),
    "open_me.site_how": (
        "Upload the video files and poster.webp beside your page and paste this. Whatever lies behind it shows through.",
        "Загрузите видеофайлы и poster.webp рядом со страницей и вставьте этот код. Фон страницы будет виден сквозь видео.",
    ),
    "open_me.copy": ("Copy the code", "Скопировать код"),
    "open_me.copied": ("Copied", "Скопировано"),
    "open_me.files": ("What is in the package", "Что в пакете"),
    "open_me.for_webm": (
        "the video with a transparent background for Chrome, Edge, Firefox and Android",
        "видео с прозрачным фоном для Chrome, Edge, Firefox и Android",
    ),
    "open_me.for_mov": (
        "the same for Safari, iPhone and iPad, and for editing programs",
        "то же для Safari, iPhone и iPad и для программ монтажа",
    ),
    "open_me.for_frames": (
        "every frame as a PNG picture, for editing programs",
        "каждый кадр картинкой PNG, для программ монтажа",
    ),
    "open_me.for_poster": (
        "the still picture that is shown until the video plays",
        "картинка, которая видна, пока видео не началось",
    ),
    "open_me.for_json": ("the movement for a web developer", "движение для веб-разработчика"),
    "open_me.for_npz": (
        "the movement and the body for scientists and programmers (NumPy)",
        "движение и тело для исследователей и программистов (NumPy)",
    ),
    "open_me.for_glb": (
        "the moving body for the web and for 3D programs (Blender, Unity)",
        "движущееся тело для сайтов и 3D-программ (Blender, Unity)",
    ),
    "open_me.for_bvh": ("the moving skeleton for animation programs", "движущийся скелет для программ анимации"),
    "open_me.for_mirror": (
        "the movement for the mirror, the page where clients repeat it",
        "движение для зеркала, страницы, на которой клиенты его повторяют",
    ),
    "open_me.for_mirror_body": ("the body that the mirror shows", "тело, которое показывает зеркало"),
    "open_me.for_grade": ("the colours as numbers", "цвета в числах"),
    "open_me.for_grade_cube": (
        "the colours as a table for DaVinci Resolve and Premiere",
        "цвета таблицей для DaVinci Resolve и Premiere",
    ),
    "open_me.for_score_json": ("your own settings of the score", "ваши настройки оценки"),
    "open_me.for_look_cube": ("your own look, as it was added", "ваш собственный стиль, как он был добавлен"),
    "open_me.for_manifest": (
        "how the package was made: settings, versions, a checksum of every file",
        "как сделан пакет: настройки, версии, контрольные суммы файлов",
    ),
    "open_me.for_notice": ("whose work is in it, and its licence", "чья работа в пакете и её лицензия"),
}

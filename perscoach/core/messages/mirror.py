"""The client's page and what serves it."""

MESSAGES: dict[str, tuple[str, str]] = {
    "mirror.nothing": (
        "There is nothing here. The link may be out of date: ask your trainer for a new one.",
        "Здесь ничего нет. Возможно, ссылка устарела: попросите у тренера новую.",
    ),
    "mirror.broken": ("The server could not answer. Try again.", "Сервер не смог ответить. Попробуйте ещё раз."),
    "mirror.wrong_method": ("Only GET and HEAD are answered here.", "Здесь принимаются только GET и HEAD."),
    "mirror.no_movement": (
        "{name}: {file} is missing, so the mirror has nothing to compare with. Make the package again.",
        "{name}: нет файла {file}, зеркалу не с чем сравнивать. Создайте пакет заново.",
    ),
    "mirror.port": (
        "Cannot listen on {host}:{port} ({problem}). Another port: --port {other}.",
        "Не удаётся открыть {host}:{port} ({problem}). Другой порт: --port {other}.",
    ),
    "mirror.other_files": (
        "{folder} holds other files. Choose a new or an empty folder.",
        "В папке {folder} лежат другие файлы. Выберите новую или пустую папку.",
    ),
    "mirror.no_library": (
        "The page's libraries are not installed ({what}). Install Node.js with npm, then run: {command}",
        "Библиотеки страницы не установлены ({what}). Установите Node.js вместе с npm и выполните: {command}",
    ),
    "mirror.other_version": (
        "{package} has version {found}, expected {wanted}. Run: {command}",
        "Версия {package}: {found}, а нужна {wanted}. Выполните: {command}",
    ),
    "mirror.reporting": (
        "This copy of tasks-vision would report to {host}, so it is not used. Run: {command}",
        "Эта копия tasks-vision отправляла бы данные на {host}, поэтому она не используется. Выполните: {command}",
    ),
}

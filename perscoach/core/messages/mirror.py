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
    "mirror.no_network": (
        "This computer is in no network. Connect it to the Wi-Fi that the clients' devices use, and try again.",
        "Этот компьютер не подключён к сети. Подключите его к той же сети Wi-Fi, что и устройства клиентов, и попробуйте снова.",
    ),
    "mirror.no_port": (
        "All ports from {first} to {last} are in use. Close the programs that use them, and try again.",
        "Все порты с {first} по {last} заняты. Закройте программы, которые их заняли, и попробуйте снова.",
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
    "mirror.readme": (
        """The mirror: a client repeats the trainer's movement in front of a camera.

Put this folder on any web host as it is and open index.html there. Everything in it is loaded from the same host;
nothing is sent anywhere. Camera and session stay in the client's browser.

* A camera needs https (or localhost). Opened as a file (file://) the page does not work.
* Inside another page: <iframe src="…" allow="camera"></iframe>
* On this computer: python -m http.server --bind 127.0.0.1, then http://127.0.0.1:8000/
* Let the host send these headers with every file, the .mjs and .wasm ones too. index.html carries the first one itself,
  but a worker obeys only what comes with its own file:

{headers}

* and these types:

{types}

* Video is scrubbed by HTTP range requests; python -m http.server has none, so jumping back may take longer there.
* vendor/LICENSES.txt, and the licence files in bundle/ where there are any, go with every copy.
""",
        """Зеркало: клиент повторяет движения тренера перед камерой.

Положите эту папку на любой веб-хостинг как есть и откройте там index.html. Всё загружается с того же адреса, никуда
ничего не отправляется, изображение с камеры не покидает браузер клиента.

* Камере нужен https (или localhost). Открыть страницу как файл (file://) нельзя.
* Внутри другой страницы: <iframe src="…" allow="camera"></iframe>
* Со всеми файлами, в том числе .mjs и .wasm, хостинг должен отдавать такие заголовки:

{headers}

* и такие типы:

{types}
""",
    ),
}

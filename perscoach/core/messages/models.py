"""Weights: what each model is for, what is missing, and why a download failed."""

MESSAGES: dict[str, tuple[str, str]] = {
    # what each is for
    "models.for_pose_landmarker_lite": (
        "3D pose, the fastest and least accurate.",
        "3D-поза, самая быстрая и наименее точная.",
    ),
    "models.for_pose_landmarker_full": (
        "3D pose and the outline of the person; needs no account.",
        "3D-поза и контур человека; работает без учётной записи.",
    ),
    "models.for_pose_landmarker_heavy": (
        "3D pose and the outline of the person, the most accurate; needs no account.",
        "3D-поза и контур человека, самая точная; работает без учётной записи.",
    ),
    "models.for_modnet_video": ("MODNet for video: cuts the person out.", "MODNet для видео: вырезает человека."),
    "models.for_modnet_photo": (
        "MODNet for portrait photos: cuts the person out of still pictures.",
        "MODNet для портретных фотографий: вырезает человека из кадра.",
    ),
    "models.for_sam3d_body": (
        "SAM 3D Body: 3D body with a full mesh; needs a GPU.",
        "SAM 3D Body: 3D-тело с полной сеткой; нужна видеокарта.",
    ),
    "models.for_mhr": (
        "Momentum Human Rig, the body that SAM 3D Body moves; public, the same file as in sam3d_body.",
        "Momentum Human Rig — тело, которое двигает SAM 3D Body; общедоступно, тот же файл, что в sam3d_body.",
    ),
    # what is there
    "models.unknown": (
        "There is no model {name}. Choose from: {known}.",
        "Модели {name} нет. Есть: {known}.",
    ),
    "models.missing": (
        "The weights {name} are missing ({file}). {what_to_do}",
        "Нет весов {name} ({file}). {what_to_do}",
    ),
    "models.unusable": (
        "The weights {file} cannot be used: {reason}. Delete the file, then run: perscoach models fetch {name}.",
        "Веса {file} использовать нельзя: {reason}. Удалите файл, затем выполните: perscoach models fetch {name}.",
    ),
    "models.wrong": (
        "{file}: {reason}. Delete it and fetch it again, unless it is your own.",
        "{file}: {reason}. Удалите и скачайте снова, если это не ваш собственный файл.",
    ),
    "models.empty": ("it is empty", "файл пуст"),
    "models.not_a_network": (
        "{member} in it is not a TensorFlow Lite network",
        "{member} в нём — не сеть TensorFlow Lite",
    ),
    "models.not_a_bundle": (
        "it is not a pose landmarker file (truncated, or another kind of file)",
        "это не файл pose landmarker (обрезан или другого вида)",
    ),
    "models.other_kind": ("it is another kind of file", "это файл другого вида"),
    "models.hash": ("its SHA-256 is not the published one", "контрольная сумма SHA-256 не та, что опубликована"),
    "models.run_fetch": ("Run: perscoach models fetch {name}.", "Выполните: perscoach models fetch {name}."),
    "models.ask_access": (
        "Ask for access at {page}, set HF_TOKEN, then run: perscoach models fetch {name}.",
        "Запросите доступ на {page}, задайте HF_TOKEN, затем выполните: perscoach models fetch {name}.",
    ),
    "models.no_package": (
        "The mediapipe package is not installed. Run: pip install -r requirements.txt.",
        "Пакет mediapipe не установлен. Выполните: pip install -r requirements.txt.",
    ),
    "models.no_network": (
        "The installed mediapipe package has no {file}. Version 0.10.21 contains it.",
        "В установленном пакете mediapipe нет {file}. Он есть в версии 0.10.21.",
    ),
    "models.no_npm": (
        "npm is not here to fetch {package}. Install Node.js.",
        "Нет npm, чтобы скачать {package}. Установите Node.js.",
    ),
    "models.npm_failed": (
        "npm could not fetch {package} ({reason}).",
        "npm не смог скачать {package} ({reason}).",
    ),
    "models.stands_in": (
        "{stand_in} is used instead of {name}.",
        "Вместо {name} используется {stand_in}.",
    ),
    # fetching
    "models.disk": (
        "{file} cannot be written to {folder} ({reason}). Check the folder's permissions, or set PERSCOACH_CHECKPOINTS.",
        "Не удаётся записать {file} в {folder} ({reason}). Проверьте права на папку или задайте PERSCOACH_CHECKPOINTS.",
    ),
    "models.not_fetched": ("{file} was not fetched. {reasons} See {page}.", "{file} не скачан. {reasons} См. {page}."),
    "models.offline": (
        "PERSCOACH_OFFLINE is set, so the network was not used.",
        "Задан PERSCOACH_OFFLINE: сеть не использовалась.",
    ),
    "models.refused_form": (
        "The file from {host} was refused: {reason}.",
        "Файл от {host} отклонён: {reason}.",
    ),
    "models.refused_hash": (
        "The file from {host} was refused: its SHA-256 is {found}…, expected {expected}….",
        "Файл от {host} отклонён: SHA-256 {found}…, ожидался {expected}….",
    ),
    "models.refused_archive": (
        "The archive from {host} was refused: it has no complete {member}.",
        "Архив от {host} отклонён: в нём нет целого {member}.",
    ),
    "models.the_package": ("the mediapipe package", "пакета mediapipe"),
    "models.too_much": (
        "{host} sent more than the expected {limit} bytes.",
        "{host} прислал больше ожидаемых {limit} байт.",
    ),
    "models.cut_off": (
        "The connection to {host} broke after {done} of {total} bytes. Try again.",
        "Соединение с {host} оборвалось: {done} из {total} байт. Попробуйте ещё раз.",
    ),
    "models.answered": ("{host} answered {code:d} ({reason}).", "{host} ответил {code:d} ({reason})."),
    "models.unreachable": (
        "{host} cannot be reached ({reason}). Check the connection.",
        "{host} недоступен ({reason}). Проверьте соединение.",
    ),
    # the Hugging Face Hub
    "models.hub_unreachable": (
        "huggingface.co cannot be reached. Check the connection.",
        "huggingface.co недоступен. Проверьте соединение.",
    ),
    "models.hub_repository": (
        "The hub shows this account no repository {repository}. Check HF_TOKEN.",
        "Хаб не показывает этой учётной записи репозиторий {repository}. Проверьте HF_TOKEN.",
    ),
    "models.hub_file": (
        "The hub has no {path} in {repository} at {revision}.",
        "На хабе нет {path} в {repository} версии {revision}.",
    ),
    "models.hub_fine_grained": (
        "HF_TOKEN is a fine-grained token that may not read gated repositories. Allow that in its settings "
        "(https://huggingface.co/settings/tokens).",
        "HF_TOKEN не даёт читать репозитории с доступом по запросу. Включите это в настройках токена "
        "(https://huggingface.co/settings/tokens).",
    ),
    "models.hub_token": (
        "The hub does not know the token in HF_TOKEN (mistyped, expired or deleted). Make a new one at "
        "https://huggingface.co/settings/tokens.",
        "Хаб не знает токен из HF_TOKEN (опечатка, истёк или удалён). Создайте новый на "
        "https://huggingface.co/settings/tokens.",
    ),
    "models.hub_answered": ("The hub answered {code} for {repository}.", "Хаб ответил {code} на {repository}."),
    "models.gated_no_token": (
        "{name} is gated and no token is set. Ask for access at {page} and set HF_TOKEN.",
        "{name} выдаётся по запросу, а токен не задан. Запросите доступ на {page} и задайте HF_TOKEN.",
    ),
    "models.gated_waiting": (
        "Your request for {name} is still waiting for its publisher ({page}).",
        "Ваш запрос на {name} ещё ждёт ответа издателя ({page}).",
    ),
    "models.gated_rejected": (
        "The publisher of {name} rejected this account's request ({page}).",
        "Издатель {name} отклонил запрос этой учётной записи ({page}).",
    ),
    "models.gated_no_access": (
        "This account has no access to {name}. Ask for it at {page}, with the account of HF_TOKEN.",
        "У этой учётной записи нет доступа к {name}. Запросите его на {page} с учётной записью от HF_TOKEN.",
    ),
}

"""Requests that the app refuses before they reach a panel."""

MESSAGES: dict[str, tuple[str, str]] = {
    "guard.unknown_host": (
        "This address does not belong to the app. Whoever runs it can allow the name with PERSCOACH_HOSTS.",
        "Этот адрес не относится к приложению. Разрешить имя можно настройкой PERSCOACH_HOSTS на сервере.",
    ),
    "guard.long_address": ("The address is too long.", "Слишком длинный адрес."),
    "guard.many_headers": (
        "The headers of this request are too long. Delete this site's cookies and try again.",
        "Слишком длинные заголовки запроса. Удалите cookie этого сайта и попробуйте ещё раз.",
    ),
    "guard.no_such_page": ("There is no such page.", "Такой страницы нет."),
    "guard.wrong_method": ("This address takes only GET and POST.", "Этот адрес принимает только GET и POST."),
    "guard.foreign_site": (
        "Another site sent this request, so it was refused. Open the app in its own tab.",
        "Запрос отправил другой сайт, поэтому он отклонён. Откройте приложение в отдельной вкладке.",
    ),
    "guard.content_type": (
        "The body of this request has the wrong type. The app takes application/json here.",
        "У тела запроса неподходящий тип. Здесь приложение принимает application/json.",
    ),
    "guard.log_in": ("Log in first.", "Сначала войдите."),
    "guard.too_large": (
        "The request is too large for this address.",
        "Запрос слишком велик для этого адреса.",
    ),
    "guard.too_many_values": (
        "The request holds too many values.",
        "В запросе слишком много значений.",
    ),
    "guard.too_slow": (
        "The data arrived too slowly. Check the connection and try again.",
        "Данные поступали слишком медленно. Проверьте соединение и попробуйте ещё раз.",
    ),
    "guard.busy": (
        "The server is handling many requests at the moment. Try again in a few seconds.",
        "Сервер сейчас обрабатывает много запросов. Попробуйте через несколько секунд.",
    ),
    "guard.bad_json": ("The body of this request is not valid.", "Тело запроса составлено неверно."),
    "guard.foreign_file": (
        "Files are taken only from uploads to this app.",
        "Файлы принимаются, только если они загружены в это приложение.",
    ),
    "guard.foreign_session": (
        "This page belongs to another browser, or the server was restarted. Reload the page.",
        "Эта страница принадлежит другому браузеру, или сервер был перезапущен. Обновите страницу.",
    ),
    "guard.upload_unknown": (
        "Open the app's page before you upload, and allow cookies for it.",
        "Перед загрузкой откройте страницу приложения и разрешите для неё cookie.",
    ),
    "guard.disk_full": (
        "The server's disk is full, so it takes no clip now. Delete an earlier clip, or tell whoever runs the server.",
        "На диске сервера нет места, и он не может принять клип. Удалите прежний клип или сообщите тому, кто ведёт сервер.",
    ),
    "guard.upload_size": (
        "The file is larger than this server takes (PERSCOACH_MAX_MB). Shorten the clip or record it at a lower quality.",
        "Файл больше, чем принимает этот сервер (PERSCOACH_MAX_MB). Укоротите клип или снимите его с меньшим качеством.",
    ),
    "guard.upload_budget": (
        "Too many uploads from this address. Wait for the others to finish, or try again later.",
        "Слишком много загрузок с этого адреса. Дождитесь окончания остальных или попробуйте позже.",
    ),
    "guard.bad_upload": (
        "The upload is incomplete. Try again.",
        "Файл загружен не полностью. Попробуйте ещё раз.",
    ),
    "guard.login_wait": (
        "Too many failed attempts. Try again in {n} {n:second|seconds}.",
        "Слишком много неудачных попыток. Повторите через {n} {n:секунду|секунды|секунд}.",
    ),
    "guard.broken": (
        "The server could not answer this request.",
        "Сервер не смог ответить на этот запрос.",
    ),
}

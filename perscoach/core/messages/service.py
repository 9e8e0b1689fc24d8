"""What programs are told that use the HTTP API."""

MESSAGES: dict[str, tuple[str, str]] = {
    "service.token": (
        "This address needs the header Authorization: Bearer with the token that PERSCOACH_API_TOKEN holds on the server.",
        "Для этого адреса нужен заголовок Authorization: Bearer с токеном из PERSCOACH_API_TOKEN на сервере.",
    ),
    "service.wait": (
        "Too many wrong tokens came from this address. Try again in {n} {n:second|seconds}.",
        "С этого адреса приходило слишком много неверных токенов. Повторите через {n} {n:секунду|секунды|секунд}.",
    ),
    "service.recipe": (
        "recipe: expected settings as a JSON object.",
        "recipe: нужны настройки в виде объекта JSON.",
    ),
    "service.empty": (
        "The request has no body. Send the clip's bytes as the body.",
        "У запроса нет тела. Отправьте байты клипа телом запроса.",
    ),
    "service.draining": (
        "The server is about to stop and takes no new jobs. Try again in a minute.",
        "Сервер останавливается и не принимает новых работ. Повторите через минуту.",
    ),
}

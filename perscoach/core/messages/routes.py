"""The app's own routes."""

MESSAGES: dict[str, tuple[str, str]] = {
    "routes.no_file": ("There is no such file.", "Такого файла нет."),
    "routes.not_made": ("This file has not been made yet.", "Этот файл ещё не создан."),
}

"""What a path that a person gave turns out to be."""

MESSAGES: dict[str, tuple[str, str]] = {
    "files.missing": (
        "{name}: there is no such file. Check the path.",
        "{name}: такого файла нет. Проверьте путь.",
    ),
    "files.not_regular": (
        "{name} is {kind}, not a file. Give the path of a file.",
        "{name}: это {kind}, а не файл. Укажите путь к файлу.",
    ),
    "files.unreadable": (
        "{name} cannot be opened ({reason}). Check the access rights.",
        "{name} не открывается ({reason}). Проверьте права доступа.",
    ),
    "files.kind_folder": ("a folder", "папка"),
    "files.kind_pipe": ("a named pipe", "именованный канал"),
    "files.kind_socket": ("a socket", "сокет"),
    "files.kind_device": ("a device", "устройство"),
}

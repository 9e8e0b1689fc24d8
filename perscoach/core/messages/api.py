"""What the public functions and the commands over a clip report."""

MESSAGES: dict[str, tuple[str, str]] = {
    "api.no_bundle": (
        "The run ended without a bundle. Start it again.",
        "Обработка закончилась без пакета. Запустите её снова.",
    ),
    "api.work_is_a_file": (
        "--work {name}: this is a file. Name an empty or a new folder.",
        "--work {name}: это файл. Укажите пустую или новую папку.",
    ),
    "api.work_not_empty": (
        "--work {name}: this folder holds other files. Name an empty or a new folder.",
        "--work {name}: в этой папке лежат другие файлы. Укажите пустую или новую папку.",
    ),
    "api.busy": (
        "Another perscoach is working on this clip. Wait until it has finished, or give this run its own --work folder.",
        "Этим клипом уже занят другой perscoach. Дождитесь его или задайте этому запуску свою папку --work.",
    ),
    "api.device_unused": (
        "{device} is not used: the chosen engines run on the CPU.",
        "{device} не используется: выбранные движки работают на процессоре.",
    ),
}

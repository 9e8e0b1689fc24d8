"""A batch: many clips, one recipe."""

MESSAGES: dict[str, tuple[str, str]] = {
    "batch.no_clips": (
        "{name}: there is no clip here. Name a folder with videos, or a text file with one path a line.",
        "{name}: клипов здесь нет. Укажите папку с видео или текстовый файл, где на каждой строке путь к клипу.",
    ),
    "batch.too_many": (
        "One batch takes at most {most} clips. Split the list.",
        "За один раз можно обработать не больше {most} клипов. Разделите список.",
    ),
    "batch.list_too_long": (
        "{name}: expected a list of clips of at most {size} MB.",
        "{name}: нужен список клипов не больше {size} МБ.",
    ),
    "batch.busy": (
        "Another batch writes to this folder. Wait until it has finished, or name another folder with -o.",
        "В эту папку уже пишет другая пакетная обработка. Дождитесь её или укажите другую папку: -o.",
    ),
    "batch.recipe": (
        "{name}: expected a recipe, the bundle.json of a package or the answer of perscoach process --json ({reason}).",
        "{name}: нужен рецепт, bundle.json из пакета или ответ perscoach process --json ({reason}).",
    ),
    "batch.recipe_name": (
        "The recipe names the file {name}: expected a plain file name.",
        "Рецепт указывает файл {name}: нужно имя файла без папок.",
    ),
    "batch.recipe_file": (
        "The recipe needs {name}, which is not beside it. Put the file there, or remove it from the recipe.",
        "Рецепту нужен {name}, но рядом его нет. Положите файл рядом или уберите его из рецепта.",
    ),
    "batch.unexpected": (
        "perscoach failed on this clip ({reason}); details are in batch.log in the workspace. Finished parts are kept.",
        "Внутренняя ошибка perscoach ({reason}); подробности в batch.log в рабочей папке. Готовые части сохранены.",
    ),
    "batch.done": ("{name}: ready after {seconds:.0f} s", "{name}: готово за {seconds:.0f} с"),
    "batch.kept": ("{name}: made before, nothing has changed", "{name}: сделано раньше, ничего не изменилось"),
    "batch.failed": ("{name}: failed. {why}", "{name}: не получилось. {why}"),
    "batch.summary": (
        "New packages: {done}, made before: {kept}, failed: {failed}. Report: {report}",
        "Новых пакетов: {done}, сделано раньше: {kept}, не получилось: {failed}. Отчёт: {report}",
    ),
    "cli.stage_batch": ("Clips", "Клипы"),
    "batch.page_title": ("Batch report", "Отчёт о пакетной обработке"),
    "batch.page_finished": ("Finished.", "Закончено."),
    "batch.page_unfinished": (
        "Not finished: start the same command again to go on.",
        "Не закончено: чтобы продолжить, запустите ту же команду ещё раз.",
    ),
    "batch.page_time": ("{minutes:.1f} minutes.", "{minutes:.1f} мин."),
    "batch.page_recipe": ("Recipe", "Рецепт"),
    "batch.count_waiting": ("waiting: {count}", "ждут: {count}"),
    "batch.count_running": ("in progress: {count}", "в работе: {count}"),
    "batch.count_done": ("new packages: {count}", "новых пакетов: {count}"),
    "batch.count_kept": ("made before: {count}", "сделано раньше: {count}"),
    "batch.count_failed": ("failed: {count}", "не получилось: {count}"),
    "batch.count_cancelled": ("stopped: {count}", "остановлено: {count}"),
    "batch.column_clip": ("Clip", "Клип"),
    "batch.column_state": ("State", "Состояние"),
    "batch.column_frames": ("Frames", "Кадров"),
    "batch.column_found": ("With a person", "С человеком"),
    "batch.column_seconds": ("Seconds", "Секунд"),
    "batch.state_waiting": ("waiting", "ждёт"),
    "batch.state_running": ("in progress", "в работе"),
    "batch.state_done": ("ready", "готово"),
    "batch.state_kept": ("ready (made before)", "готово (сделано раньше)"),
    "batch.state_failed": ("failed", "не получилось"),
    "batch.state_cancelled": ("stopped", "остановлено"),
}

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
    "batch.no_ray": (
        "Ray is not installed. Run: pip install 'perscoach[cluster]', or leave --on and PERSCOACH_RAY out.",
        "Ray не установлен. Выполните pip install 'perscoach[cluster]' или уберите --on и PERSCOACH_RAY.",
    ),
    "batch.no_cluster": (
        "The Ray cluster {address} does not answer ({reason}). Check the address, and that the same versions of Ray and Python "
        "run there and here.",
        "Кластер Ray {address} не отвечает ({reason}). Проверьте адрес и то, что версии Ray и Python там и здесь одинаковы.",
    ),
    "batch.no_node": (
        "No node of the cluster has what a clip needs: {cpus} {cpus:core|cores}, {gpus} GPU, {memory} GB of memory. Ask for less "
        "with --cpus, --gpus or --memory.",
        "Ни на одном узле кластера нет того, что нужно клипу: ядер {cpus}, GPU {gpus}, памяти {memory} ГБ. Уменьшите --cpus, "
        "--gpus или --memory.",
    ),
    "batch.node_lost": (
        "The node that worked on this clip was lost, and so were those that took over ({reason}). Start the same command again; "
        "finished parts are kept.",
        "Узел, обрабатывавший клип, пропал, как и те, что его заменили ({reason}). Запустите ту же команду ещё раз: готовые "
        "части сохранены.",
    ),
    "batch.other_version": (
        "Node {node} runs perscoach {here}, the batch was started with {there}. Install the same version on every node.",
        "На узле {node} стоит perscoach {here}, а запуск сделан из {there}. Установите на все узлы одну версию.",
    ),
    "batch.not_shared": (
        "Node {node} does not see {folder}. Clips, workspace and output must lie on a folder that every node sees under the same "
        "path.",
        "Узел {node} не видит {folder}. Клипы, рабочая папка и папка результатов должны быть доступны всем узлам по одному пути.",
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

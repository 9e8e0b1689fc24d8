"""What the command line prints."""

MESSAGES: dict[str, tuple[str, str]] = {
    "cli.broken": (
        "An internal error in perscoach: {what}. PERSCOACH_DEBUG=1 prints the traceback.",
        "Внутренняя ошибка perscoach: {what}. PERSCOACH_DEBUG=1 покажет, где она возникла.",
    ),
    "cli.trim": (
        "--trim: expected IN:OUT in seconds such as 2:8 or :30, got {value}.",
        "--trim: нужно НАЧАЛО:КОНЕЦ в секундах, например 2:8 или :30, получено {value}.",
    ),
    "cli.numbers": (
        "{option}: expected {count} numbers separated by commas, got {value}.",
        "{option}: нужно чисел через запятую: {count}; получено {value}.",
    ),
    "cli.lens": (
        "--lens: expected {names} or millimetres such as 26, got {value}.",
        "--lens: нужно {names} или миллиметры, например 26, получено {value}.",
    ),
    "cli.look_amount": (
        "--look-amount: there is no look to apply. Name one with --look FILE.cube.",
        "--look-amount: стиль не указан. Укажите его: --look ФАЙЛ.cube.",
    ),
    "cli.picture_size": (
        "{name}: expected a picture of at most {size} MB.",
        "{name}: нужна картинка не больше {size} МБ.",
    ),
    "cli.frame": (
        "--frame {frame}: the clip has frames 0 to {last}.",
        "--frame {frame}: в клипе кадры от 0 до {last}.",
    ),
    "cli.one_source": (
        "--suggest, --match and --preset each give all five numbers. Use one of them.",
        "--suggest, --match и --preset задают все пять чисел. Укажите что-то одно.",
    ),
    "cli.difference": (
        "Difference {before:.1f} → {after:.1f}.",
        "Разница {before:.1f} → {after:.1f}.",
    ),
    "cli.bundle": ("Package: {folder}\nZip:    {zip}", "Пакет: {folder}\nАрхив: {zip}"),
    "cli.angle": ("angle", "угол"),
    "cli.offset_deg": ("offset °", "сдвиг, °"),
    "cli.apart_deg": ("apart °", "разница, °"),
    "cli.correlation": ("correlation", "корреляция"),
    "cli.engines_apart": (
        "{a} and {b} place the joints {apart} % of the body's height apart, in {frames} {frames:frame|frames}.",
        "{a} и {b}: суставы расходятся на {apart} % роста, {frames} {frames:кадр|кадра|кадров}.",
    ),
    "cli.without_sam": (
        "{why} Add --engine mediapipe to go on without SAM 3D Body.",
        "{why} Добавьте --engine mediapipe, чтобы продолжить без SAM 3D Body.",
    ),
    "cli.sound": ("The package has no errors.", "Ошибок в пакете нет."),
    "cli.unsound": ("The package has errors.", "В пакете есть ошибки."),
    "cli.model": ("model", "модель"),
    "cli.here": ("here", "есть"),
    "cli.megabytes": ("MB", "МБ"),
    "cli.licence": ("licence", "лицензия"),
    "cli.purpose": ("for", "для чего"),
    "cli.yes": ("yes", "да"),
    "cli.no": ("no", "нет"),
    "cli.damaged": ("damaged", "повреждена"),
    "cli.gated": ("{licence} (on request)", "{licence} (по запросу)"),
    "cli.job": ("job", "задание"),
    "cli.made": ("made", "создано"),
    "cli.state": ("state", "состояние"),
    "cli.name": ("name", "имя"),
    "cli.removed": ("Removed: {count}", "Удалено: {count}"),
    "cli.which_job": (
        "Name the job: perscoach jobs list shows them.",
        "Укажите задание: их показывает perscoach jobs list.",
    ),
    "cli.job_busy": (
        "This job is queued or running in the app. Stop it there first.",
        "Это задание выполняется в приложении. Сначала остановите его там.",
    ),
    "cli.stage_column": ("stage", "этап"),
    "cli.rate_column": ("frames/s", "кадров/с"),
    "cli.seconds_column": ("seconds", "секунды"),
    "cli.group": ("judged", "оценивалось"),
    "cli.form": ("form", "форма"),
    "cli.nothing_scored": ("Nothing could be scored.", "Оценить ничего не удалось."),
    "cli.score": (
        "Form {form:.0f} of 100, timing {timing:.0f} ({late:.1f} s late), in the picture {coverage:.0f} % of the time.",
        "Форма {form:.0f} из 100, ритм {timing:.0f} (опоздание {late:.1f} с), в кадре {coverage:.0f} % времени.",
    ),
    "cli.reps": (
        "Repetitions: {mine} full, {shallow} too shallow; the trainer does {theirs}.",
        "Повторы: полных {mine}, неполных {shallow}; у тренера {theirs}.",
    ),
    "cli.matched": (
        "The trainer's start matches {offset:.1f} s of the recording; not mirrored.",
        "Начало тренера соответствует {offset:.1f} с записи, без отражения.",
    ),
    "cli.matched_mirrored": (
        "The trainer's start matches {offset:.1f} s of the recording; mirrored.",
        "Начало тренера соответствует {offset:.1f} с записи, зеркально.",
    ),
    "cli.own_words": ("{words}", "{words}"),
    "cli.no_landmarker": (
        "{name} is missing, so the page will not find anybody. Run: perscoach models fetch pose_landmarker_full, then this "
        "command again.",
        "Нет {name}, и страница никого не найдёт. Выполните: perscoach models fetch pose_landmarker_full, затем эту команду "
        "ещё раз.",
    ),
    "cli.mirror": (
        "{folder}: {count} {count:file|files}, {size:.1f} MB. README.txt lists the headers that a host should send.",
        "{folder}: {count} {count:файл|файла|файлов}, {size:.1f} МБ. Какие заголовки нужны на хостинге, сказано в README.txt.",
    ),
    "cli.working": ("Working on the jobs in {folder}. Ctrl-C stops.", "Обрабатываю работы из {folder}. Ctrl-C останавливает."),
    "cli.serving": ("The mirror: {url}", "Зеркало: {url}"),
    "cli.https": (
        "On other devices browsers open the camera only over https.",
        "На других устройствах браузер открывает камеру только по https.",
    ),
    "cli.stage_clip": ("Clip", "Клип"),
    "cli.stage_people": ("People", "Люди"),
    "cli.stage_matte": ("Cut-out", "Вырезание"),
    "cli.stage_pose": ("Movement", "Движение"),
    "cli.stage_encode": ("Video", "Видео"),
    "cli.stage_bundle": ("Package", "Пакет"),
    "cli.stage_check": ("Check", "Проверка"),
    "cli.stage_compare": ("Comparison", "Сравнение"),
    "cli.stage_fetch": ("Download", "Загрузка"),
}

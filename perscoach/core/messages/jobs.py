"""Jobs, their queue and their database."""

MESSAGES: dict[str, tuple[str, str]] = {
    "jobs.newer_database": (
        "{file} in the workspace was made by a newer version of perscoach. Update perscoach, or choose another workspace "
        "(PERSCOACH_WORKSPACE).",
        "Файл {file} в рабочей папке создан более новой версией perscoach. Обновите perscoach или выберите другую рабочую "
        "папку (PERSCOACH_WORKSPACE).",
    ),
    "jobs.database_locked": (
        "Another program keeps the job list locked. Try again in a moment.",
        "Список работ занят другой программой. Повторите чуть позже.",
    ),
    "jobs.database_damaged": (
        "The job list {file} cannot be read ({reason}). Restore the file from a backup, or move it away to start with an "
        "empty list; the clips and packages stay in the folder jobs.",
        "Список работ {file} не читается ({reason}). Восстановите файл из копии или уберите его, чтобы начать с пустого "
        "списка; клипы и пакеты останутся в папке jobs.",
    ),
    "jobs.database_refused": (
        "The job list {file} cannot be opened ({reason}). Check the rights of the workspace.",
        "Не удаётся открыть список работ {file} ({reason}). Проверьте права на рабочую папку.",
    ),
    "jobs.recipe_damaged": (
        "The settings of this job cannot be read. Start a new job with the same clip.",
        "Настройки этой работы не читаются. Начните новую работу с тем же клипом.",
    ),
    "jobs.recipe_lost": (
        "The settings of this job were damaged and are back at their defaults. Check them and run the job again.",
        "Настройки этой работы были повреждены и сброшены. Проверьте их и запустите работу ещё раз.",
    ),
    "jobs.outcome_lost": (
        "The record of the last run was damaged. Run the job again; finished parts are used again.",
        "Запись о последнем запуске повреждена. Запустите работу ещё раз: готовые части не пересчитываются.",
    ),
    "jobs.needs_name": ("A job needs a name.", "У работы должно быть имя."),
    "jobs.not_a_token": ("This link does not name a job.", "Эта ссылка не ведёт к работе."),
    "jobs.gone": ("This job no longer exists.", "Этой работы больше нет."),
    "jobs.not_stored": (
        "The clip could not be stored: {reason}. Free some disk space and try again.",
        "Не удалось сохранить клип: {reason}. Освободите место на диске и повторите.",
    ),
    "jobs.is_running": (
        "This job is running. Stop it first.",
        "Эта работа выполняется. Сначала остановите её.",
    ),
    "jobs.already_queued": ("This job is already in the queue.", "Эта работа уже в очереди."),
    "jobs.not_waiting": ("This job is not in the queue.", "Этой работы нет в очереди."),
    "jobs.busy_elsewhere": (
        "Another perscoach process is working on this job. Wait until it has finished.",
        "Над этой работой уже трудится другой процесс perscoach. Дождитесь, пока он закончит.",
    ),
    "jobs.queue_full": (
        "The queue is full: {count} {count:job is|jobs are} waiting. Try again when one has finished.",
        "Очередь заполнена: {count} {count:работа|работы|работ}. Попробуйте, когда одна из них закончится.",
    ),
    "jobs.own_queue_full": (
        "{count} of your jobs {count:is|are} waiting already, which is the limit for one person. Try again when one has "
        "finished.",
        "В очереди уже {count} {count:ваша работа|ваши работы|ваших работ}, больше на одного человека нельзя. Попробуйте, "
        "когда одна из них закончится.",
    ),
    "jobs.no_clip": (
        "This job has no clip. Upload it again.",
        "В этой работе нет клипа. Загрузите его снова.",
    ),
    "jobs.files_gone": (
        "The files of this job cannot be used ({reason}). Upload the clip again.",
        "Файлы этой работы недоступны ({reason}). Загрузите клип снова.",
    ),
    "jobs.not_begun": (
        "The work could not start ({reason}). Try again.",
        "Не удалось начать работу ({reason}). Попробуйте ещё раз.",
    ),
    "jobs.died": (
        "The worker process ended unexpectedly (exit code {code}); most often memory ran out. Finished parts are kept: "
        "continue when other programs are closed.",
        "Рабочий процесс неожиданно завершился (код {code}); чаще всего не хватает памяти. Готовые части сохранены: "
        "закройте другие программы и продолжите.",
    ),
    "jobs.gave_up": (
        "The work on this clip was cut off {count} {count:time|times} before it finished, most often because memory ran out; "
        "it no longer restarts by itself. Close other programs or shorten the clip, then choose “Try once more”.",
        "Работа над этим клипом оборвалась {count} {count:раз|раза|раз}, чаще всего из-за нехватки памяти, и больше не "
        "запускается сама. Закройте другие программы или обрежьте клип и нажмите «Попробовать ещё раз».",
    ),
    "jobs.unexpected": (
        "perscoach failed on this clip ({reason}); the details are in the job's log.txt. Finished parts are kept.",
        "Внутренняя ошибка perscoach ({reason}); подробности в файле log.txt этой работы. Готовые части сохранены.",
    ),
    "jobs.no_room": (
        "The disk space for clips ({limit:.3g} GB) is used up. Delete an earlier clip that you no longer need, then add this one "
        "again.",
        "Место для клипов ({limit:.3g} ГБ) закончилось. Удалите ненужный прежний клип и добавьте этот снова.",
    ),
    "jobs.no_room_each": (
        "Your clips use up your share of the disk ({limit:.3g} GB). Delete an earlier clip that you no longer need, then add this "
        "one again.",
        "Ваши клипы заняли вашу долю диска ({limit:.3g} ГБ). Удалите ненужный прежний клип и добавьте этот снова.",
    ),
}

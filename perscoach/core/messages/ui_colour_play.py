"""The Colour step: playing the clip."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_play": ("Play", "Пуск"),
    "colour_play_pause": ("Pause", "Пауза"),
    "colour_play_help": ("Play or pause (space)", "Пуск и пауза (пробел)"),
    "colour_play_back": ("One frame back", "На кадр назад"),
    "colour_play_on": ("One frame forward", "На кадр вперёд"),
    "colour_play_speed": ("Speed", "Скорость"),
    "colour_play_matte_building": (
        "Preparing the cut-out for playback: {percent} %",
        "Готовим вырезку для просмотра: {percent} %",
    ),
    "colour_play_matte_none": (
        "The clip has not been cut out with the current settings yet, so it plays with the room.",
        "С этими настройками клип ещё не вырезан, поэтому он идёт вместе с залом.",
    ),
    "colour_play_matte_damaged": (
        "The cut-out for playback is damaged, so the clip plays with the room. Single frames are still cut out.",
        "Вырезка для просмотра повреждена, поэтому клип идёт вместе с залом. Отдельные кадры вырезаются по-прежнему.",
    ),
    "colour_play_matte_lost": (
        "The cut-out for playback could not be loaded, so the clip plays with the room. Check that the server is "
        "running.",
        "Вырезку для просмотра не удалось загрузить, поэтому клип идёт вместе с залом. Проверьте, запущен ли сервер.",
    ),
    "colour_play_codec": (
        "This browser cannot play the clip (H.264). Use Chrome, Edge, Firefox or Safari. Single frames still work.",
        "Этот браузер не воспроизводит клип (H.264). Нужен Chrome, Edge, Firefox или Safari. Отдельные кадры "
        "по-прежнему работают.",
    ),
    "colour_play_lost": (
        "The clip could not be loaded. Check that the server is running, then press Play again. Single frames still "
        "work.",
        "Клип не загрузился. Проверьте, запущен ли сервер, и нажмите «Пуск» ещё раз. Отдельные кадры по-прежнему "
        "работают.",
    ),
    "colour_play_refused": (
        "The browser blocked playback. Press Play again.",
        "Браузер не дал запустить клип. Нажмите «Пуск» ещё раз.",
    ),
}

"""The Colour step: playing the clip."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_play": ("Play", "Пуск"),
    "colour_play_pause": ("Pause", "Пауза"),
    "colour_play_help": ("Play or pause (space)", "Пуск и пауза (пробел)"),
    "colour_play_back": ("One frame back", "На кадр назад"),
    "colour_play_on": ("One frame on", "На кадр вперёд"),
    "colour_play_speed": ("Speed", "Скорость"),
    "colour_play_matte_building": (
        "Preparing the cut-out for playing: {percent} %",
        "Готовим вырезку для показа: {percent} %",
    ),
    "colour_play_matte_none": (
        "The clip is not cut out yet with the present settings, so it plays with the room.",
        "С этими настройками клип ещё не вырезан, поэтому он идёт вместе с залом.",
    ),
    "colour_play_matte_damaged": (
        "The cut-out for playing is damaged, so the clip plays with the room. Single frames are cut out as before.",
        "Вырезка для показа повреждена, поэтому клип идёт вместе с залом. Отдельные кадры вырезаются как прежде.",
    ),
    "colour_play_matte_lost": (
        "The cut-out for playing could not be loaded, so the clip plays with the room. Check that the server runs.",
        "Вырезку для показа не удалось загрузить, поэтому клип идёт вместе с залом. Проверьте, запущен ли сервер.",
    ),
    "colour_play_codec": (
        "This browser cannot play the clip (H.264). Use Chrome, Edge, Firefox or Safari. Single frames work as before.",
        "Этот браузер не может показать клип. Подойдут Chrome, Edge, Firefox или Safari. Отдельные кадры работают как прежде.",
    ),
    "colour_play_lost": (
        "The clip could not be loaded. Check that the server runs, then press play again. Single frames work as before.",
        "Клип не загрузился. Проверьте, запущен ли сервер, и нажмите «Пуск» ещё раз. Отдельные кадры работают как прежде.",
    ),
    "colour_play_refused": (
        "The browser did not let the clip play. Press play again.",
        "Браузер не дал запустить клип. Нажмите «Пуск» ещё раз.",
    ),
}

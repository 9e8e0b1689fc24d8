"""The Colour step: instruments and eyedropper."""

MESSAGES: dict[str, tuple[str, str]] = {
    "colour_scopes": ("Instruments", "Приборы"),
    "colour_scope_histogram": ("Histogram", "Гистограмма"),
    "colour_scope_parade": ("Parade", "RGB-парад"),
    "colour_scope_waveform": ("Waveform", "Яркость"),
    "colour_scope_vector": ("Vectorscope", "Оттенки"),
    "colour_scope_r": ("R", "К"),
    "colour_scope_yl": ("Yl", "Ж"),
    "colour_scope_g": ("G", "З"),
    "colour_scope_cy": ("Cy", "Г"),
    "colour_scope_b": ("B", "С"),
    "colour_scope_mg": ("Mg", "П"),
    "colour_scope_skin": ("skin", "кожа"),
    "colour_scope_waiting": ("The instruments wait for a picture.", "Приборы ждут картинку."),
    "colour_scope_empty": (
        "Nothing to measure: the person is not in this part of the picture.",
        "Измерять нечего: человека в этой части кадра нет.",
    ),
    "colour_scope_tones": (
        "Mean lightness {mean} %, darkest {darkest} %, brightest {brightest} %",
        "Средняя яркость {mean} %, самое тёмное {darkest} %, самое светлое {brightest} %",
    ),
    "colour_scope_means": (
        "Mean: red {r} %, green {g} %, blue {b} %",
        "В среднем: красный {r} %, зелёный {g} %, синий {b} %",
    ),
    "colour_scope_closer": ("Closer", "Ближе"),
    "colour_scope_closer_help": (
        "The middle of the vectorscope three times as large: there skin lies",
        "Середина круга втрое крупнее: там лежит цвет кожи",
    ),
    "colour_scope_mark": ("Mark clipped", "Показать потери"),
    "colour_scope_mark_help": (
        "Shows in the picture where shadows have run into black and highlights into white",
        "Показывает в кадре, где тени ушли в чёрное, а света — в белое",
    ),
    "colour_scope_clipped": (
        "Shadows {shadows} % · Highlights {highlights} %",
        "Тени {shadows} % · Света {highlights} %",
    ),
    "colour_scope_lost": (
        "Clipped: shadows {shadows} %, highlights {highlights} %",
        "Потери: тени {shadows} %, света {highlights} %",
    ),
    "colour_scope_only": ("Only the person", "Только человек"),
    "colour_scope_only_help": ("Off: the whole picture", "Выключено — весь кадр"),
    "colour_scope_no_matte": (
        "Until the person is found, the whole picture is measured.",
        "Пока человек не найден, измеряется весь кадр.",
    ),
    "colour_scope_skin_none": ("Too few skin colours to judge.", "Цвета кожи слишком мало, чтобы судить."),
    "colour_scope_skin_on": (
        "Skin is on the skin line ({degrees}° off).",
        "Кожа на линии кожи (отклонение {degrees}°).",
    ),
    "colour_scope_skin_little_yellow": (
        "Skin a little too yellow-green: {degrees}° from the skin line.",
        "Кожа чуть желтит и зеленит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_much_yellow": (
        "Skin clearly too yellow-green: {degrees}° from the skin line.",
        "Кожа заметно желтит и зеленит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_little_red": (
        "Skin a little too red: {degrees}° from the skin line.",
        "Кожа чуть краснит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_much_red": (
        "Skin clearly too red: {degrees}° from the skin line.",
        "Кожа заметно краснит: {degrees}° от линии кожи.",
    ),
    "colour_eye": ("Eyedropper", "Пипетка"),
    "colour_eye_help": ("The colour of a place in the picture, before and after", "Цвет точки кадра, до и после"),
    "colour_eye_size": ("How many pixels the eyedropper takes", "Сколько пикселей берёт пипетка"),
    "colour_eye_one": ("1 pixel", "1 пиксель"),
    "colour_eye_hint": (
        "Point at the picture; a click keeps the place. By keyboard: arrows move, with Shift by 10; Enter keeps, Esc ends.",
        "Наведите на кадр; щелчок запоминает точку. С клавиатуры: стрелки двигают, с Shift — на 10; Enter запоминает, Esc — конец.",
    ),
    "colour_eye_area": ("Picture under the eyedropper", "Кадр под пипеткой"),
    "colour_eye_here": ("Here", "Здесь"),
    "colour_eye_pin": ("Place {number}", "Точка {number}"),
    "colour_eye_remove": ("Remove place {number}", "Убрать точку {number}"),
    "colour_eye_at": ("x {x}, y {y}", "x {x}, y {y}"),
    "colour_eye_rgb": ("sRGB", "RGB"),
    "colour_eye_lab": ("Lab", "Lab"),
    "colour_eye_outside": ("Nothing of the picture is here.", "Здесь картинки нет."),
}

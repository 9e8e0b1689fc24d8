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
    "colour_scope_waiting": (
        "The instruments appear when the picture is loaded.",
        "Приборы появятся, когда загрузится картинка.",
    ),
    "colour_scope_empty": (
        "Nothing to measure: the person is not in this part of the picture.",
        "Измерять нечего: в этой части кадра нет человека.",
    ),
    "colour_scope_tones": (
        "Mean lightness {mean} %, darkest {darkest} %, brightest {brightest} %",
        "Средняя яркость {mean} %, самое тёмное {darkest} %, самое светлое {brightest} %",
    ),
    "colour_scope_means": (
        "Mean: red {r} %, green {g} %, blue {b} %",
        "В среднем: красный {r} %, зелёный {g} %, синий {b} %",
    ),
    "colour_scope_closer": ("Zoom in", "Крупнее"),
    "colour_scope_closer_help": (
        "Enlarges the middle of the vectorscope three times: skin colours lie there",
        "Увеличивает середину круга втрое: там лежат цвета кожи",
    ),
    "colour_scope_mark": ("Show clipping", "Показать потери"),
    "colour_scope_mark_help": (
        "Marks where shadows have lost detail to black and highlights to white",
        "Отмечает, где тени ушли в чёрное, а света — в белое",
    ),
    "colour_scope_clipped": (
        "Shadows {shadows} % · Highlights {highlights} %",
        "Тени {shadows} % · Света {highlights} %",
    ),
    "colour_scope_lost": (
        "Clipped: shadows {shadows} %, highlights {highlights} %",
        "Потери: тени {shadows} %, света {highlights} %",
    ),
    "colour_scope_only": ("Person only", "Только человек"),
    "colour_scope_only_help": ("Off: the whole picture is measured", "Выключено: измеряется весь кадр"),
    "colour_scope_no_matte": (
        "Until the person is found, the whole picture is measured.",
        "Пока человек не найден, измеряется весь кадр.",
    ),
    "colour_scope_skin_none": (
        "There is too little skin in the picture to judge.",
        "Кожи в кадре слишком мало, чтобы судить.",
    ),
    "colour_scope_skin_on": (
        "Skin is on the skin line ({degrees}° off).",
        "Кожа на линии кожи (отклонение {degrees}°).",
    ),
    "colour_scope_skin_little_yellow": (
        "Skin is slightly too yellow-green: {degrees}° from the skin line.",
        "Кожа чуть желтит и зеленит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_much_yellow": (
        "Skin is clearly too yellow-green: {degrees}° from the skin line.",
        "Кожа заметно желтит и зеленит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_little_red": (
        "Skin is slightly too red: {degrees}° from the skin line.",
        "Кожа чуть краснит: {degrees}° от линии кожи.",
    ),
    "colour_scope_skin_much_red": (
        "Skin is clearly too red: {degrees}° from the skin line.",
        "Кожа заметно краснит: {degrees}° от линии кожи.",
    ),
    "colour_eye": ("Eyedropper", "Пипетка"),
    "colour_eye_help": ("The colour at a point of the picture, before and after", "Цвет в точке кадра, до и после"),
    "colour_eye_size": ("Sample size in pixels", "Размер пробы в пикселях"),
    "colour_eye_one": ("1 pixel", "1 пиксель"),
    "colour_eye_hint": (
        "Point at the picture; click to keep the point. Keyboard: arrows move (Shift: by 10), Enter keeps, Esc closes.",
        "Наведите на кадр; щелчок сохраняет точку. С клавиатуры: стрелки двигают (с Shift — на 10), Enter сохраняет, "
        "Esc закрывает.",
    ),
    "colour_eye_area": ("Picture under the eyedropper", "Кадр под пипеткой"),
    "colour_eye_here": ("Here", "Здесь"),
    "colour_eye_pin": ("Point {number}", "Точка {number}"),
    "colour_eye_remove": ("Remove point {number}", "Убрать точку {number}"),
    "colour_eye_at": ("x {x}, y {y}", "x {x}, y {y}"),
    "colour_eye_rgb": ("sRGB", "RGB"),
    "colour_eye_lab": ("Lab", "Lab"),
    "colour_eye_outside": ("This point lies outside the picture.", "Эта точка вне картинки."),
}

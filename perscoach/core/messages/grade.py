"""Colour: presets, .cube files and looks; what suggest and match report."""

MESSAGES: dict[str, tuple[str, str]] = {
    # presets
    "grade.preset_v11": ("House look", "Фирменный вид"),
    "grade.preset_neutral": ("As filmed", "Как снято"),
    "grade.preset_warm": ("Warmer", "Теплее"),
    "grade.preset_cool": ("Cooler", "Холоднее"),
    "grade.preset_dark_gym": ("Dark gym", "Тёмный зал"),
    "grade.preset_bright_gym": ("Bright gym", "Яркий зал"),
    "grade.preset_soft": ("Soft", "Мягко"),
    "grade.preset_punchy": ("Strong contrast", "Контрастно"),
    "grade.no_preset": (
        "There is no preset {name}. Choose one of: {known}.",
        "Нет пресета {name}. Выберите один из: {known}.",
    ),
    "grade.not_a_preset": (
        "This is not a colour preset: expected a JSON file with schema {schema}. Choose a file that was saved in the Colour "
        "step.",
        "Это не пресет: нужен файл JSON со схемой {schema}. Выберите файл, сохранённый на шаге «Цвет».",
    ),
    "grade.preset_part": (
        "The preset has an unknown part {key}. Save it again in the Colour step.",
        "В пресете есть неизвестная часть {key}. Сохраните его заново на шаге «Цвет».",
    ),
    "grade.preset_name": (
        "The preset's name must be text. Save it again in the Colour step.",
        "Имя пресета должно быть текстом. Сохраните его заново на шаге «Цвет».",
    ),
    "grade.preset_size": (
        "This preset is larger than 64 KB. Choose another file.",
        "Файл пресета больше 64 КБ. Выберите другой.",
    ),
    "grade.preset_json": (
        "This preset is not a JSON file. Choose another file.",
        "Пресет должен быть файлом JSON. Выберите другой файл.",
    ),
    "grade.preset_text": (
        "{name} is not a text file, so it is not a colour preset. Choose another file.",
        "{name} — не текстовый файл, значит это не пресет. Выберите другой файл.",
    ),
    # .cube
    "grade.cube": (
        "{name} cannot be used as a .cube file: {reason}. Export it again as a 3D .cube.",
        "{name}: такой файл .cube не подходит: {reason}. Сохраните его заново как 3D .cube.",
    ),
    "grade.cube_line": ("line {line:d}: {reason}", "строка {line:d}: {reason}"),
    "grade.cube_large": ("it is larger than 32 MB", "файл больше 32 МБ"),
    "grade.cube_not_text": ("it is not a text file", "это не текстовый файл"),
    "grade.cube_long_line": ("the line is too long", "слишком длинная строка"),
    "grade.cube_word": ("the keyword {word} is unknown", "неизвестное слово {word}"),
    "grade.cube_surplus": ("there are more numbers than the size allows", "чисел больше, чем задано размером"),
    "grade.cube_no_size": (
        "it has no LUT_3D_SIZE line; export it as a 3D .cube table of 33 points",
        "в нём нет строки LUT_3D_SIZE; экспортируйте его как 3D-таблицу .cube на 33 точки",
    ),
    "grade.cube_count": (
        "it has {found:d} of {expected:d} lines of numbers",
        "строк с числами {found:d} из {expected:d}",
    ),
    "grade.cube_domain": ("DOMAIN_MAX is not above DOMAIN_MIN", "DOMAIN_MAX не больше DOMAIN_MIN"),
    "grade.cube_size": ("expected one {word} from 2 to {most:d}", "нужен один {word} от 2 до {most:d}"),
    "grade.cube_two": ("expected two numbers", "нужны два числа"),
    "grade.cube_three": ("expected three numbers", "нужны три числа"),
    "grade.cube_wild": ("a number is infinite or too large", "число бесконечно или слишком велико"),
    # looks
    "grade.look_id": (
        "look: expected the id of a stored look (64 hex digits), got {value}. Add its .cube file again.",
        "Стиль: нужен номер сохранённого стиля (64 цифры), получено {value}. Добавьте файл .cube снова.",
    ),
    "grade.look_name": (
        "look: the name must be text. Add its .cube file again.",
        "Стиль: имя должно быть текстом. Добавьте файл .cube снова.",
    ),
    "grade.look_gone": (
        "The table of the look “{name}” is missing or damaged. Add its .cube file again, or remove the look.",
        "Таблица стиля «{name}» пропала или повреждена. Добавьте файл .cube снова или уберите стиль.",
    ),
    "grade.look_other": ("The file holds another look's table.", "В файле таблица другого стиля."),
    # pictures and people
    "grade.picture": (
        "The picture {name} cannot be read: expected a JPEG, PNG or WebP of at most 64 MB. Choose another one.",
        "Картинка {name} не читается: нужен JPEG, PNG или WebP не больше 64 МБ. Выберите другую.",
    ),
    "grade.nobody": (
        "No person was found in the clip, so the colour cannot be judged. Check the cut-out.",
        "Человек в клипе не найден, поэтому оценить цвет нельзя. Проверьте вырезание.",
    ),
    "grade.empty_picture": (
        "This picture has hardly any visible pixels. Choose another one.",
        "На этой картинке почти ничего не видно. Выберите другую.",
    ),
    # suggest
    "grade.fine": (
        "The light and the colour of the person are good: the sliders stay as filmed.",
        "Свет и цвет на человеке хорошие: ползунки стоят «как снято».",
    ),
    "grade.stays": (
        "The light and the colour are good otherwise: the sliders stay as filmed.",
        "В остальном свет и цвет хорошие: ползунки стоят «как снято».",
    ),
    "grade.restrained": (
        "More would clip the person's highlights or shadows, so the correction stops there.",
        "Дальше на человеке пропали бы детали в светах или тенях, поэтому коррекция слабее.",
    ),
    "grade.house_burns": (
        "The House look (V11) would clip {house} % of the person; in the clip it is {source} %.",
        "С фирменным видом (V11) детали пропали бы на {house} % человека; в клипе — на {source} %.",
    ),
    "grade.house_stays": (
        "The sliders stay as filmed, because the House look (V11) would clip {house} % of the person; in the clip it is "
        "{source} %.",
        "Ползунки стоят «как снято»: с фирменным видом (V11) детали пропали бы на {house} % человека; в клипе — на "
        "{source} %.",
    ),
    "grade.lost": (
        "{source} % of the person is already clipped in the clip, which no slider can undo. Film with less exposure next time.",
        "На {source} % человека детали пропали уже при съёмке, и ползунками их не вернуть. В следующий раз снимайте темнее.",
    ),
    "grade.no_skin": (
        "No skin is visible, so the clothes and the hair were used.",
        "Кожи не видно, поэтому цвет оценён по одежде и волосам.",
    ),
    "grade.up": ("up", "поднимаем"),
    "grade.down": ("down", "опускаем"),
    "grade.red": ("red", "красный"),
    "grade.blue": ("blue", "синий"),
    "grade.cast_magenta": ("magenta", "пурпур"),
    "grade.cast_green": ("green", "зелень"),
    "grade.cast_orange": ("orange", "желтизну"),
    "grade.cast_blue": ("blue", "синеву"),
    "grade.why_dark": (
        "The person is dark (lightness {now:.0f}, aim {aim:.0f}), so brightness goes {way} by {by}.",
        "Человек тёмный (светлота {now:.0f}, нужно {aim:.0f}), поэтому яркость {way} на {by}.",
    ),
    "grade.why_bright": (
        "The person is too bright (lightness {now:.0f}, aim {aim:.0f}), so brightness goes {way} by {by}.",
        "Человек слишком светлый (светлота {now:.0f}, нужно {aim:.0f}), поэтому яркость {way} на {by}.",
    ),
    "grade.why_grey_black": (
        "Black looks grey (lightness {now:.0f}, aim {aim:.0f}), so brightness goes {way} by {by}.",
        "Чёрное выглядит серым (светлота {now:.0f}, нужно {aim:.0f}), поэтому яркость {way} на {by}.",
    ),
    "grade.why_keep_dark": (
        "Brightness goes {way} by {by}, so that dark tones keep their place.",
        "Яркость {way} на {by}, чтобы тёмные тона остались на месте.",
    ),
    "grade.why_flat": (
        "Dark and light tones are too close ({now:.0f} apart, aim {aim:.0f}), so contrast goes up to {to:.2f}.",
        "Тёмное и светлое слишком близко (разница {now:.0f}, нужно {aim:.0f}), поэтому контраст поднимаем до {to:.2f}.",
    ),
    "grade.why_harsh": (
        "The light parts are too light (lightness {now:.0f}, aim {aim:.0f}), so contrast goes down to {to:.2f}.",
        "Светлые места слишком светлые (светлота {now:.0f}, нужно {aim:.0f}), поэтому контраст опускаем до {to:.2f}.",
    ),
    "grade.why_keep_contrast": (
        "Contrast goes {way} to {to:.2f}, so that light and dark tones stay as they are.",
        "Контраст {way} до {to:.2f}, чтобы светлое и тёмное остались как есть.",
    ),
    "grade.why_shadow": (
        "The skin is in shadow (lightness {now:.0f}, aim {aim:.0f}), so dark tones are raised by {by:.0f}.",
        "Кожа в тени (светлота {now:.0f}, нужно {aim:.0f}), поэтому тёмные тона поднимаем на {by:.0f}.",
    ),
    "grade.why_lift": (
        "The added contrast would make dark tones too dark, so they are raised by {by:.0f}.",
        "От контраста тёмные тона стали бы слишком тёмными, поэтому поднимаем их на {by:.0f}.",
    ),
    "grade.why_skin_hue": (
        "The skin leans to {cast} (hue {now:.0f}°, aim {aim:.0f}°), so {channel} goes {way} to {to}.",
        "Кожа уходит в {cast} (тон {now:.0f}°, нужно {aim:.0f}°), поэтому {channel} {way} до {to}.",
    ),
    "grade.why_light_hue": (
        "The light leans to {cast}, so {channel} goes {way} to {to}.",
        "Свет уходит в {cast}, поэтому {channel} {way} до {to}.",
    ),
    "grade.why_clothes_hue": (
        "The clothes lean to {cast}, so {channel} goes {way} to {to}.",
        "Одежда уходит в {cast}, поэтому {channel} {way} до {to}.",
    ),
    # match
    "grade.match_none": (
        "The colours stay as filmed: the sliders cannot bring them closer.",
        "Цвет оставлен как снято: ползунками ближе не подвести.",
    ),
    "grade.match_very_close": (
        "Very close: the difference is hardly visible.",
        "Очень близко: разницы почти не видно.",
    ),
    "grade.match_close": ("Close: a small difference remains.", "Близко: осталась небольшая разница."),
    "grade.match_alike": ("Similar, with a visible difference.", "Похоже, но разница заметна."),
    "grade.match_far": (
        "Still far apart: the clothes or the light differ more than the sliders can correct.",
        "Всё ещё далеко: одежда или свет слишком разные, ползунков не хватает.",
    ),
    "grade.match_whole": (
        "No person was found in the picture, so the whole picture was used.",
        "Человека на картинке не нашли, поэтому за образец взята вся картинка.",
    ),
    "grade.match_no_skin": (
        "Skin is not visible in both, so the whole person was compared.",
        "Кожа видна не на обоих, поэтому человек сравнивался целиком.",
    ),
    "grade.match_clothes": (
        "The clothes differ, so mostly the skin was compared.",
        "Одежда другая, поэтому сравнивалась в основном кожа.",
    ),
}

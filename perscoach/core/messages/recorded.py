"""The engine that replays a recording of SAM 3D Body, and the comparison of two engines."""

MESSAGES: dict[str, tuple[str, str]] = {
    "recorded.not_named": (
        "No recording is named: set {variable}, or use --recording.",
        "Запись не указана: задайте {variable} или --recording.",
    ),
    "recorded.missing": ("The recording {name} does not exist.", "Записи {name} нет."),
    "recorded.ready": ("Stored results: {name}.", "Сохранённые результаты: {name}."),
    "recorded.bad": ("The recording {name}: {reason}.", "Запись {name} не подходит: {reason}."),
    "recorded.other_picture": (
        "The recording {name} was made from a picture of {recorded}; the clip is {clip}. Record this clip, or undo the crop.",
        "Запись {name} сделана по картинке {recorded}, а клип {clip}. Запишите этот клип или отмените кадрирование.",
    ),
    "recorded.steadied": (
        "The recording's parameters are smoothed, and MHR makes the body anew.",
        "Параметры записи сглажены, тело построено заново по MHR.",
    ),
    "recorded.as_it_is": (
        "The recording is shown as it is: short gaps are filled, nothing is smoothed.",
        "Запись показана как есть: короткие пропуски заполнены, сглаживания нет.",
    ),
    "recorded.no_mesh": (
        "The recording holds no mesh (vertices, joints and rotations): the mannequin is shown.",
        "В записи нет сетки тела (вершин, суставов и поворотов): показан манекен.",
    ),
    "recorded.no_faces": (
        "The recording has vertices but no faces, and {variable} names no topology of MHR: the mannequin is shown.",
        "В записи есть вершины, но нет граней, а топология MHR в {variable} не указана: показан манекен.",
    ),
    "recorded.length": (
        "The recording has {entries} {entries:frame|frames}, the clip {frames}.",
        "В записи {entries} {entries:кадр|кадра|кадров}, в клипе {frames}.",
    ),
    "recorded.length_rate": (
        "The recording has {entries} {entries:frame|frames} at {rate:.4g} per second, the clip {frames}.",
        "В записи {entries} {entries:кадр|кадра|кадров}, {rate:.4g} в секунду, в клипе {frames}.",
    ),
    "recorded.short": (
        "{missing} {missing:pose|poses} at the end {missing:is|are} missing.",
        "В конце не хватает {missing} {missing:позы|поз|поз}.",
    ),
    "recorded.topology": (
        "{name} is not MHR's topology ({reason}). Name mhr_face_mask.ply of the MHR repository in {variable}.",
        "{name} — не топология MHR ({reason}). Укажите mhr_face_mask.ply из репозитория MHR в {variable}.",
    ),
    "recorded.comparison_sizes": (
        "The two movements were found in pictures of different size ({sizes}). Run both engines on the same clip.",
        "Движения найдены в картинках разного размера ({sizes}). Запустите оба движка на одном клипе.",
    ),
}

"""A bundle's files: written, read, checked and zipped."""

MESSAGES: dict[str, tuple[str, str]] = {
    # reading
    "bundles.bad_file": (
        "{name}: {reason}. Make the package again.",
        "{name}: файл не соответствует формату ({reason}). Соберите пакет заново.",
    ),
    "bundles.infinite": (
        "Frame {frame}: the movement holds an infinite number. Run the pose stage again.",
        "Кадр {frame}: в движении бесконечное число. Запустите распознавание позы снова.",
    ),
    "bundles.mesh_changes": (
        "Frame {frame}: the mesh has shape {found}, expected {expected}. Run the pose stage again.",
        "Кадр {frame}: форма сетки {found}, нужна {expected}. Запустите распознавание позы снова.",
    ),
    # zip
    "bundles.nothing_to_zip": ("{name}: there are no files to zip.", "{name}: в папке нет файлов для архива."),
    "bundles.zip_not_written": (
        "{name} could not be written ({reason}). Free some space and try again.",
        "{name} не удалось записать ({reason}). Освободите место и попробуйте снова.",
    ),
    "bundles.zip_too_many": (
        "{name}: {files} {files:file|files}, expected at most {most}. This is not a bundle.",
        "{name}: {files} {files:файл|файла|файлов}, а в пакете бывает до {most}. Это не пакет.",
    ),
    "bundles.zip_too_large": (
        "{name}: {gigabytes:.1f} GB unpacked, expected at most {most} GB. This is not a bundle.",
        "{name}: {gigabytes:.1f} ГБ после распаковки, а в пакете бывает до {most} ГБ. Это не пакет.",
    ),
    "bundles.zip_member": (
        "{name}: {member} cannot be in a package (a path outside of it, a link, a name that occurs twice, or encrypted). Download "
        "the package again.",
        "{name}: {member} не может быть в пакете (путь наружу, ссылка, повтор имени или шифрование). Скачайте пакет ещё раз.",
    ),
    "bundles.zip_longer": (
        "{name} is longer than the zip states. Download the package again.",
        "{name} длиннее, чем указано в архиве. Скачайте пакет ещё раз.",
    ),
    "bundles.zip_no_room": (
        "{name}: the disk has too little space to unpack it.",
        "{name}: на диске не хватает места для распаковки.",
    ),
    "bundles.zip_unreadable": (
        "{name}: this zip cannot be read ({reason}). Download the package again.",
        "{name}: этот архив не читается ({reason}). Скачайте пакет ещё раз.",
    ),
    # check: files
    "bundles.file_missing": ("{name} is missing.", "Нет файла {name}."),
    "bundles.file_unlisted": ("{name} is not listed in bundle.json.", "{name} не указан в bundle.json."),
    "bundles.file_changed": (
        "{name} is not the file that bundle.json describes: it was changed or damaged.",
        "{name} не тот файл, что описан в bundle.json: он изменён или повреждён.",
    ),
    "bundles.notice_missing": (
        "{name} is missing: results of SAM 3D Body are passed on together with its licence.",
        "Нет файла {name}: результаты SAM 3D Body передают вместе с его лицензией.",
    ),
    "bundles.no_mesh": ("trainer_poses.npz has no mesh.", "В trainer_poses.npz нет сетки тела."),
    "bundles.poses_differ": (
        "trainer_poses.json and trainer_poses.npz differ in {key}.",
        "trainer_poses.json и trainer_poses.npz различаются: {key}.",
    ),
    "bundles.count": (
        "{name}: {what} is {found}, expected {expected}. Make the package again.",
        "{name}: {what} равно {found}, а нужно {expected}. Соберите пакет заново.",
    ),
    "bundles.mirror_differs": (
        "{name} does not belong to this movement: {key} differs. Make the package again.",
        "{name} не от этого движения: не совпадает {key}. Соберите пакет заново.",
    ),
    # check: video and colour
    "bundles.not_every_nth": (
        "The poses run at {poses:.3f} per second, the video at {video:.3f}: the poses are not every N-th frame.",
        "Частота поз {poses:.3f} в секунду, видео — {video:.3f}: позы взяты не из каждого N-го кадра.",
    ),
    "bundles.lengths_differ": (
        "The video has {video} {video:frame|frames} and the movement {poses}, expected {expected}.",
        "В видео {video} {video:кадр|кадра|кадров}, в движении {poses}, а нужно {expected}.",
    ),
    "bundles.size_differs": (
        "{name} measures {size}, but the movement was found in {other}.",
        "{name}: {size}, а движение найдено в {other}.",
    ),
    "bundles.frames_missing": (
        "{name}: expected {expected} {expected:frame|frames}, found {found} {found:file|files}.",
        "{name}: {expected:нужен|нужно|нужно} {expected} {expected:кадр|кадра|кадров}, а в папке {found} "
        "{found:файл|файла|файлов}.",
    ),
    "bundles.frames_kind": (
        "{name}: expected RGBA PNG files of one size.",
        "{name}: нужны файлы PNG одного размера с прозрачностью.",
    ),
    "bundles.other_colour": (
        "grade.cube does not match the colour in {names}. Make the package again.",
        "grade.cube не соответствует цвету в {names}. Соберите пакет заново.",
    ),
    "bundles.look_missing": (
        "look.cube is missing, or is not the look that bundle.json names.",
        "Файла look.cube нет, или это не тот стиль, что указан в bundle.json.",
    ),
    "bundles.look_unnamed": (
        "There is a look.cube, but bundle.json names no look.",
        "Есть look.cube, но в bundle.json стиля нет.",
    ),
    # check: the person
    "bundles.nobody": ("There is no body in any frame.", "Ни в одном кадре нет тела."),
    "bundles.few_bodies": (
        "A body was found in only {percent} % of the frames.",
        "Тело найдено только в {percent} % кадров.",
    ),
    "bundles.unknown_numbers": (
        "{key}: {frames} {frames:frame|frames} with a body {frames:holds|hold} unknown numbers, first in frame {first}.",
        "{key}: неизвестные числа в {frames} {frames:кадре|кадрах|кадрах} с телом, первый — {first}.",
    ),
    "bundles.off_centre": (
        "The middle of the hips is {metres:.2f} m away from the origin; it must be the origin of every frame.",
        "Середина таза смещена от начала координат на {metres:.2f} м, а в каждом кадре должна быть в нём.",
    ),
    "bundles.upside_down": (
        "The body is upside down compared with the picture: y has the wrong direction (correlation {match:.2f}).",
        "Тело перевёрнуто относительно картинки: ось y направлена не туда (корреляция {match:.2f}).",
    ),
    "bundles.mirrored": (
        "The body is mirrored compared with the picture: x has the wrong direction (correlation {match:.2f}).",
        "Тело отражено относительно картинки: ось x направлена не туда (корреляция {match:.2f}).",
    ),
    "bundles.posture": (
        "The head is above the hips and the feet are below them in only {percent} % of the frames. That fits an exercise on the "
        "floor, not a standing one.",
        "Голова выше таза, а стопы ниже только в {percent} % кадров. Так бывает в упражнениях на полу, но не стоя.",
    ),
    "bundles.limb": (
        "{limb}: {metres:.2f} m long, expected {least:.2f} to {most:.2f} m.",
        "{limb}: длина {metres:.2f} м, ожидалось от {least:.2f} до {most:.2f} м.",
    ),
    "bundles.left_thigh": ("Left thigh", "Левое бедро"),
    "bundles.right_thigh": ("Right thigh", "Правое бедро"),
    "bundles.left_shin": ("Left shin", "Левая голень"),
    "bundles.right_shin": ("Right shin", "Правая голень"),
    "bundles.left_upper_arm": ("Left upper arm", "Левое плечо"),
    "bundles.right_upper_arm": ("Right upper arm", "Правое плечо"),
    "bundles.left_forearm": ("Left forearm", "Левое предплечье"),
    "bundles.right_forearm": ("Right forearm", "Правое предплечье"),
    "bundles.vertices_unknown": (
        "vertices: frame {frame} has a body, but unknown numbers.",
        "vertices: в кадре {frame} есть тело, но числа неизвестны.",
    ),
    "bundles.mesh_elsewhere": (
        "vertices: in frame {frame} the mesh is not where the joints are.",
        "vertices: в кадре {frame} сетка не там, где суставы.",
    ),
    # engine comparison
    "bundles.comparison_needs_bundle": (
        "There is no package yet. Make it first.",
        "Пакета ещё нет. Сначала соберите его.",
    ),
    "bundles.comparison_other_clip": (
        "The clip was cut again after the package was made. Make the package again, then compare the engines.",
        "Клип обрезали после сборки пакета. Соберите пакет ещё раз, потом сравните движки.",
    ),
}

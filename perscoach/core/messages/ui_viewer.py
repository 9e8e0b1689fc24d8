"""The 3D viewer."""

MESSAGES: dict[str, tuple[str, str]] = {
    "viewer_title": ("Movement in 3D", "Движение в 3D"),
    "viewer_lead": (
        "Move through the clip and look at the body from any side.",
        "Листайте клип и смотрите на тело с любой стороны.",
    ),
    "viewer_nothing": (
        "The 3D body appears here when the movement has been captured.",
        "Тело в 3D появится здесь, когда движение будет снято.",
    ),
    "viewer_loading": ("Loading the movement…", "Загружаем движение…"),
    "viewer_loading_clip": ("Loading the clip…", "Загружаем клип…"),
    "viewer_failed": (
        "The movement could not be loaded ({why}). Reload the page; if that does not help, run the Movement step "
        "again.",
        "Не удалось загрузить движение ({why}). Обновите страницу; если не поможет, запустите шаг «Движение» ещё раз.",
    ),
    "viewer_no_clip": (
        "The clip cannot be shown here. You can still step through the body's movement.",
        "Клип здесь показать нельзя. Движение тела листать можно.",
    ),
    "viewer_no_body": ("No body was found in this frame.", "На этом кадре тело не найдено."),
    "viewer_clip": ("The clip with the joints", "Клип с суставами"),
    "viewer_body": ("The body in 3D", "Тело в 3D"),
    "viewer_play": ("Play", "Воспроизвести"),
    "viewer_pause": ("Pause", "Пауза"),
    "viewer_back": ("One frame back", "На кадр назад"),
    "viewer_next": ("One frame forward", "На кадр вперёд"),
    "viewer_frame": ("Frame", "Кадр"),
    "viewer_at": ("frame {frame} of {frames}, {time:.2f} s", "кадр {frame} из {frames}, {time:.2f} с"),
    "viewer_speed": ("Speed", "Скорость"),
    "viewer_view_front": ("Front", "Спереди"),
    "viewer_view_side": ("Side", "Сбоку"),
    "viewer_view_top": ("Top", "Сверху"),
    "viewer_view_reset": ("Reset", "Сброс"),
    "viewer_show_both": ("Both", "Вместе"),
    "viewer_show_mesh": ("Body", "Тело"),
    "viewer_show_skeleton": ("Skeleton", "Скелет"),
    "viewer_angles": ("Angles", "Углы"),
    "viewer_left": ("left", "слева"),
    "viewer_right": ("right", "справа"),
    "viewer_angle_knee": ("Knee", "Колено"),
    "viewer_angle_hip": ("Hip", "Тазобедренный"),
    "viewer_angle_ankle": ("Ankle", "Голеностоп"),
    "viewer_angle_shoulder": ("Shoulder", "Плечо"),
    "viewer_angle_elbow": ("Elbow", "Локоть"),
    "viewer_angle_trunk": ("Trunk lean", "Наклон корпуса"),
    "viewer_curve": ("The chosen angle over time", "Выбранный угол во времени"),
    "viewer_engines": ("Engines shown", "Какие движки показаны"),
    "viewer_engine_sam3d": ("SAM 3D Body", "SAM 3D Body"),
    "viewer_engine_mediapipe": ("MediaPipe", "MediaPipe"),
    "viewer_engine_recorded": ("Recording", "Запись"),
    "viewer_agree_close": ("{first} and {second} agree closely.", "{first} и {second} почти совпадают."),
    "viewer_agree_near": ("{first} and {second} agree fairly well.", "{first} и {second} в целом сходятся."),
    "viewer_agree_far": (
        "{first} and {second} differ: look at the picture to see which one is right.",
        "{first} и {second} расходятся: посмотрите на кадр, какой из них прав.",
    ),
    "viewer_agree_share": (
        "In the picture their joints are {share:.1f} % of the body height apart (about {px} {px:pixel|pixels}).",
        "В кадре их суставы расходятся в среднем на {share:.1f} % роста (около {px} {px:пикселя|пикселей|пикселей}).",
    ),
    "viewer_agree_knee_same": (
        "The knee angle changes in the same way (correlation {knee:.2f}), {degrees}° apart.",
        "Угол в колене меняется одинаково (корреляция {knee:.2f}), разница {degrees}°.",
    ),
    "viewer_agree_knee_like": (
        "The knee angle changes similarly (correlation {knee:.2f}), {degrees}° apart.",
        "Угол в колене меняется похоже (корреляция {knee:.2f}), разница {degrees}°.",
    ),
    "viewer_agree_knee_other": (
        "The knee angle changes differently (correlation {knee:.2f}), {degrees}° apart.",
        "Угол в колене меняется по-разному (корреляция {knee:.2f}), разница {degrees}°.",
    ),
    "viewer_agree_knee_still": ("The knees hardly move here.", "Колени здесь почти не двигаются."),
    "viewer_agree_none": (
        "There is no frame in which both {first} and {second} found the body.",
        "Нет ни одного кадра, где тело нашли бы и {first}, и {second}.",
    ),
    "viewer_agree_frames": (
        "Both found the body in {both} of {frames} {frames:frame|frames}.",
        "Оба нашли тело на {both} из {frames} {frames:кадра|кадров|кадров}.",
    ),
    "viewer_keys": (
        "Drag to turn the body, scroll to zoom. Arrow keys step by one frame, with Shift by ten; Space plays. Point "
        "at a joint to see its angle. Left and right are the person's own.",
        "Тяните, чтобы повернуть тело; колесо приближает. Стрелки листают по кадру, с Shift — по десять; пробел "
        "запускает. Наведите курсор на сустав, чтобы увидеть его угол. Лево и право — самого человека.",
    ),
}

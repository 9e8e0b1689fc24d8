"""The Movement step."""

MESSAGES: dict[str, tuple[str, str]] = {
    "pose.title": ("Capture the movement", "Снять движение"),
    "pose.lead": (
        "The trainer's joints in 3D, frame by frame. The defaults suit most clips.",
        "Суставы тренера в 3D, кадр за кадром. Обычно менять ничего не нужно.",
    ),
    "pose.engine": ("Engine", "Движок"),
    "pose.auto": ("Best available here", "Лучший из доступных"),
    "pose.sam3d": ("SAM 3D Body", "SAM 3D Body"),
    "pose.mediapipe": ("MediaPipe", "MediaPipe"),
    "pose.wait": ("This clip will take about {time}.", "Для этого клипа нужно около {time}."),
    "pose.will_run": ("In use", "Используется"),
    "pose.brings_sam3d": (
        "SAM 3D Body captures the trainer's own body shape and hands; it needs an NVIDIA graphics card. It is not "
        "available here.",
        "SAM 3D Body передаёт форму тела и кисти самого тренера; ему нужна видеокарта NVIDIA. Здесь он недоступен.",
    ),
    "pose.brings_mediapipe": (
        "MediaPipe captures the movement on any computer. It must be added to this one first.",
        "MediaPipe снимает движение на любом компьютере. Сначала его нужно добавить сюда.",
    ),
    "pose.skip": ("Use every N-th frame", "Брать каждый N-й кадр"),
    "pose.skip_info": (
        "1 uses every frame. 2 halves the time and the frame rate of the 3D movement.",
        "1 — все кадры. 2 — вдвое быстрее, но и частота движения в 3D вдвое ниже.",
    ),
    "pose.smoothing": ("Smoothing", "Сглаживание"),
    "pose.smoothing_info": ("0 keeps the joints as measured, 1 is very steady.", "0 — как измерено, 1 — очень ровно."),
    "pose.recorded": ("A recording", "Запись"),
    "pose.advanced": ("Engine and camera", "Движок и камера"),
    "pose.model": ("MediaPipe's model", "Модель MediaPipe"),
    "pose.model_auto": ("best for this computer", "лучшая для этого компьютера"),
    "pose.model_lite": ("lite, fastest", "lite, самая быстрая"),
    "pose.model_full": ("full", "full"),
    "pose.model_heavy": ("heavy, most accurate", "heavy, самая точная"),
    "pose.lens": ("Filmed with", "Чем снято"),
    "pose.lens_info": (
        "Sets the assumed distance to the body. Joint angles hardly depend on it.",
        "От этого зависит, на каком расстоянии считается тело. На углы в суставах почти не влияет.",
    ),
    "pose.lens_phone": ("a phone's main camera", "основная камера телефона"),
    "pose.lens_webcam": ("a webcam", "веб-камера"),
    "pose.lens_upstream": ("unknown", "неизвестно"),
    "pose.lens_custom": ("another lens", "другой объектив"),
    "pose.lens_mm": (
        "Focal length, mm (full-frame equivalent)",
        "Фокусное расстояние, мм (в пересчёте на полный кадр)",
    ),
    "pose.lens_mm_info": (
        "26 is a phone's main camera, 13 its wide one, 50–80 its zoom.",
        "26 — основная камера телефона, 13 — широкая, 50–80 — «зум».",
    ),
    "pose.hands": ("Fingers too", "Пальцы тоже"),
    "pose.hands_info": (
        "For grips and hand work filmed up close. Takes several times as long.",
        "Для хвата и работы кистей крупным планом. В несколько раз дольше.",
    ),
    "pose.detail": ("Body in the NPZ file", "Тело в файле NPZ"),
    "pose.detail_info": (
        "How many points of the body's surface are stored. With “small”, three minutes take about 50 MB. The viewer and "
        "the GLB file do not depend on it.",
        "Сколько точек поверхности тела сохраняется. При «малом» три минуты занимают около 50 МБ. На просмотр и файл GLB "
        "это не влияет.",
    ),
    "pose.detail_small": ("small", "малое"),
    "pose.detail_medium": ("medium", "среднее"),
    "pose.detail_large": ("large", "большое"),
    "pose.detail_full": ("every point", "все точки"),
    "pose.files": ("Files for 3D programs", "Файлы для 3D-программ"),
    "pose.rest": ("Rest pose in GLB and BVH", "Исходная поза в GLB и BVH"),
    "pose.rest_info": (
        "The pose in which a 3D program shows the body before it moves. Retargeting usually expects a T or an A.",
        "В этой позе 3D-программа показывает тело до начала движения. Для переноса движения обычно нужна T- или A-поза.",
    ),
    "pose.rest_own": ("the body's own", "собственная поза тела"),
    "pose.rest_t": ("T: arms level", "T: руки в стороны"),
    "pose.rest_a": ("A: arms 45° down", "A: руки вниз под 45°"),
    "pose.rest_filmed": ("as in the first frame", "как в первом кадре"),
    "pose.names": ("Bone names", "Имена костей"),
    "pose.names_info": (
        "Choose the program whose retargeting should recognise the bones.",
        "Выберите, в какой программе кости должны распознаваться при переносе движения.",
    ),
    "pose.names_own": ("perscoach", "perscoach"),
    "pose.names_blender": ("Blender", "Blender"),
    "pose.names_mixamo": ("Mixamo", "Mixamo"),
    "pose.in_place": ("Keep the body in place", "Оставить тело на месте"),
    "pose.in_place_info": (
        "The body moves up and down but does not travel across the floor.",
        "Тело движется вверх и вниз, но не перемещается по полу.",
    ),
    "pose.person": ("Where the trainer is in the picture", "Где тренер в кадре"),
    "pose.person_info": (
        "The cut-out is the most reliable; use the others where it fails.",
        "Надёжнее всего вырезка; остальное — для клипов, где она не справилась.",
    ),
    "pose.person_auto": ("automatic", "автоматически"),
    "pose.person_matte": ("from the cut-out", "по вырезке"),
    "pose.person_mediapipe": ("MediaPipe", "MediaPipe"),
    "pose.person_vitdet": ("ViTDet", "ViTDet"),
    "pose.trainer": (
        "Several people in the picture? Click the trainer in the Cut-out step.",
        "В кадре несколько людей? Нажмите на тренера на шаге «Вырезка».",
    ),
    "pose.trainer_known": (
        "The trainer you clicked in the Cut-out step is followed.",
        "Отслеживается тренер, выбранный на шаге «Вырезка».",
    ),
}

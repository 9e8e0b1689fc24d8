"""The Pose step."""

TEXTS: dict[str, tuple[str, str]] = {
    "pose.title": ("Find the movement", "Найти движение"),
    "pose.lead": (
        "The joints of the trainer in 3D, frame by frame. The defaults suit most clips.",
        "Суставы тренера в 3D, кадр за кадром. Обычно менять ничего не нужно.",
    ),
    "pose.engine": ("Engine", "Движок"),
    "pose.auto": ("Best that runs here", "Лучший из доступных"),
    "pose.sam3d": ("SAM 3D Body", "SAM 3D Body"),
    "pose.mediapipe": ("MediaPipe", "MediaPipe"),
    "pose.will_run": ("Will run", "Будет работать"),
    "pose.brings_sam3d": (
        "SAM 3D Body would give the trainer's own body shape and hands; it needs an NVIDIA graphics card. It is not here: why?",
        "SAM 3D Body даёт форму тела и кисти самого тренера; ему нужна видеокарта NVIDIA. Здесь его нет: почему?",
    ),
    "pose.brings_mediapipe": (
        "MediaPipe finds the movement on any computer. It has to be added to this one first: how?",
        "MediaPipe находит движение на любом компьютере. Сначала его нужно добавить сюда: как?",
    ),
    "pose.skip": ("Use every N-th frame", "Брать каждый N-й кадр"),
    "pose.skip_info": (
        "1 is every frame. 2 halves the time and the rate of the 3D movement.",
        "1 — все кадры. 2 — вдвое быстрее и вдвое реже.",
    ),
    "pose.smoothing": ("Smoothing", "Сглаживание"),
    "pose.smoothing_info": ("0 is as measured, 1 is very steady.", "0 — как измерено, 1 — очень ровно."),
    "pose.advanced": ("Engine", "Движок"),
    "pose.model": ("MediaPipe's model", "Модель MediaPipe"),
    "pose.model_lite": ("lite, fastest", "lite, быстрее всех"),
    "pose.model_full": ("full", "full"),
    "pose.model_heavy": ("heavy, most exact", "heavy, точнее всех"),
    "pose.trainer": (
        "Several people in the picture? Click on the trainer in the Matte step.",
        "В кадре несколько людей? Укажите тренера на шаге «Вырезка».",
    ),
    "pose.trainer_known": (
        "The trainer you pointed at in the Matte step is followed.",
        "Отслеживается тренер, указанный на шаге «Вырезка».",
    ),
}

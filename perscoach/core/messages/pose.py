"""The movement: which engine runs and what was done with its observations."""

MESSAGES: dict[str, tuple[str, str]] = {
    "pose.title_sam3d": ("SAM 3D Body", "SAM 3D Body"),
    "pose.title_mediapipe": ("MediaPipe ({size})", "MediaPipe ({size})"),
    "pose.title_recorded": ("a recording", "запись"),
    "pose.engine_chosen": ("Movement: {engine}, as chosen.", "Движение: {engine}, как выбрано."),
    "pose.engine_auto": ("Movement: {engine}.", "Движение: {engine}."),
    "pose.full_missing": (
        "The heavy model sees more exactly and is not here. Run: perscoach models fetch pose_landmarker_heavy.",
        "Модель heavy видит точнее, но её здесь нет. Выполните: perscoach models fetch pose_landmarker_heavy.",
    ),
    "pose.full_slow": (
        "The heavy model sees more exactly, but this computer is slow; --pose-model heavy uses it all the same.",
        "Модель heavy видит точнее, но этот компьютер медленный; --pose-model heavy всё равно включит её.",
    ),
    "pose.unknown_engine": ("There is no pose engine {name}.", "Движка позы {name} нет."),
    "pose.no_mediapipe": (
        "MediaPipe is not installed. Run: pip install -r requirements.txt.",
        "MediaPipe не установлен. Выполните: pip install -r requirements.txt.",
    ),
    "pose.mediapipe_runs": (
        "MediaPipe Pose Landmarker ({model}), on the CPU.",
        "MediaPipe Pose Landmarker ({model}), на процессоре.",
    ),
    "pose.no_sam3d": (
        "This version of perscoach does not include SAM 3D Body.",
        "В эту версию perscoach не входит SAM 3D Body.",
    ),
    # limbs that nobody saw
    "pose.clip_whole": ("the whole clip", "весь клип"),
    "pose.clip_nearly": ("nearly the whole clip", "почти весь клип"),
    "pose.one_outside": (
        "{limb} is outside the picture for {span}: it is guessed.",
        "{limb} {span} за пределами кадра: её положение угадано.",
    ),
    "pose.both_outside": (
        "{limb} are outside the picture for {span}: they are guessed.",
        "{limb} {span} за пределами кадра: их положение угадано.",
    ),
    "pose.one_hidden": (
        "{limb} is hidden for {span}: it is guessed.",
        "{limb} {span} не видна: её положение угадано.",
    ),
    "pose.both_hidden": (
        "{limb} are hidden for {span}: they are guessed.",
        "{limb} {span} не видны: их положение угадано.",
    ),
    "pose.legs": ("The legs", "Ноги"),
    "pose.left_leg": ("The left leg", "Левая нога"),
    "pose.right_leg": ("The right leg", "Правая нога"),
    "pose.feet": ("The feet", "Стопы"),
    "pose.left_foot": ("The left foot", "Левая стопа"),
    "pose.right_foot": ("The right foot", "Правая стопа"),
    "pose.arms": ("The arms", "Руки"),
    "pose.left_arm": ("The left arm", "Левая рука"),
    "pose.right_arm": ("The right arm", "Правая рука"),
    "pose.hands_unseen": ("The hands", "Кисти рук"),
    "pose.left_hand": ("The left hand", "Левая кисть"),
    "pose.right_hand": ("The right hand", "Правая кисть"),
}

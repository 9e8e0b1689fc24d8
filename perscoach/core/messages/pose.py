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
    "pose.legs_outside": (
        "The legs are outside the picture for {span}: they are guessed.",
        "Ноги {span} за пределами кадра: их положение угадано.",
    ),
    "pose.legs_hidden": (
        "The legs are hidden for {span}: they are guessed.",
        "Ноги {span} не видны: их положение угадано.",
    ),
    "pose.left_leg_outside": (
        "The left leg is outside the picture for {span}: it is guessed.",
        "Левая нога {span} за пределами кадра: её положение угадано.",
    ),
    "pose.left_leg_hidden": (
        "The left leg is hidden for {span}: it is guessed.",
        "Левая нога {span} не видна: её положение угадано.",
    ),
    "pose.right_leg_outside": (
        "The right leg is outside the picture for {span}: it is guessed.",
        "Правая нога {span} за пределами кадра: её положение угадано.",
    ),
    "pose.right_leg_hidden": (
        "The right leg is hidden for {span}: it is guessed.",
        "Правая нога {span} не видна: её положение угадано.",
    ),
    "pose.arms_outside": (
        "The arms are outside the picture for {span}: they are guessed.",
        "Руки {span} за пределами кадра: их положение угадано.",
    ),
    "pose.arms_hidden": (
        "The arms are hidden for {span}: they are guessed.",
        "Руки {span} не видны: их положение угадано.",
    ),
    "pose.left_arm_outside": (
        "The left arm is outside the picture for {span}: it is guessed.",
        "Левая рука {span} за пределами кадра: её положение угадано.",
    ),
    "pose.left_arm_hidden": (
        "The left arm is hidden for {span}: it is guessed.",
        "Левая рука {span} не видна: её положение угадано.",
    ),
    "pose.right_arm_outside": (
        "The right arm is outside the picture for {span}: it is guessed.",
        "Правая рука {span} за пределами кадра: её положение угадано.",
    ),
    "pose.right_arm_hidden": (
        "The right arm is hidden for {span}: it is guessed.",
        "Правая рука {span} не видна: её положение угадано.",
    ),
}

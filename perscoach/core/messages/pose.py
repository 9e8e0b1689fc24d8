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
}

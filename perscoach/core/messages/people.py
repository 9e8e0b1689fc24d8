"""Who is in the clip."""

MESSAGES: dict[str, tuple[str, str]] = {
    "people.failed": (
        "MediaPipe failed on frame {frame} ({width}x{height} pixels): {error}.",
        "MediaPipe не справился с кадром {frame} ({width}x{height} пикселей): {error}.",
    ),
    "people.model_unusable": (
        "MediaPipe cannot open {name}: {error}. Delete the file and fetch it again: perscoach models fetch.",
        "MediaPipe не может открыть {name}: {error}. Удалите файл и скачайте его заново: perscoach models fetch.",
    ),
}

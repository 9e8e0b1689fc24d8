"""Reading the clip, ffmpeg, and writing the video files."""

MESSAGES: dict[str, tuple[str, str]] = {
    "media.no_ffmpeg": (
        "There is no ffmpeg for this machine in imageio-ffmpeg. Install the requirements again.",
        "В imageio-ffmpeg нет ffmpeg для этой машины. Установите зависимости заново.",
    ),
    "media.ffmpeg_failed": ("ffmpeg failed: {reason}", "Ошибка ffmpeg: {reason}"),
    "media.ffmpeg_hung": (
        "ffmpeg was stopped: it made no progress for {seconds} {seconds:second|seconds}. What is finished is kept; start again.",
        "ffmpeg остановлен: {seconds} {seconds:секунду|секунды|секунд} не было продвижения. Готовое сохранено; запустите снова.",
    ),
    "media.ffmpeg_early_end": (
        "ffmpeg ended before the last frame. Start the export again.",
        "ffmpeg завершился раньше последнего кадра. Запустите экспорт снова.",
    ),
    "media.ffmpeg_half_frame": (
        "ffmpeg ended in the middle of a frame: {found} of {expected} bytes. The file is damaged; export it again.",
        "ffmpeg завершился на середине кадра: {found} из {expected} байт. Файл повреждён; экспортируйте его заново.",
    ),
}

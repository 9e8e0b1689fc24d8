"""Reading the clip, ffmpeg, and writing the video files."""

MESSAGES: dict[str, tuple[str, str]] = {
    # ffmpeg itself
    "media.no_ffmpeg": (
        "There is no ffmpeg for this machine in imageio-ffmpeg. Install the requirements again.",
        "В imageio-ffmpeg нет ffmpeg для этой машины. Установите зависимости заново.",
    ),
    "media.ffmpeg_failed": ("ffmpeg failed: {reason}", "Ошибка ffmpeg: {reason}"),
    "media.ffmpeg_hung": (
        "ffmpeg was stopped: it made no progress for {seconds} {seconds:second|seconds}. Finished work is kept; start again.",
        "ffmpeg остановлен: {seconds} {seconds:секунду|секунды|секунд} не было продвижения. Готовое сохранено; запустите "
        "снова.",
    ),
    "media.ffmpeg_early_end": (
        "ffmpeg ended before the last frame. Start the export again.",
        "ffmpeg завершился раньше последнего кадра. Запустите экспорт снова.",
    ),
    "media.ffmpeg_half_frame": (
        "ffmpeg ended in the middle of a frame: {found} of {expected} bytes. The file is damaged; export it again.",
        "ffmpeg завершился на середине кадра: {found} из {expected} байт. Файл повреждён; экспортируйте его заново.",
    ),
    # what an uploaded file is
    "media.empty": ("{name} is empty. Upload the clip again.", "{name}: файл пуст. Загрузите клип ещё раз."),
    "media.too_large": (
        "{name} has {found:.0f} MB; the limit is {most:.0f} MB. Shorten the clip or export it smaller.",
        "{name}: {found:.0f} МБ, предел {most:.0f} МБ. Сократите клип или сохраните его меньшего размера.",
    ),
    "media.not_a_clip": (
        "{name} is {kind}, not a clip. Upload an MP4, MOV, WebM, MKV, AVI, MTS or TS file.",
        "{name}: это {kind}, а не клип. Загрузите файл MP4, MOV, WebM, MKV, AVI, MTS или TS.",
    ),
    "media.kind_playlist": ("a playlist", "плейлист"),
    "media.kind_file_list": ("a list of other files", "список других файлов"),
    "media.kind_stream": ("a description of a network stream", "описание сетевого потока"),
    "media.kind_subtitles": ("subtitles", "субтитры"),
    "media.kind_picture": ("a picture", "картинка"),
    "media.kind_sound": ("sound only", "только звук"),
    "media.kind_ogg": ("an Ogg file", "файл Ogg"),
    "media.kind_document": ("a document", "документ"),
    "media.kind_archive": ("an archive", "архив"),
    "media.kind_flash": ("a Flash video", "видео Flash"),
    "media.kind_windows_media": ("a Windows Media file", "файл Windows Media"),
    "media.kind_mpeg_ps": ("an MPEG program stream", "поток MPEG-PS"),
    "media.kind_text": ("a text file", "текстовый файл"),
    "media.kind_unknown": ("of an unknown format", "файл неизвестного формата"),
    # what is in it
    "media.damaged": (
        "{name} cannot be read: it is damaged or cut off before its end. Export or upload it again.",
        "{name} не читается: файл повреждён или обрывается раньше конца. Сохраните или загрузите его заново.",
    ),
    "media.no_film": (
        "{name} holds no video, only sound or a still picture. Upload a video.",
        "{name}: внутри нет видео, только звук или обложка. Загрузите видео.",
    ),
    "media.codec_unknown": (
        "{name} uses a video codec that cannot be read here. Convert it to H.264.",
        "{name}: видеокодек здесь не читается. Перекодируйте клип в H.264.",
    ),
    "media.no_frame": (
        "No frame of {name} can be decoded: the file is damaged or cut off. Export it again.",
        "{name}: ни один кадр не декодируется, файл повреждён или обрезан. Сохраните клип заново.",
    ),
    "media.size_refused": (
        "The picture of {name} is {size}; both sides must be between {least} and {most} pixels. Export it in another size.",
        "{name}: размер кадра {size}; стороны должны быть от {least} до {most} пикселей. Сохраните клип в другом размере.",
    ),
    "media.too_many_pixels": (
        "{name} is {size}; the limit is {most} megapixels. Export it smaller.",
        "{name}: {size}, предел {most} Мп. Сохраните его меньшего размера.",
    ),
    "media.too_long": (
        "{name} is {found} long; at most {most} {most:minute|minutes} can be used. Cut it first.",
        "{name}: длина {found}, предел {most} {most:минута|минуты|минут}. Сначала обрежьте клип.",
    ),
    "media.absurd_rate": (
        "{name} claims more than {most} frames a second, which no video has. Export it again.",
        "{name}: больше {most} кадров в секунду, таких видео не бывает. Сохраните клип заново.",
    ),
    # trimming and cropping
    "media.cut_order": (
        "The cut ends ({end} s) before it starts ({start} s). Move one of its ends.",
        "Отрезок кончается ({end} с) раньше, чем начинается ({start} с). Сдвиньте одну из границ.",
    ),
    "media.cut_outside": (
        "The cut starts at {start} s, but the clip is {duration:.2f} s long. Start it earlier.",
        "Отрезок начинается на {start} с, а клип длится {duration:.2f} с. Начните его раньше.",
    ),
    "media.crop_numbers": (
        "crop: expected four whole numbers x, y, width, height, got {found}.",
        "Кадрирование: нужны четыре целых числа x, y, ширина, высота, получено {found}.",
    ),
    "media.crop_small": (
        "crop: expected at least 16x16 pixels, got {size}.",
        "Кадрирование: нужно не меньше 16x16 пикселей, получено {size}.",
    ),
    "media.crop_outside": (
        "The crop {size} at {corner} reaches outside the picture of {picture}. Make it smaller or move it.",
        "Кадрирование {size} от {corner} выходит за кадр {picture}. Уменьшите или сдвиньте его.",
    ),
    # normalising
    "media.changed": (
        "{name} was changed while it was being read. Wait until it is complete, then start again.",
        "{name}: файл изменился во время чтения. Дождитесь, пока он будет готов, и запустите снова.",
    ),
    "media.not_converted": (
        "{name} could not be converted: it is damaged or of an unusual kind. Export it again as H.264.",
        "{name} не удалось преобразовать: файл повреждён или необычен. Сохраните его заново в H.264.",
    ),
    "media.nothing_decoded": (
        "No frame of the clip could be decoded in the chosen part. Choose another part, or export the clip again.",
        "В выбранном отрезке не декодируется ни один кадр. Выберите другой отрезок или сохраните клип заново.",
    ),
    "media.not_written": (
        "The prepared clip could not be written: {reason}. Check the folder's permissions.",
        "Не удалось записать подготовленный клип: {reason}. Проверьте права на папку.",
    ),
    "media.clip_damaged": (
        "The prepared clip is damaged or gone. Prepare it again from the upload.",
        "Подготовленный клип повреждён или удалён. Подготовьте его заново из загруженного файла.",
    ),
    "media.frame_unreadable": (
        "Frame {index} of {frames} cannot be read: the prepared clip is damaged or gone. Prepare the clip again.",
        "Кадр {index} из {frames} не читается: подготовленный клип повреждён или удалён. Подготовьте его заново.",
    ),
    # what was changed in the clip
    "media.change_starts_late": (
        "The first {seconds:.1f} s cannot be decoded and are left out: no key frame comes before them.",
        "Первые {seconds:.1f} с не декодируются и пропущены: перед ними нет ключевого кадра.",
    ),
    "media.change_ends_early": (
        "The file ends early: it holds {kept:.1f} s of {whole:.1f} s, which are used.",
        "Файл обрывается: есть только {kept:.1f} с из {whole:.1f} с, они использованы.",
    ),
    "media.change_turned_90": ("Turned by 90° clockwise.", "Повёрнут на 90° по часовой стрелке."),
    "media.change_turned_180": ("Turned by 180°.", "Повёрнут на 180°."),
    "media.change_turned_270": ("Turned by 90° counter-clockwise.", "Повёрнут на 90° против часовой стрелки."),
    "media.change_mirrored": (
        "Mirrored, as the camera recorded in the file.",
        "Отражён, как указано камерой в файле.",
    ),
    "media.change_square_pixels": (
        "Stretched to square pixels: {was} → {now}.",
        "Пиксели сделаны квадратными: {was} → {now}.",
    ),
    "media.change_deinterlaced": ("Deinterlaced.", "Убрана чересстрочная развёртка."),
    "media.change_rate_variable": (
        "{was} frames a second, variable → {now}, constant.",
        "{was} {was:кадр|кадра|кадров} в секунду, переменная частота → {now}, постоянная.",
    ),
    "media.change_rate": (
        "{was} → {now} frames a second.",
        "{was} → {now} {now:кадр|кадра|кадров} в секунду.",
    ),
    "media.change_hdr": (
        "HDR ({kind}) tone-mapped to standard range.",
        "HDR ({kind}) преобразован в стандартный диапазон.",
    ),
    "media.change_bits": ("{bits} bits → 8 bits a channel.", "{bits} бит → 8 бит на канал."),
    "media.change_cut": ("Cut to {start:.2f}–{end:.2f} s.", "Вырезан отрезок {start:.2f}–{end:.2f} с."),
    "media.change_cropped": ("Cropped to {size} at {corner}.", "Кадрирован до {size} от {corner}."),
    "media.change_even": (
        "Cropped by one pixel to even sides: {was} → {now}.",
        "Срезан один пиксель до чётных сторон: {was} → {now}.",
    ),
    "media.change_damaged_end": (
        "The file is damaged: {kept:.1f} s of {whole:.1f} s could be decoded, which are used.",
        "Файл повреждён: удалось декодировать {kept:.1f} с из {whole:.1f} с, они использованы.",
    ),
    "media.change_damaged_frames": (
        "Some frames are damaged: they show what could be decoded, or the frame before them.",
        "Некоторые кадры повреждены: показано то, что удалось декодировать, или предыдущий кадр.",
    ),
    "media.change_no_sound": (
        "The sound could not be read and was left out.",
        "Звук прочитать не удалось, он не сохранён.",
    ),
    # writing and verifying the video files
    "media.source_short": (
        "{found} of {expected} frames arrived. Start the export again.",
        "Получено кадров: {found} из {expected}. Запустите экспорт снова.",
    ),
    "media.source_long": (
        "More than {expected} frames arrived. Start the export again.",
        "Получено больше {expected} кадров. Запустите экспорт снова.",
    ),
    "media.source_frame": (
        "Frame {index}: expected {expected}, got {found}. Start the export again.",
        "Кадр {index}: ожидалось {expected}, получено {found}. Запустите экспорт снова.",
    ),
    "media.wrong_count": (
        "{name} holds {found} {found:frame|frames}, expected {expected}. Export it again.",
        "{name}: в файле кадров {found}, ожидалось {expected}. Экспортируйте его заново.",
    ),
    "media.wrong_time": (
        "{name}: frame {index} stands at {found:.4f} s, expected {expected:.4f} s. Export it again.",
        "{name}: кадр {index} стоит на {found:.4f} с, ожидалось {expected:.4f} с. Экспортируйте файл заново.",
    ),
    "media.wrong_decoded": (
        "{name}: {found} {found:frame decodes|frames decode}, expected {expected}. Export it again.",
        "{name}: декодируется кадров {found}, ожидалось {expected}. Экспортируйте файл заново.",
    ),
    "media.not_a_video": (
        "{name} is not a readable video. Export it again.",
        "{name} не читается как видео. Экспортируйте файл заново.",
    ),
    "media.plain_alpha": (
        "{name}: nothing is transparent; the alpha is {low} to {high} everywhere.",
        "{name}: прозрачности нет; альфа везде от {low} до {high}.",
    ),
    "media.alpha_differs": (
        "{name}: the alpha differs from the exported one: {psnr:.1f} dB, expected at least {least} dB.",
        "{name}: альфа отличается от исходной: {psnr:.1f} дБ, ожидалось не меньше {least} дБ.",
    ),
    "media.no_hevc_alpha": (
        "There will be no file for Safari: this ffmpeg cannot write HEVC with alpha ({reason}).",
        "Файла для Safari не будет: этот ffmpeg не записывает HEVC с прозрачностью ({reason}).",
    ),
    "media.no_alpha_back": ("the alpha was lost in a trial", "при пробе прозрачность потерялась"),
}

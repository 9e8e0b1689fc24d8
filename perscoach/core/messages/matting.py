"""Cutting the trainer out."""

MESSAGES: dict[str, tuple[str, str]] = {
    "matting.title_modnet": ("MODNet", "MODNet"),
    "matting.title_mediapipe": ("MediaPipe", "MediaPipe"),
    "matting.title_plate": ("Clean plate", "Чистый фон"),
    "matting.as_chosen": ("Cut-out: {engine}, as chosen.", "Вырезка: {engine}, как выбрано."),
    "matting.auto_modnet": (
        "Cut-out: MODNet, because MediaPipe cannot run here: {why}",
        "Вырезка: MODNet, потому что MediaPipe здесь не работает: {why}",
    ),
    "matting.auto_mediapipe": ("Cut-out: MediaPipe.", "Вырезка: MediaPipe."),
    "matting.cannot_run": ("{engine} cannot run here: {why}", "{engine} здесь не работает: {why}"),
    "matting.no_engine": (
        "No cut-out engine can run here. MODNet: {modnet} MediaPipe: {mediapipe}",
        "Ни один движок вырезки здесь не работает. MODNet: {modnet} MediaPipe: {mediapipe}",
    ),
    "matting.unknown_engine": ("There is no cut-out engine {name}.", "Движка вырезки {name} нет."),
    "matting.no_mediapipe": ("MediaPipe is not installed.", "MediaPipe не установлен."),
    "matting.mediapipe_runs": ("MediaPipe runs on any computer.", "MediaPipe работает на любом компьютере."),
    "matting.plate_needs_picture": (
        "The clean plate needs a picture of the empty room.",
        "Для чистого фона нужен снимок пустой комнаты.",
    ),
    "matting.plate_runs": (
        "The clean plate needs only a fixed camera.",
        "Для чистого фона нужна только неподвижная камера.",
    ),
    "matting.no_plate_picture": (
        "The clean plate is set to a picture, but there is no picture of the empty room. Add one or choose the median.",
        "Для чистого фона выбран снимок, но снимка пустой комнаты нет. Добавьте его или выберите медиану.",
    ),
    "matting.plate_unusable": (
        "The clean plate cannot be used for this clip.",
        "Чистый фон для этого клипа не подходит.",
    ),
    "matting.plate_unreadable": (
        "The stored clean plate cannot be read. Check the disk and start again.",
        "Сохранённый чистый фон не читается. Проверьте диск и запустите снова.",
    ),
    "matting.plate_moving": (
        "The clean plate is not used: the camera moves, or the background changes too much.",
        "Чистый фон не используется: камера движется или фон слишком меняется.",
    ),
    "matting.plate_other_view": (
        "The picture of the empty room shows another view than the clip and is not used.",
        "Снимок пустой комнаты сделан с другого места, чем клип, и не используется.",
    ),
    "matting.plate_picture_unreadable": (
        "The picture of the empty room {name} cannot be read: expected JPEG, PNG or WebP ({error}).",
        "Снимок пустой комнаты {name} не читается: нужен JPEG, PNG или WebP ({error}).",
    ),
    "matting.plate_picture_shape": (
        "The picture of the empty room is {picture}, the clip {clip}. Take it with the same camera in the same place, or use "
        "a frame of the clip.",
        "Снимок пустой комнаты {picture}, а клип {clip}. Снимите его той же камерой с того же места или возьмите кадр клипа.",
    ),
    "matting.no_file": (
        "This job has no file {name}. Add it again.",
        "В этой работе нет файла {name}. Добавьте его снова.",
    ),
    "matting.paint_shape": (
        "The painted mask is {mask}, the clip {clip}. Paint it over a frame of this clip.",
        "Нарисованная маска {mask}, а клип {clip}. Рисуйте поверх кадра этого клипа.",
    ),
    "matting.paint_values": (
        "The painted mask holds other greys than 0 (nothing), 128 (drop) and 255 (keep).",
        "В нарисованной маске есть другие оттенки, кроме 0 (ничего), 128 (убрать) и 255 (оставить).",
    ),
    "matting.paint_unreadable": (
        "The painted mask {name} cannot be read: expected a grey PNG of the frame's size ({error}).",
        "Нарисованная маска {name} не читается: нужен серый PNG размером с кадр ({error}).",
    ),
    "matting.wrong_count": (
        "The cut-out engine {engine} returned {made} {made:matte|mattes} for {frames} {frames:frame|frames}.",
        "Движок вырезки {engine} вернул {made} {made:маску|маски|масок} на {frames} {frames:кадр|кадра|кадров}.",
    ),
    "matting.vanished": (
        "The stored matte of frame {frame} is gone. Start again; what is stored is kept.",
        "Сохранённая маска кадра {frame} исчезла. Запустите снова; готовое сохранено.",
    ),
}

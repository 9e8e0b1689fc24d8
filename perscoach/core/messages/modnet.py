"""MODNet: its weights and its runtimes."""

MESSAGES: dict[str, tuple[str, str]] = {
    "modnet.runs": ("MODNet runs with {weights}.", "MODNet работает, веса: {weights}."),
    "modnet.no_runtime": (
        "No runtime for MODNet is installed. Install {package}.",
        "Не установлена среда для MODNet. Установите {package}.",
    ),
    "modnet.frame_shape": (
        "Frame {index}: expected {size} RGB with 8 bits a channel, got shape {shape}, {dtype}.",
        "Кадр {index}: нужен RGB {size}, 8 бит на канал, получено {shape}, {dtype}.",
    ),
    "modnet.gpu_memory": (
        "One frame does not fit into the GPU's memory. Close other programs that use the GPU, or set the matting device to "
        "cpu.",
        "Один кадр не помещается в память GPU. Закройте другие программы на GPU или выберите cpu.",
    ),
    # weights
    "modnet.override": (
        "{variable} names {name}, which is not an .onnx or .ckpt file on this machine. Correct the path or remove the variable.",
        "{variable}: {name} не файл .onnx или .ckpt на этой машине. Исправьте путь или уберите переменную.",
    ),
    "modnet.not_a_checkpoint": (
        "{name} cannot be read as a torch checkpoint ({kind}). Use MODNet's own .ckpt.",
        "{name} не читается как чекпойнт torch ({kind}). Нужен .ckpt сети MODNet.",
    ),
    "modnet.other_checkpoint": (
        "{name} is not a checkpoint of the released MODNet: {count} {count:parameter does|parameters do} not match, the first: "
        "{first}. Use MODNet's own .ckpt.",
        "{name} не чекпойнт MODNet: не совпадает {count} {count:параметр|параметра|параметров}, первый: {first}. Нужен .ckpt "
        "сети MODNet.",
    ),
    "modnet.no_tensors": (
        "{name} holds no table of tensors. Use MODNet's own .ckpt.",
        "{name}: нет таблицы тензоров. Нужен .ckpt сети MODNet.",
    ),
    "modnet.other_graph": (
        "The layers of {name} cannot be read as MODNet's ({reason}). Put MODNet's .ckpt in its place, or run on the CPU.",
        "Слои {name} не читаются как слои MODNet ({reason}). Положите вместо него .ckpt сети MODNet или считайте на "
        "процессоре.",
    ),
    # files made from them
    "modnet.not_opened": (
        "{runtime} cannot open {name} as MODNet ({reason}). Delete the file and fetch it again.",
        "{runtime} не открывает {name} как MODNet ({reason}). Удалите файл и загрузите снова.",
    ),
    "modnet.inputs_and_outputs": (
        "{name} is not MODNet: expected one picture in and one alpha out, found {inputs} {inputs:input|inputs} and {outputs} "
        "{outputs:output|outputs}. Delete the file and fetch it again.",
        "{name} не MODNet: нужны одна картинка на входе и одна альфа на выходе, найдено входов {inputs}, выходов {outputs}. "
        "Удалите файл и загрузите снова.",
    ),
}

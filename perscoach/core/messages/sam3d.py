"""SAM 3D Body: its code, its weights, its rig, and what was done to the movement."""

MESSAGES: dict[str, tuple[str, str]] = {
    # whether it can run
    "sam3d.not_installed": (
        "SAM 3D Body is not installed ({what}). Run: make sam3d.",
        "SAM 3D Body не установлен ({what}). Выполните: make sam3d.",
    ),
    "sam3d.other_code": (
        "The code in {folder} is not the published {repository} at {commit}. Move it away, then run: make sam3d.",
        "Код в {folder} не совпадает с опубликованным {repository} версии {commit}. Уберите его и выполните: make sam3d.",
    ),
    "sam3d.code": ("SAM 3D Body's code at {commit}.", "Код SAM 3D Body версии {commit}."),
    "sam3d.not_importable": (
        "SAM 3D Body's code cannot be imported ({reason}). Run: make sam3d.",
        "Код SAM 3D Body не загружается ({reason}). Выполните: make sam3d.",
    ),
    "sam3d.no_backbone": (
        "DINOv3 here has no backbone {name}. Run: make sam3d.",
        "В установленном DINOv3 нет сети {name}. Выполните: make sam3d.",
    ),
    "sam3d.ready": ("SAM 3D Body ({file}).", "SAM 3D Body ({file})."),
    "sam3d.random": (
        "SAM 3D Body with random weights, for measuring speed only ({file}).",
        "SAM 3D Body со случайными весами, только для замеров скорости ({file}).",
    ),
    "sam3d.random_refused": (
        "{file} holds random weights, for measuring speed only.",
        "{file}: случайные веса, только для замеров скорости.",
    ),
    "sam3d.files_unreadable": (
        "SAM 3D Body's files cannot be read ({reason}).",
        "Файлы SAM 3D Body не читаются ({reason}).",
    ),
    "sam3d.slow": (
        "Without an NVIDIA GPU each frame takes about {seconds} s: use it for short previews only.",
        "Без видеокарты NVIDIA кадр занимает около {seconds} с: годится только для коротких проб.",
    ),
    "sam3d.choose_by_name": (
        "SAM 3D Body is ready, but auto does not choose it here.",
        "SAM 3D Body готов, но автоматически здесь не выбирается.",
    ),
    "sam3d.on_cpu": (
        "SAM 3D Body runs on the CPU: about {minutes} min for {frames} {frames:frame|frames}. A GPU takes seconds.",
        "SAM 3D Body работает на процессоре: около {minutes} мин на {frames} {frames:кадр|кадра|кадров}. Видеокарте хватает "
        "секунд.",
    ),
    "sam3d.memory": (
        "One frame does not fit into memory with SAM 3D Body. Close other programs that use the memory, or choose another "
        "device or engine.",
        "Один кадр не помещается в память вместе с SAM 3D Body. Закройте другие программы или выберите другое устройство "
        "или другой движок.",
    ),
    # fetching the code
    "sam3d.fetched_other_code": (
        "{address} sent code for {repository} that is not version {commit}. Nothing was changed.",
        "{address} прислал для {repository} не код версии {commit}. Ничего не изменено.",
    ),
    "sam3d.no_git": (
        "git is not installed. Install it (Debian, Ubuntu: apt-get install git), then run: make sam3d.",
        "git не установлен. Установите его (Debian, Ubuntu: apt-get install git), затем выполните: make sam3d.",
    ),
    "sam3d.not_fetched": (
        "{repository} at {commit} could not be fetched ({reason}). Check the connection, then run: make sam3d.",
        "Не удалось получить {repository} версии {commit} ({reason}). Проверьте соединение, затем выполните: make sam3d.",
    ),
    # weights
    "sam3d.weights_missing": (
        "SAM 3D Body's {file} is missing in {folder}/. Ask for access at https://huggingface.co/facebook/sam-3d-body-dinov3, set "
        "HF_TOKEN, then run: perscoach models fetch sam3d_body. Or name the files: --checkpoint, --mhr.",
        "Нет файла SAM 3D Body {file} в папке {folder}/. Запросите доступ на "
        "https://huggingface.co/facebook/sam-3d-body-dinov3, задайте HF_TOKEN и выполните: perscoach models fetch sam3d_body. "
        "Или укажите файлы: --checkpoint, --mhr.",
    ),
    "sam3d.not_written": (
        "{file} cannot be written ({reason}). It needs {gigabytes:.1f} GB of free space.",
        "Не удаётся записать {file} ({reason}). Нужно {gigabytes:.1f} ГБ свободного места.",
    ),
    "sam3d.code_in_weights": (
        "{file} holds more than weights, which could run as code, so it was not read. Take the file published by "
        "facebook/sam-3d-body-dinov3.",
        "В {file} есть не только веса, это может быть код, поэтому файл не прочитан. Возьмите файл из "
        "facebook/sam-3d-body-dinov3.",
    ),
    "sam3d.damaged": (
        "{file} is damaged ({reason}). Delete it and fetch it again.",
        "{file} повреждён ({reason}). Удалите его и скачайте снова.",
    ),
    "sam3d.empty": ("{file} is empty. Fetch it again.", "{file} пуст. Скачайте его снова."),
    "sam3d.web_page": (
        "{file} is a web page, not weights: the server sent a sign-in or error page. Fetch it again with a token that has "
        "access.",
        "{file} — это веб-страница, а не веса: сервер прислал страницу входа или ошибки. Скачайте файл снова с токеном, у "
        "которого есть доступ.",
    ),
    "sam3d.lfs_pointer": (
        "{file} is a Git LFS pointer, not the weights. Fetch them: perscoach models fetch sam3d_body.",
        "{file} — это указатель Git LFS, а не веса. Скачайте их: perscoach models fetch sam3d_body.",
    ),
    "sam3d.half": (
        "{file} is incomplete or damaged ({size} {size:byte|bytes}, its end is missing). Delete it and fetch it again.",
        "{file} скачан не полностью или повреждён ({size} {size:байт|байта|байт}, конца файла нет). Удалите его и скачайте "
        "снова.",
    ),
    "sam3d.other_file": (
        "{file} is not the file that SAM 3D Body publishes under this name: {reason}.",
        "{file} — не тот файл, который публикует SAM 3D Body под этим именем: {reason}.",
    ),
    "sam3d.lacks": ("{name} is missing in it", "в нём нет {name}"),
    "sam3d.no_tensors": ("it holds no table of tensors", "в нём нет таблицы тензоров"),
    "sam3d.no_torchscript": ("it is no TorchScript file", "это не файл TorchScript"),
    "sam3d.file_names": (
        "expected model.ckpt or model.safetensors",
        "нужен model.ckpt или model.safetensors",
    ),
    # model_config.yaml
    "sam3d.config_missing": (
        "{file} is missing in {folder}. It is published beside model.ckpt.",
        "Нет файла {file} в папке {folder}. Он опубликован рядом с model.ckpt.",
    ),
    "sam3d.config_unusable": (
        "{file} cannot be used: {reason}. Take the file published beside model.ckpt.",
        "{file} не подходит: {reason}. Возьмите файл, опубликованный рядом с model.ckpt.",
    ),
    "sam3d.config_large": (
        "it has {size} bytes; the published one has 1488",
        "в нём {size} байт, а в опубликованном 1488",
    ),
    "sam3d.config_no_yaml": (
        "it is no YAML text (a web page, or half a file?)",
        "это не YAML (веб-страница или часть файла?)",
    ),
    "sam3d.config_deep": (
        "it is nested too deeply or too large",
        "слишком большой или слишком глубоко вложенный",
    ),
    "sam3d.config_value": ("{name} is {found}", "{name} равно {found}"),
    "sam3d.config_expected": ("{name} is {found}, expected {expected}", "{name} равно {found}, а нужно {expected}"),
    "sam3d.config_backbone": (
        "{file}: the backbone is {found}; perscoach runs facebook/sam-3d-body-dinov3 ({expected}).",
        "{file}: сеть {found}; perscoach работает с facebook/sam-3d-body-dinov3 ({expected}).",
    ),
    # network and rig
    "sam3d.shape": (
        "{file}: {name} has the shape {found}, expected {expected}. Take the model_config.yaml that belongs to this checkpoint.",
        "{file}: форма {name} {found}, а нужна {expected}. Возьмите model_config.yaml от этих весов.",
    ),
    "sam3d.unfit": (
        "{file} does not fit the network. Missing: {missing}. Unexpected: {surplus}. Take model.ckpt and model_config.yaml from "
        "facebook/sam-3d-body-dinov3.",
        "{file} не подходит к сети. Не хватает: {missing}. Лишние: {surplus}. Возьмите model.ckpt и model_config.yaml из "
        "facebook/sam-3d-body-dinov3.",
    ),
    "sam3d.other_rigs": (
        "{file} and mhr_model.pt hold different rigs ({name}). Take both from the same place.",
        "В {file} и mhr_model.pt разные риги ({name}). Возьмите оба файла из одного места.",
    ),
    "sam3d.number_type": (
        "The checkpoint holds {found} where the network has {expected}. It is not SAM 3D Body's.",
        "В файле весов {found} вместо {expected}. Это не веса SAM 3D Body.",
    ),
    "sam3d.no_values": (
        "SAM 3D Body's network has tensors without values ({names}). The code is not the pinned version. Run: make sam3d.",
        "В сети SAM 3D Body есть тензоры без значений ({names}). Код другой версии. Выполните: make sam3d.",
    ),
    "sam3d.rig_missing": (
        "{file} was not found. Give the path of MHR's TorchScript file (assets/mhr_model.pt of the checkpoint).",
        "{file} не найден. Укажите путь к файлу TorchScript для MHR (assets/mhr_model.pt рядом с весами).",
    ),
    "sam3d.rig_unreadable": (
        "{file} cannot be read as a TorchScript file ({reason}). Delete it and fetch it again.",
        "{file} не читается как файл TorchScript ({reason}). Удалите его и скачайте снова.",
    ),
    "sam3d.other_rig": (
        "This mhr_model.pt is not MHR's rig: found {found}, expected {expected}. Take the file from the checkpoint's assets.",
        "Этот mhr_model.pt — не риг MHR: найдено {found}, а нужно {expected}. Возьмите файл из папки assets рядом с весами.",
    ),
    "sam3d.other_head": (
        "The checkpoint's head_pose.{name}: found {found}, expected {expected}. It is another version, or damaged. Fetch it "
        "again.",
        "head_pose.{name} в файле весов: найдено {found}, а нужно {expected}. Это другая версия, или файл повреждён. Скачайте "
        "его снова.",
    ),
    "sam3d.not_finite": (
        "MHR returned a body with numbers that are not finite: its parameters are out of range.",
        "MHR вернул тело с нечисловыми значениями: параметры вне допустимых границ.",
    ),
    # where the trainer is
    "sam3d.matte_size": (
        "The matte of frame {frame} is {matte}, the picture {picture}. Cut the person out again, or choose MediaPipe for the "
        "person.",
        "Маска кадра {frame} размером {matte}, а кадр {picture}. Вырежьте человека заново или выберите для него MediaPipe.",
    ),
    "sam3d.no_matte": (
        "The trainer's box is to come from the matte, but nobody has been cut out of this clip. Cut the person out first, or "
        "choose MediaPipe or automatic for the person.",
        "Рамка тренера должна браться из маски, но человек в этом клипе не вырезан. Сначала вырежьте его или выберите "
        "MediaPipe или автоматический режим.",
    ),
    "sam3d.needs_person": (
        "SAM 3D Body needs the trainer's place: from the matte (cut the person out first) or from MediaPipe. {reason}",
        "SAM 3D Body нужно место тренера: из маски (сначала вырежьте человека) или от MediaPipe. {reason}",
    ),
    "sam3d.no_mediapipe": (
        "MediaPipe is not installed. Run: pip install -r requirements.txt.",
        "MediaPipe не установлен. Выполните: pip install -r requirements.txt.",
    ),
    "sam3d.no_detectron2": (
        "ViTDet needs detectron2, which is not installed. Choose automatic for the person (matte or MediaPipe), or install it: "
        "docs/gpu.md.",
        "Для ViTDet нужен detectron2, а он не установлен. Выберите для человека автоматический режим (маска или MediaPipe) или "
        "установите его: docs/gpu.md.",
    ),
    "sam3d.no_vitdet_weights": (
        "ViTDet's weights are missing: put {file} (cascade_mask_rcnn_vitdet_h of detectron2's model zoo) into "
        "checkpoints/vitdet, or choose automatic for the person.",
        "Нет весов ViTDet: положите {file} (модель cascade_mask_rcnn_vitdet_h из detectron2) в папку checkpoints/vitdet или "
        "выберите автоматический режим.",
    ),
    "sam3d.vitdet_failed": (
        "ViTDet cannot be opened ({reason}). Choose automatic for the person.",
        "ViTDet не открывается ({reason}). Выберите автоматический режим.",
    ),
    # notes on a movement
    "sam3d.dropped": (
        "Frames with an impossible movement: {dropped}; interpolated: {drawn}; without a body: {missing}.",
        "Кадров с невозможным движением: {dropped}; восстановлено: {drawn}; без тела: {missing}.",
    ),
    "sam3d.no_contacts": (
        "No foot stands still in this clip (exercise on the floor, sitting, or feet out of view): the feet were not held.",
        "Стопы в этом клипе нигде не стоят (упражнение на полу, сидя или стопы вне кадра): их положение не закреплялось.",
    ),
}

"""The Package step."""

MESSAGES: dict[str, tuple[str, str]] = {
    "bundle.title": ("Make the package", "Собрать пакет"),
    "bundle.lead": (
        "One file with the transparent video, the 3D movement and the colour. You can close this page while it is "
        "being made.",
        "Один файл с прозрачным видео, движением в 3D и цветом. Пока он собирается, страницу можно закрыть.",
    ),
    "bundle.quality": ("Quality", "Качество"),
    "bundle.draft": ("Draft", "Черновик"),
    "bundle.standard": ("Standard", "Стандарт"),
    "bundle.archive": ("Archive", "Архив"),
    "bundle.about": ("{name}, about {size}", "{name}, около {size}"),
    "bundle.options": ("Quality and contents", "Качество и состав"),
    "bundle.mov": ("Video for Safari and iPhone (.mov)", "Видео для Safari и iPhone (.mov)"),
    "bundle.frames": ("Separate PNG frames (large)", "Отдельные кадры PNG (занимают много места)"),
    "bundle.audio": ("Sound", "Звук"),
    "bundle.run": ("Make the package", "Собрать пакет"),
    "bundle.run_again": ("Make it again", "Собрать заново"),
    "bundle.cancel": ("Stop", "Остановить"),
    "bundle.resume": ("Resume", "Продолжить"),
    "bundle.whole": ("Progress of the package", "Готовность пакета"),
    "bundle.steps": ("Steps", "По шагам"),
    "bundle.time": (
        "About {time} on this computer, judging by the packages made here. The time left is corrected while it runs.",
        "Около {time} на этом компьютере, судя по прежним пакетам. Оставшееся время уточняется по ходу работы.",
    ),
    "bundle.time_unknown": (
        "How long it takes here is known after the first package; the time left is shown while it runs.",
        "Сколько это займёт здесь, станет известно после первого пакета; оставшееся время видно по ходу работы.",
    ),
    "bundle.lighter": (
        "Without the file for scientists and programmers (NPZ): {size}",
        "Без файла для исследователей и программистов (NPZ): {size}",
    ),
    "bundle.poster": ("Still picture of the video (WebP)", "Стоп-кадр видео (WebP)"),
    "bundle.stopping": ("Stopped. Finished parts are kept.", "Остановлено. Готовые части сохранены."),
    "bundle.try_once_more": ("Try once more", "Попробовать ещё раз"),
    "bundle.queued": (
        "Started. You can close this page; the work continues.",
        "Запущено. Страницу можно закрыть: работа продолжится.",
    ),
    "bundle.stage_": ("Start", "Запуск"),
    "bundle.stage_clip": ("Clip", "Клип"),
    "bundle.stage_matte": ("Cut-out", "Вырезка"),
    "bundle.stage_pose": ("Movement", "Движение"),
    "bundle.stage_encode": ("Video", "Видео"),
    "bundle.stage_bundle": ("Package", "Пакет"),
    "bundle.stage_check": ("Check", "Проверка"),
    "bundle.stage_compare": ("Comparison", "Сравнение"),
    "bundle.compare": ("Compare with MediaPipe", "Сравнить с MediaPipe"),
    "bundle.comparing": (
        "MediaPipe is processing the same clip. The package does not change.",
        "MediaPipe обрабатывает тот же клип. Пакет не меняется.",
    ),
    "bundle.of": ("{done} of {total}", "{done} из {total}"),
    "bundle.size_kb": ("{n} KB", "{n} КБ"),
    "bundle.size_mb": ("{n} MB", "{n} МБ"),
    "bundle.size_gb": ("{n} GB", "{n} ГБ"),
    "bundle.rate": ("{rate:.1f} frames/s", "{rate:.1f} кадр/с"),
    "bundle.slow_rate": ("{seconds:.1f} s per frame", "{seconds:.1f} с на кадр"),
    "bundle.left": ("{left} left", "осталось {left}"),
    "bundle.minutes": ("{m} min {s:02d} s", "{m} мин {s:02d} с"),
    "bundle.secs": ("{s} s", "{s} с"),
    "bundle.finished": ("done", "готово"),
    "bundle.result": ("Your package", "Ваш пакет"),
    "bundle.files": ("Separate files", "Отдельные файлы"),
    "bundle.webm": ("Transparent video for websites (WebM)", "Прозрачное видео для сайта (WebM)"),
    "bundle.mov_file": ("Transparent video for Safari and iPhone (MOV)", "Прозрачное видео для Safari и iPhone (MOV)"),
    "bundle.poses_json": ("3D movement for the client's page (JSON)", "Движение в 3D для страницы клиента (JSON)"),
    "bundle.poses_npz": ("3D movement with the whole body (NPZ)", "Движение в 3D вместе с телом (NPZ)"),
    "bundle.glb": ("Moving body for 3D editors (GLB)", "Тело в движении для 3D-редакторов (GLB)"),
    "bundle.bvh": ("Skeleton for animation software (BVH)", "Скелет для программ анимации (BVH)"),
    "bundle.grade_json": ("Colour settings (JSON)", "Настройки цвета (JSON)"),
    "bundle.grade_cube": ("Colour for video editors (CUBE)", "Цвет для видеоредакторов (CUBE)"),
    "bundle.look_cube": ("The added look on its own (CUBE)", "Только добавленный стиль (CUBE)"),
    "bundle.manifest": ("How the package was made (JSON)", "Как сделан пакет (JSON)"),
    "bundle.on_teal": ("Teal", "Бирюзовый"),
    "bundle.on_white": ("White", "Белый"),
    "bundle.on_black": ("Black", "Чёрный"),
    "bundle.on_green": ("Green", "Зелёный"),
    "bundle.on_red": ("Red", "Красный"),
    "bundle.on_checker": ("Checkerboard", "Шахматный"),
    "bundle.backdrop": ("Background", "Фон"),
    "bundle.own_colour": ("Custom colour", "Свой цвет"),
    "bundle.download": ("Download the package", "Скачать пакет"),
    "bundle.open_me": (
        "Unpack it and double-click OPEN_ME.html: that page shows everything and has the code for your site.",
        "Распакуйте и откройте OPEN_ME.html двойным щелчком: там всё показано и есть код для вашего сайта.",
    ),
    "bundle.check_good": (
        "✓ Checked: every file plays, and the files match each other.",
        "✓ Проверено: все файлы воспроизводятся и соответствуют друг другу.",
    ),
    "bundle.check_bad": ("The check found errors.", "Проверка нашла ошибки."),
    "bundle.licence": (
        "The body and the movement were made with SAM 3D Body by Meta. Anyone who receives these files is bound by "
        "its licence; the notice is in the package:",
        "Тело и движение получены с помощью SAM 3D Body компании Meta. На всех, кто получает эти файлы, "
        "распространяется её лицензия; уведомление лежит в пакете:",
    ),
    "bundle.steadiness": ("How steady the movement is", "Насколько ровное движение"),
    "bundle.jitter": (
        "Joint jitter: {after:.1f} m/s², {before:.1f} m/s² before smoothing.",
        "Дрожание суставов: {after:.1f} м/с², до сглаживания {before:.1f} м/с².",
    ),
    "bundle.bone_spread": (
        "The lengths of arms and legs vary by {after:.1f} %, by {before:.1f} % before smoothing.",
        "Длина рук и ног меняется на {after:.1f} %, до сглаживания на {before:.1f} %.",
    ),
    "bundle.foot_slide": (
        "Standing feet slide by {after:.1f} cm per second, by {before:.1f} cm before smoothing.",
        "Опорные стопы скользят на {after:.1f} см в секунду, до сглаживания на {before:.1f} см.",
    ),
    "bundle.picture_moved": (
        "Smoothing moved the joints by {px:.1f} pixels in the picture.",
        "Сглаживание сдвинуло суставы в кадре на {px:.1f} пикс.",
    ),
    "bundle.score_title": ("What the score judges", "Что оценивается"),
    "bundle.score_lead": (
        "These measures were found in your movement. Switch off what does not matter to you, or set its weight (0.1 to "
        "3), its tolerance (0.25 to 4 times the usual one) and your own words.",
        "Эти показатели найдены в вашем движении. Отключите то, что для вас неважно, или задайте вес (от 0,1 до 3), "
        "допуск (от 0,25 до 4 обычных) и свои слова.",
    ),
    "bundle.score_measure": ("Measure", "Показатель"),
    "bundle.score_on": ("Judged", "Оценивать"),
    "bundle.score_worse": ("Worse when (more, less, both)", "Хуже, когда (больше, меньше, оба)"),
    "bundle.score_weight": ("Weight", "Вес"),
    "bundle.score_tolerance": ("Tolerance", "Допуск"),
    "bundle.score_cue": ("Your own words", "Свои слова"),
    "bundle.score_more": ("more", "больше"),
    "bundle.score_less": ("less", "меньше"),
    "bundle.score_both": ("both", "оба"),
    "bundle.score_pose": ("Your key pose", "Ваша ключевая поза"),
    "bundle.score_save": ("Save", "Сохранить"),
    "bundle.score_saved": (
        "Saved. Make the package again so that clients get it.",
        "Сохранено. Соберите пакет заново, чтобы клиенты это получили.",
    ),
    "bundle.score_none": ("There is no package yet.", "Пакета ещё нет."),
    "bundle.score_unfit": ("This value is not possible: {reason}", "Такое значение невозможно: {reason}"),
    "bundle.score_json": ("your settings of the score", "ваши настройки оценки"),
    "bundle.mirror_title": ("Mirror for the client", "Зеркало для клиента"),
    "bundle.mirror_lead": (
        "The client opens this page, repeats your movement in front of a camera and sees at once how well it "
        "matches. The camera picture stays on the client's device.",
        "Клиент открывает эту страницу, повторяет движение перед камерой и сразу видит, что получается. Изображение "
        "с камеры остаётся на устройстве клиента.",
    ),
    "bundle.mirror_open": ("Open the mirror", "Открыть зеркало"),
    "bundle.mirror_link": ("Link for the client", "Ссылка для клиента"),
    "bundle.mirror_copy": ("Copy link", "Копировать ссылку"),
    "bundle.mirror_copied": ("Copied", "Скопировано"),
    "bundle.mirror_code": ("QR code for a phone or tablet", "QR-код для телефона или планшета"),
    "bundle.mirror_code_alt": ("QR code of the link", "QR-код ссылки"),
    "bundle.mirror_insecure": (
        "At the address of this page a client's browser does not allow the camera: it requires https. Take the folder instead, or "
        "ask whoever runs this server for https.",
        "По адресу этой страницы браузер клиента не разрешит камеру: ему нужен https. Возьмите папку или попросите включить "
        "https того, кто ведёт этот сервер.",
    ),
    "bundle.mirror_name": ("Title that clients see", "Название, которое видят клиенты"),
    "bundle.mirror_named": ("Clients see the new title now.", "Клиенты уже видят новое название."),
    "bundle.mirror_new": ("New link", "Новая ссылка"),
    "bundle.mirror_new_ask": (
        "Make a new link? The present one stops working for everybody who has it.",
        "Создать новую ссылку? Нынешняя перестанет работать у всех, кому вы её дали.",
    ),
    "bundle.mirror_lan": ("For phones and tablets in your Wi-Fi", "Для телефонов и планшетов в вашей сети Wi-Fi"),
    "bundle.mirror_lan_help": (
        "This computer shows the mirror, and nothing else, to devices in the same network, as long as perscoach runs.",
        "Компьютер покажет устройствам в той же сети зеркало и ничего больше, пока perscoach запущен.",
    ),
    "bundle.mirror_lan_start": ("Share in this Wi-Fi", "Открыть доступ по Wi-Fi"),
    "bundle.mirror_lan_stop": ("Stop sharing", "Закрыть доступ"),
    "bundle.mirror_lan_on": (
        "The link works for devices in the same network while perscoach runs on this computer.",
        "Ссылка работает для устройств в той же сети, пока perscoach запущен на этом компьютере.",
    ),
    "bundle.mirror_certificate": (
        "The client's browser warns once, because this computer made its own certificate. On Android: Advanced, then Proceed. On an "
        "iPhone or iPad: Show Details, then Visit this website. The connection is encrypted all the same.",
        "Браузер клиента один раз предупредит, потому что сертификат выпустил сам этот компьютер. На Android: «Дополнительные», "
        "затем «Перейти на сайт». На iPhone и iPad: «Подробнее», затем «Посетить этот веб-сайт». Соединение всё равно "
        "зашифровано.",
    ),
    "bundle.mirror_site": ("For clients anywhere", "Для клиентов где угодно"),
    "bundle.mirror_folder": ("Download the mirror as a folder ({size})", "Скачать зеркало папкой ({size})"),
    "bundle.mirror_folder_help": (
        "Unpack it and put the folder on any web host with https: your own site, Netlify, GitHub Pages. README.txt says how.",
        "Распакуйте и положите папку на любой хостинг с https: на свой сайт, Netlify, GitHub Pages. Как это сделать, написано "
        "в README.txt.",
    ),
    "bundle.mirror_not_here": (
        "Sharing in a network can be switched on only at the computer that runs perscoach.",
        "Доступ по сети можно открыть только на том компьютере, где работает perscoach.",
    ),
    "bundle.mirror_renewed": (
        "The new link is ready. The previous one no longer works.",
        "Новая ссылка готова. Прежняя больше не работает.",
    ),
    "bundle.notes": ("What was used, and why", "Что использовалось и почему"),
    "bundle.outdated": (
        "Settings have changed since this package was made. Make it again to apply them.",
        "После сборки настройки изменились. Соберите пакет заново, чтобы их применить.",
    ),
    "bundle.interrupted": (
        "The work was interrupted. You can continue where it stopped.",
        "Работа прервалась. Её можно продолжить с того же места.",
    ),
}

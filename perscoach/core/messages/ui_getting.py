"""Better models, brought by a button."""

MESSAGES: dict[str, tuple[str, str]] = {
    "getting.heavy": (
        "A larger model sees hands and feet more exactly; it takes about twice the time.",
        "Большая модель точнее видит кисти и стопы, но работает примерно вдвое дольше.",
    ),
    "getting.get": ("Download it", "Скачать"),
    "getting.stop": ("Stop the download", "Остановить"),
    "getting.offer": ("Download: {size}, licence {licence}.", "Загрузка: {size}, лицензия {licence}."),
    "getting.running": ("{done} of {size} …", "{done} из {size} …"),
    "getting.failed": (
        "The download failed. Check the internet connection and try again; the server's log has the details.",
        "Скачать не удалось. Проверьте соединение с интернетом и попробуйте снова; подробности в журнале сервера.",
    ),
    "getting.offline": (
        "This installation is set to stay offline. Whoever runs it can add the model.",
        "Эта установка работает без сети. Модель может добавить тот, кто её ведёт.",
    ),
    "engines.cannot": (
        "The chosen engine cannot run on this computer. Choose another one; the server's log names what is missing.",
        "Выбранный движок здесь не работает. Выберите другой; чего не хватает, записано в журнале сервера.",
    ),
}

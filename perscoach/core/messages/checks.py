"""Values of settings that cannot be used."""

MESSAGES: dict[str, tuple[str, str]] = {
    "checks.number": (
        "{name}: expected a number from {low:g} to {high:g}, got {value}.",
        "{name}: нужно число от {low:g} до {high:g}, получено {value}.",
    ),
    "checks.huge": ("a number of more than 77 digits", "число длиннее 77 знаков"),
    "checks.choice": (
        "{name}: expected one of {choices}, got {value}.",
        "{name}: возможные значения: {choices}; получено {value}.",
    ),
    "checks.flag": (
        "{name}: expected true or false, got {value}.",
        "{name}: нужно true или false, получено {value}.",
    ),
    "checks.point": (
        "{name}: expected two numbers from 0 to 1, got {value}.",
        "{name}: нужны два числа от 0 до 1, получено {value}.",
    ),
    "checks.object": (
        "{name}: expected a JSON object, got {found}.",
        "{name}: нужен объект JSON, получено {found}.",
    ),
    "checks.unknown": (
        "{name}: there is no setting {key}. Remove it, or check its spelling.",
        "{name}: настройки {key} нет. Удалите её или проверьте написание.",
    ),
    "checks.plain": (
        "{name}: expected a number, a text, true, false or a list, got {found}.",
        "{name}: нужно число, текст, true, false или список, получено {found}.",
    ),
    "checks.unfit": ("{name}: {reason}.", "{name}: значения не подходят ({reason})."),
    "checks.device": (
        "{name}: expected auto, cpu, cuda or cuda:N, got {value}.",
        "{name}: нужно auto, cpu, cuda или cuda:N, получено {value}.",
    ),
    "checks.no_gpu": (
        "{device}: no NVIDIA GPU can be used here. Choose cpu or auto.",
        "{device}: видеокарты NVIDIA, которую можно использовать, здесь нет. Выберите cpu или auto.",
    ),
    "checks.no_such_gpu": (
        "{device}: there {found:is|are} {found} {found:GPU|GPUs} here, counted from cuda:0. Choose another one, cpu or auto.",
        "{device}: здесь {found} {found:видеокарта|видеокарты|видеокарт}, счёт от cuda:0. Выберите другую, cpu или auto.",
    ),
}

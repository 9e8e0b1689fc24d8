"""The client's page: body parts, and what the score measures and asks for."""

_LIMBS: dict[str, tuple[str, str]] = {
    "upper_arm": ("{s} upper arm", "{g} рука"),
    "forearm": ("{s} forearm", "{n} предплечье"),
    "thigh": ("{s} thigh", "{n} бедро"),
    "shin": ("{s} shin", "{g} голень"),
}
"""``{s}``: left, right; ``{g}``, ``{n}``: the Russian adjective, feminine and neuter."""

_SIDES = {"left": {"s": "left", "g": "левая", "n": "левое"}, "right": {"s": "right", "g": "правая", "n": "правое"}}

_MEASURES: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "hip_drop": (
        ("Depth", "Глубина"),
        ("Go {n:.0f} cm lower", "Опуститесь на {n:.0f} см ниже"),
        ("Stay {n:.0f} cm higher", "Останьтесь на {n:.0f} см выше"),
    ),
    "chest_drop": (
        ("Depth of the chest", "Глубина опускания груди"),
        ("Lower your chest {n:.0f} cm more", "Опустите грудь ещё на {n:.0f} см"),
        ("Keep your chest {n:.0f} cm higher", "Держите грудь на {n:.0f} см выше"),
    ),
    "left_elbow": (
        ("Left elbow", "Левый локоть"),
        ("Left elbow: {n:.0f}° further", "Левый локоть: ещё {n:.0f}°"),
        ("Left elbow: {n:.0f}° less", "Левый локоть: на {n:.0f}° меньше"),
    ),
    "right_elbow": (
        ("Right elbow", "Правый локоть"),
        ("Right elbow: {n:.0f}° further", "Правый локоть: ещё {n:.0f}°"),
        ("Right elbow: {n:.0f}° less", "Правый локоть: на {n:.0f}° меньше"),
    ),
    "left_arm": (
        ("Left arm", "Левая рука"),
        ("Left arm: {n:.0f}° further", "Левая рука: ещё {n:.0f}°"),
        ("Left arm: {n:.0f}° less", "Левая рука: на {n:.0f}° меньше"),
    ),
    "right_arm": (
        ("Right arm", "Правая рука"),
        ("Right arm: {n:.0f}° further", "Правая рука: ещё {n:.0f}°"),
        ("Right arm: {n:.0f}° less", "Правая рука: на {n:.0f}° меньше"),
    ),
    "elbows": (
        ("Elbows", "Локти"),
        ("Elbows: {n:.0f}° further", "Локти: ещё {n:.0f}°"),
        ("Elbows: {n:.0f}° less", "Локти: на {n:.0f}° меньше"),
    ),
    "arms": (
        ("Arms", "Руки"),
        ("Arms: {n:.0f}° further", "Руки: ещё {n:.0f}°"),
        ("Arms: {n:.0f}° less", "Руки: на {n:.0f}° меньше"),
    ),
    "knee_bend": (
        ("Knee bend", "Сгибание коленей"),
        ("Knees: {n:.0f}° further", "Колени: ещё {n:.0f}°"),
        ("Knees: {n:.0f}° less", "Колени: на {n:.0f}° меньше"),
    ),
    "hip_bend": (
        ("Hip bend", "Сгибание в тазобедренных суставах"),
        ("Hips: {n:.0f}° further", "Таз: ещё {n:.0f}°"),
        ("Hips: {n:.0f}° less", "Таз: на {n:.0f}° меньше"),
    ),
    "feet_apart": (
        ("Distance between the feet", "Расстояние между стопами"),
        ("Feet {n:.0f} cm further apart", "Стопы на {n:.0f} см шире"),
        ("Feet {n:.0f} cm closer together", "Стопы на {n:.0f} см уже"),
    ),
    "trunk_lean": (
        ("Lean of the trunk", "Наклон корпуса"),
        ("Lean {n:.0f}° further forward", "Наклонитесь ещё на {n:.0f}°"),
        ("Chest up: lean {n:.0f}° less", "Грудь выше: наклон на {n:.0f}° меньше"),
    ),
    "body_line": (
        ("Body line", "Линия тела"),
        ("Bend at the hips {n:.0f}° more", "Согнитесь в тазу ещё на {n:.0f}°"),
        ("Straighten your body by {n:.0f}°", "Выпрямите тело на {n:.0f}°"),
    ),
    "knees_apart": (
        ("Distance between the knees", "Расстояние между коленями"),
        ("Knees apart: {n:.0f} cm more", "Колени шире на {n:.0f} см"),
        ("Knees {n:.0f} cm closer together", "Колени уже на {n:.0f} см"),
    ),
    "heels": (
        ("Heels", "Пятки"),
        ("Raise your heels {n:.0f} cm", "Поднимите пятки на {n:.0f} см"),
        ("Heels down: they rise {n:.0f} cm", "Пятки к полу: они выше на {n:.0f} см"),
    ),
    "ankles": (
        ("Tilt of the feet", "Наклон стоп"),
        ("Ankles {n:.0f} cm higher", "Щиколотки на {n:.0f} см выше"),
        ("Whole foot on the floor: {n:.0f} cm off", "Вся стопа на полу: отрыв {n:.0f} см"),
    ),
    "shin_lean": (
        ("Lean of the shins", "Наклон голеней"),
        ("Knees {n:.0f}° further forward", "Колени вперёд ещё на {n:.0f}°"),
        ("Sit back: shins {n:.0f}° less forward", "Сядьте назад: голени на {n:.0f}° прямее"),
    ),
}
"""Each measure of the score: its name, and what to say where it is too little and too much."""

_GROUPS = {
    "depth": ("Depth", "Глубина"),
    "trunk": ("Trunk", "Корпус"),
    "knees": ("Knees", "Колени"),
    "feet": ("Feet", "Стопы"),
    "arms": ("Arms", "Руки"),
}


def _measures() -> dict[str, tuple[str, str]]:
    made = {f"mirror.group.{name}": words for name, words in _GROUPS.items()}
    for name, (title, less, more) in _MEASURES.items():
        made[f"mirror.measure.{name}"] = title
        made[f"mirror.fix.{name}.less"] = less
        made[f"mirror.fix.{name}.more"] = more
    return made


MESSAGES: dict[str, tuple[str, str]] = {
    **{
        f"mirror.limb.{side}_{part}": (en.format(**forms), ru.format(**forms))
        for side, forms in _SIDES.items()
        for part, (en, ru) in _LIMBS.items()
    },
    **_measures(),
    "mirror.limb.trunk": ("trunk", "корпус"),
    "mirror.praise": ("Good!", "Хорошо!"),
    "mirror.missed": ("Move along with the trainer", "Двигайтесь вместе с тренером"),
}

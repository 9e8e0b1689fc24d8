"""The client's page: body parts and what a cue asks for. Sentences about one limb are composed for both sides."""

_LIMBS: dict[str, tuple[str, str]] = {
    "upper_arm": ("{s} upper arm", "{g} рука"),
    "forearm": ("{s} forearm", "{n} предплечье"),
    "thigh": ("{s} thigh", "{n} бедро"),
    "shin": ("{s} shin", "{g} голень"),
}
"""``{s}``: left, right; ``{g}``, ``{n}``: the Russian adjective, feminine and neuter."""

_CUES: dict[str, tuple[str, str]] = {
    "upper_arm.up": ("Raise your {s} arm", "Поднимите {f} руку"),
    "upper_arm.down": ("Lower your {s} arm", "Опустите {f} руку"),
    "upper_arm.out": ("{S} arm out to the side", "{F} руку в сторону"),
    "upper_arm.in": ("{S} arm closer to your body", "{F} руку ближе к корпусу"),
    "upper_arm.forward": ("{S} arm forward", "{F} руку вперёд"),
    "upper_arm.back": ("{S} arm back", "{F} руку назад"),
    "forearm.up": ("{S} hand higher", "{F} кисть выше"),
    "forearm.down": ("{S} hand lower", "{F} кисть ниже"),
    "forearm.out": ("{S} hand out", "{F} кисть наружу"),
    "forearm.in": ("{S} hand in", "{F} кисть внутрь"),
    "forearm.forward": ("{S} hand forward", "{F} кисть вперёд"),
    "forearm.back": ("{S} hand back", "{F} кисть назад"),
    "forearm.bend": ("Bend your {s} elbow more", "Сильнее согните {m} локоть"),
    "forearm.straighten": ("Straighten your {s} arm", "Выпрямите {f} руку"),
    "thigh.up": ("Raise your {s} knee", "Поднимите {n} колено"),
    "thigh.down": ("Lower your {s} knee", "Опустите {n} колено"),
    "thigh.out": ("{S} knee out", "{N} колено наружу"),
    "thigh.in": ("{S} knee in", "{N} колено внутрь"),
    "thigh.forward": ("{S} knee forward", "{N} колено вперёд"),
    "thigh.back": ("{S} knee back", "{N} колено назад"),
    "thigh.bend": ("Bend your {s} knee more", "Сильнее согните {n} колено"),
    "thigh.straighten": ("Straighten your {s} leg", "Выпрямите {f} ногу"),
    "shin.up": ("Lift your {s} foot", "Поднимите {f} стопу"),
    "shin.down": ("Lower your {s} foot", "Опустите {f} стопу"),
    "shin.out": ("{S} foot out", "{F} стопу наружу"),
    "shin.in": ("{S} foot in", "{F} стопу внутрь"),
    "shin.forward": ("{S} foot forward", "{F} стопу вперёд"),
    "shin.back": ("{S} foot back", "{F} стопу назад"),
    "shin.bend": ("Bend your {s} knee more", "Сильнее согните {n} колено"),
    "shin.straighten": ("Straighten your {s} leg", "Выпрямите {f} ногу"),
}
"""``{f}``, ``{m}``, ``{n}``: the Russian accusative, feminine, masculine and neuter; capitals begin a sentence."""

_SIDES = {
    "left": {
        "s": "left",
        "S": "Left",
        "f": "левую",
        "F": "Левую",
        "m": "левый",
        "n": "левое",
        "N": "Левое",
        "g": "левая",
    },
    "right": {
        **{"s": "right", "S": "Right", "f": "правую", "F": "Правую"},
        **{"m": "правый", "n": "правое", "N": "Правое", "g": "правая"},
    },
}


def _both_sides() -> dict[str, tuple[str, str]]:
    made = {}
    for side, forms in _SIDES.items():
        for part, (en, ru) in _LIMBS.items():
            made[f"mirror.limb.{side}_{part}"] = (en.format(**forms), ru.format(**forms))
        for cue, (en, ru) in _CUES.items():
            made[f"mirror.{side}_{cue}"] = (en.format(**forms), ru.format(**forms))
    return made


MESSAGES: dict[str, tuple[str, str]] = {
    **_both_sides(),
    "mirror.limb.trunk": ("trunk", "корпус"),
    "mirror.praise": ("Good!", "Хорошо!"),
    "mirror.trunk.forward": ("Lean further forward", "Наклонитесь сильнее"),
    "mirror.trunk.back": ("Lean forward less", "Наклонитесь меньше"),
    "mirror.trunk.left": ("Lean to your left", "Наклонитесь влево"),
    "mirror.trunk.right": ("Lean to your right", "Наклонитесь вправо"),
    "mirror.trunk.up": ("Straighten up", "Выпрямитесь"),
    "mirror.knees.bend": ("Bend your knees more", "Сильнее согните колени"),
    "mirror.knees.straighten": ("Straighten your knees", "Выпрямите колени"),
    "mirror.knees.out": ("Knees out", "Колени наружу"),
    "mirror.knees.in": ("Knees in", "Колени внутрь"),
    "mirror.arms.up": ("Raise your arms", "Поднимите руки"),
    "mirror.arms.down": ("Lower your arms", "Опустите руки"),
    "mirror.arms.forward": ("Arms forward", "Руки вперёд"),
    "mirror.arms.back": ("Arms back", "Руки назад"),
    "mirror.arms.out": ("Arms out to the sides", "Руки в стороны"),
    "mirror.arms.in": ("Arms closer to your body", "Руки ближе к корпусу"),
    "mirror.hands.up": ("Hands higher", "Кисти выше"),
    "mirror.hands.down": ("Hands lower", "Кисти ниже"),
    "mirror.elbows.bend": ("Bend your elbows more", "Сильнее согните локти"),
    "mirror.elbows.straighten": ("Straighten your arms", "Выпрямите руки"),
    "mirror.feet.out": ("Feet wider", "Стопы шире"),
    "mirror.feet.in": ("Feet closer together", "Стопы ближе друг к другу"),
}

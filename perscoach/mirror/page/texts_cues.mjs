// What a cue says, and the names of the limbs, for both sides in both languages.

/** @type {Record<string, string>} {s}: left or right */
const EN = {
  "upper_arm": "{s} upper arm", "forearm": "{s} forearm", "thigh": "{s} thigh", "shin": "{s} shin",
  "upper_arm.up": "Raise your {s} arm", "upper_arm.down": "Lower your {s} arm", "upper_arm.out": "{S} arm out to the side", "upper_arm.in": "{S} arm closer to you",
  "upper_arm.forward": "{S} arm forward", "upper_arm.back": "{S} arm back",
  "forearm.up": "{S} hand higher", "forearm.down": "{S} hand lower", "forearm.out": "{S} hand out", "forearm.in": "{S} hand in", "forearm.forward": "{S} hand forward",
  "forearm.back": "{S} hand back", "forearm.bend": "Bend your {s} elbow more", "forearm.straighten": "Straighten your {s} arm",
  "thigh.up": "Raise your {s} knee", "thigh.down": "Lower your {s} knee", "thigh.out": "{S} knee out", "thigh.in": "{S} knee in", "thigh.forward": "{S} knee forward",
  "thigh.back": "{S} knee back", "thigh.bend": "Bend your {s} knee more", "thigh.straighten": "Straighten your {s} leg",
  "shin.up": "Lift your {s} foot", "shin.down": "Lower your {s} foot", "shin.out": "{S} foot out", "shin.in": "{S} foot in", "shin.forward": "{S} foot forward",
  "shin.back": "{S} foot back", "shin.bend": "Bend your {s} knee more", "shin.straighten": "Straighten your {s} leg",
};

/** @type {Record<string, string>} {f} {F}: левую; {m}: левый; {n} {N}: левое; {g}: левая */
const RU = {
  "upper_arm": "{g} рука", "forearm": "{n} предплечье", "thigh": "{n} бедро", "shin": "{g} голень",
  "upper_arm.up": "Поднимите {f} руку", "upper_arm.down": "Опустите {f} руку", "upper_arm.out": "{F} руку в сторону", "upper_arm.in": "{F} руку ближе к себе",
  "upper_arm.forward": "{F} руку вперёд", "upper_arm.back": "{F} руку назад",
  "forearm.up": "{F} кисть выше", "forearm.down": "{F} кисть ниже", "forearm.out": "{F} кисть наружу", "forearm.in": "{F} кисть внутрь", "forearm.forward": "{F} кисть вперёд",
  "forearm.back": "{F} кисть назад", "forearm.bend": "Сильнее согните {m} локоть", "forearm.straighten": "Выпрямите {f} руку",
  "thigh.up": "Поднимите {n} колено", "thigh.down": "Опустите {n} колено", "thigh.out": "{N} колено наружу", "thigh.in": "{N} колено внутрь", "thigh.forward": "{N} колено вперёд",
  "thigh.back": "{N} колено назад", "thigh.bend": "Сильнее согните {n} колено", "thigh.straighten": "Выпрямите {f} ногу",
  "shin.up": "Поднимите {f} стопу", "shin.down": "Опустите {f} стопу", "shin.out": "{F} стопу наружу", "shin.in": "{F} стопу внутрь", "shin.forward": "{F} стопу вперёд",
  "shin.back": "{F} стопу назад", "shin.bend": "Сильнее согните {n} колено", "shin.straighten": "Выпрямите {f} ногу",
};

/** @type {Record<string, Record<string, string>>} */
const SIDES_EN = { left: { s: "left", S: "Left" }, right: { s: "right", S: "Right" } };
/** @type {Record<string, Record<string, string>>} */
const SIDES_RU = {
  left: { f: "левую", F: "Левую", m: "левый", n: "левое", N: "Левое", g: "левая" },
  right: { f: "правую", F: "Правую", m: "правый", n: "правое", N: "Правое", g: "правая" },
};

/** @param {Record<string, string>} words @param {Record<string, Record<string, string>>} sides @returns {Record<string, string>} */
function bothSides(words, sides) {
  /** @type {Record<string, string>} */
  const out = {};
  for (const [side, forms] of Object.entries(sides)) {
    for (const [key, value] of Object.entries(words)) {
      const name = key.includes(".") ? `${side}_${key}` : `limb.${side}_${key}`;
      out[name] = value.replace(/\{(\w)\}/g, (_, form) => forms[form]);
    }
  }
  return out;
}

export const cueWordsEn = {
  ...bothSides(EN, SIDES_EN),
  "limb.trunk": "trunk", "praise": "Good!", "trunk.forward": "Lean more forward", "trunk.back": "Lean less forward", "trunk.left": "Lean to your left",
  "trunk.right": "Lean to your right", "trunk.up": "Straighten up", "knees.bend": "Bend your knees more", "knees.straighten": "Straighten your knees",
  "arms.up": "Raise your arms", "arms.down": "Lower your arms", "arms.forward": "Arms forward", "arms.back": "Arms back", "arms.out": "Arms out to the sides", "arms.in": "Arms closer to you",
  "hands.up": "Hands higher", "hands.down": "Hands lower", "elbows.bend": "Bend your elbows more", "elbows.straighten": "Straighten your arms",
  "knees.out": "Knees out", "knees.in": "Knees in", "feet.out": "Feet wider", "feet.in": "Feet closer together",
};

export const cueWordsRu = {
  ...bothSides(RU, SIDES_RU),
  "limb.trunk": "корпус", "praise": "Хорошо!", "trunk.forward": "Наклонитесь сильнее", "trunk.back": "Меньше наклон вперёд", "trunk.left": "Наклонитесь влево",
  "trunk.right": "Наклонитесь вправо", "trunk.up": "Выпрямитесь", "knees.bend": "Сильнее согните колени", "knees.straighten": "Выпрямите колени",
  "arms.up": "Поднимите руки", "arms.down": "Опустите руки", "arms.forward": "Руки вперёд", "arms.back": "Руки назад", "arms.out": "Руки в стороны", "arms.in": "Руки ближе к себе",
  "hands.up": "Кисти выше", "hands.down": "Кисти ниже", "elbows.bend": "Сильнее согните локти", "elbows.straighten": "Выпрямите руки",
  "knees.out": "Колени наружу", "knees.in": "Колени внутрь", "feet.out": "Стопы шире", "feet.in": "Стопы ближе друг к другу",
};

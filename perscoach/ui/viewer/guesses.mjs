// Which limbs nobody saw, in one sentence.

/** A limb counts as guessed where this joint is; the smaller part is named only where the larger one was seen. */
const LIMBS = [
  { joint: "knee", whole: "legs", one: "leg" },
  { joint: "ankle", whole: "feet", one: "foot" },
  { joint: "elbow", whole: "arms", one: "arm" },
  { joint: "wrist", whole: "hands", one: "hand" },
];
const LARGER = /** @type {Record<string, string>} */ ({ ankle: "knee", wrist: "elbow" });
const [ALWAYS, OFTEN] = [0.9, 0.1]; // parts of the frames with a body: the whole clip; enough to be told

/**
 * @param {import("../web/format.mjs").Movement} movement @param {import("./page.mjs").Words} t
 * @returns {string} nothing where all limbs were seen
 */
export function guessedLimbs(movement, t) {
  const frames = Array.from({ length: movement.frames }, (_, frame) => frame).filter((frame) => movement.hasBody(frame));
  const count = (/** @type {string} */ name, /** @type {string|undefined} */ but) => {
    const [j, k] = [movement.joints.indexOf(name), but ? movement.joints.indexOf(but) : -1];
    return j < 0 ? 0 : frames.filter((frame) => movement.guessed(frame, j) && !(k >= 0 && movement.guessed(frame, k))).length;
  };
  const parts = LIMBS.flatMap(({ joint, whole, one }) => {
    const larger = LARGER[joint];
    const [left, right] = ["left", "right"].map((side) => count(`${side}_${joint}`, larger && `${side}_${larger}`));
    const both = Math.min(left, right) >= OFTEN * frames.length && Math.abs(left - right) < OFTEN * frames.length;
    const named = both ? [[whole, Math.max(left, right)]] : [[`left_${one}`, left], [`right_${one}`, right]];
    return named.filter(([, guessed]) => Number(guessed) >= OFTEN * frames.length && Number(guessed) > 0);
  });
  if (!parts.length) return "";
  const told = parts.map(([name, guessed]) => {
    const limb = t(`limb_${name}`);
    return Number(guessed) >= ALWAYS * frames.length ? limb : t("guessed_partly", { limb, guessed, frames: frames.length });
  });
  return t("guessed", { limbs: told.join(", ") });
}

// How a limb's state looks: colour AND pattern AND width, the same in every drawing of the page.
// Blue, yellow and vermilion stay apart for every common kind of colour blindness; the dash says it without colour.

/**
 * @typedef {'grey'|'green'|'amber'|'red'|'plain'} LimbColour
 * @type {Record<LimbColour, {colour: string, dash: number[], width: number, text: string}>}
 * dash and width are in units of one line's width; text is a key of the words.
 */
export const LIMB = {
  grey: { colour: "#8d98a5", dash: [1, 1.4], width: 0.8, text: "limb.grey" },
  green: { colour: "#49c2ff", dash: [], width: 1, text: "limb.green" },
  amber: { colour: "#ffdc5c", dash: [3, 1.6], width: 1.15, text: "limb.amber" },
  red: { colour: "#ff6a3d", dash: [1.1, 1.5], width: 1.6, text: "limb.red" },
  plain: { colour: "#e9eef3", dash: [], width: 0.9, text: "you" },
};

/** A limb without a verdict: before the score, and where there is none. Drawn by giving this in a limb's place. */
export const PLAIN = { colour: /** @type {const} */ ("plain") };

/** The trainer's own figure. */
export const TRAINER = "#e9eef3";

/**
 * The state that a form over a stretch stands for.
 * @param {number} form 0..1 @param {boolean} own judged against the client's own repetitions too: only then is anything red
 * @returns {LimbColour}
 */
export function colourOf(form, own) {
  if (!Number.isFinite(form)) return "grey";
  return form >= 0.75 ? "green" : form >= 0.4 || !own ? "amber" : "red";
}

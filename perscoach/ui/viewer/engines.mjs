// Two engines on one clip: which is which on the screen, and how alike they are in words. Colour and line style both
// tell them apart, everywhere: the first is solid, the second dashed.

import { el } from "../web/elements.mjs";

/** @type {number[][]} */
export const DASHES = [[], [7, 5]];
export const ON_PICTURE = ["#ff7ac0", "#8ce99a"];
const KNOWN = ["sam3d", "mediapipe", "recorded"];

export class Engines {
  /** @param {import("./page.mjs").Words} t @param {string} first the movement's own engine @param {() => void} onChange other lines are to be shown */
  constructor(t, first, onChange) {
    this.t = t;
    this.names = [this.nameOf(first), ""];
    this.shown = [true, true];
    this.onChange = onChange;
    this.bar = el("div", { class: "pcv-engines pcv-set", role: "group", "aria-label": t("engines"), hidden: true });
    this.legend = el("span", { class: "pcv-legend", hidden: true });
    this.said = el("p", { class: "pcv-agree", hidden: true });
    /** @type {import("../web/format.mjs").Track|null} */
    this.other = null;
  }

  /** @param {string} engine */
  nameOf(engine) {
    return KNOWN.includes(engine) ? this.t(`engine_${engine}`) : engine;
  }

  /** Both engines' lines are on the screen. */
  get both() {
    return this.other !== null && this.shown[1];
  }

  /** @param {ReturnType<typeof import("../web/format.mjs").parseEngine>|null} other */
  use(other) {
    this.other = other?.track ?? null;
    this.shown = [true, true];
    for (const node of [this.bar, this.said]) node.hidden = !other;
    if (!other) return;
    this.names[1] = this.nameOf(other.header.engines[1]);
    this.bar.replaceChildren(...this.names.map((name, i) => {
      const node = el("button", { type: "button", "aria-pressed": "true", "data-engine": String(i), click: () => {
        this.shown[i] = !this.shown[i];
        node.setAttribute("aria-pressed", String(this.shown[i]));
        this.onChange();
      } }, sample(i, true), name);
      return node;
    }));
    this.legend.replaceChildren(...this.names.flatMap((name, i) => [sample(i), name]));
    this.said.textContent = this.words(other.header.figures);
  }

  /** How alike the two are. @param {Shared.Figures} figures */
  words({ share, px, knee, knee_deg: degrees, frames, both }) {
    const [first, second] = this.names;
    if (both === 0) return this.t("agree_none", { first, second });
    const parts = [];
    if (share !== null) {
      const how = share < 0.03 ? "close" : share < 0.06 ? "near" : "far";
      parts.push(this.t(`agree_${how}`, { first, second }), this.t("agree_share", { share: 100 * share, px: Math.round(px ?? 0) }));
    }
    if (knee === null || degrees === null) parts.push(this.t("agree_knee_still"));
    else {
      const how = knee >= 0.97 ? "same" : knee >= 0.9 ? "like" : "other";
      parts.push(this.t(`agree_knee_${how}`, { knee, degrees: degrees < 2 ? Math.round(10 * degrees) / 10 : Math.round(degrees) }));
    }
    parts.push(this.t("agree_frames", { both, frames }));
    return parts.join(" ");
  }
}

/** A piece of an engine's line, as it is drawn. @param {number} i @param {boolean} [onPicture] */
function sample(i, onPicture = false) {
  const colour = onPicture ? ON_PICTURE[i] : `var(--pcv-engine-${i})`;
  return el("i", { class: "pcv-sample", style: `border-top: 3px ${i ? "dashed" : "solid"} ${colour}` });
}

// Two engines on one clip: which is which on the screen, and how alike they are in words. Colour and line style both
// tell them apart, everywhere: the first is solid, the second dashed.

import { el } from "../web/elements.mjs";

export const DASHES = [[], [7, 5]];
export const ON_PICTURE = ["#ff7ac0", "#8ce99a"];
const KNOWN = ["sam3d", "mediapipe", "recorded"];

export class Engines {
  // t: the words; onChange: called when another engine's lines are to be shown.
  constructor(t, first, onChange) {
    this.t = t;
    this.names = [this.nameOf(first), ""];
    this.shown = [true, true];
    this.onChange = onChange;
    this.bar = el("div", { class: "pcv-engines pcv-set", role: "group", "aria-label": t("engines"), hidden: true });
    this.legend = el("span", { class: "pcv-legend", hidden: true });
    this.said = el("p", { class: "pcv-agree", hidden: true });
    this.other = null;
  }

  nameOf(engine) {
    return KNOWN.includes(engine) ? this.t(`engine_${engine}`) : engine;
  }

  // Both engines' lines are on the screen.
  get both() {
    return this.other !== null && this.shown[1];
  }

  use(other) {
    this.other = other;
    this.shown = [true, true];
    for (const node of [this.bar, this.said]) node.hidden = !other;
    if (!other) return;
    this.names[1] = this.nameOf(other.header.engines[1]);
    this.bar.replaceChildren(...this.names.map((name, i) => {
      const node = el("button", { type: "button", "aria-pressed": "true", "data-engine": String(i) }, sample(i, true), name);
      node.addEventListener("click", () => {
        this.shown[i] = !this.shown[i];
        node.setAttribute("aria-pressed", String(this.shown[i]));
        this.onChange();
      });
      return node;
    }));
    this.legend.replaceChildren(...this.names.flatMap((name, i) => [sample(i), name]));
    this.said.textContent = this.words(other.header.figures);
  }

  words({ share, px, knee, knee_deg: degrees, frames, both }) {
    const [first, second] = this.names;
    const parts = [];
    if (share !== null) {
      const how = share < 0.03 ? "close" : share < 0.06 ? "near" : "far";
      parts.push(this.t(`agree_${how}`, { first, second }), this.t("agree_share", { share: 100 * share, px: Math.round(px) }));
    }
    if (both === 0) return this.t("agree_none", { first, second });
    if (knee === null) parts.push(this.t("agree_knee_still"));
    else parts.push(this.t(knee >= 0.97 ? "agree_knee_same" : knee >= 0.9 ? "agree_knee_like" : "agree_knee_other", { knee, degrees: degrees < 2 ? Math.round(10 * degrees) / 10 : Math.round(degrees) }));
    parts.push(this.t("agree_frames", { both, frames }));
    return parts.join(" ");
  }
}

// A piece of an engine's line, as it is drawn.
function sample(i, onPicture = false) {
  const colour = onPicture ? ON_PICTURE[i] : `var(--pcv-engine-${i})`;
  return el("i", { class: "pcv-sample", style: `border-top: 3px ${i ? "dashed" : "solid"} ${colour}` });
}

// Says with which colours a clip opened, where the House look would have burnt the person, and switches between the two.

import { el } from "../web/elements.mjs";
import { alike } from "./history.mjs";

export class Opening {
  /**
   * @param {import("../web/words.mjs").Speaker} t
   * @param {{house: Shared.Grade, use: (grade: Shared.Grade, kind: string) => void}} options house: the House look's numbers
   */
  constructor(t, { house, use }) {
    this.t = t;
    this.house = house;
    this.use = use;
    /** @type {Shared.Opening|null} */
    this.opening = null;
    /** @type {Shared.Grade} what the button sets */
    this.other = house;
    this.words = el("p", {});
    this.button = el("button", { type: "button", click: () => this.use(this.other, "colour_opening") });
    this.element = el("div", { class: "pcc-opening", role: "note", hidden: true }, this.words, this.button);
  }

  /** @param {Shared.Opening|null} opening of the clip that is open */
  open(opening) {
    this.opening = opening;
    this.element.hidden = opening === null;
    if (!opening) return;
    const [house, source] = [opening.house, opening.source].map((share) => Math.round(100 * share));
    this.words.textContent = this.t("colour_opening_why", { house, source });
  }

  /** The button offers what is not on. @param {Shared.Grade} grade the present one */
  match(grade) {
    if (!this.opening) return;
    const suggested = alike(grade, this.opening.grade, 1e-6);
    this.other = suggested ? this.house : this.opening.grade;
    this.button.textContent = this.t(suggested ? "colour_opening_house" : "colour_opening_suggested");
  }
}

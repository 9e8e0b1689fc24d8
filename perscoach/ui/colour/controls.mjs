// Sliders, presets and files beside the picture.

import { el } from "../web/elements.mjs";

/** @param {number} value */
const round = (value) => Math.round(value * 1e6) / 1e6;

/** @typedef {{name: string, low: number, high: number, step: number, default: number}} Range */

/** One parameter: a range, a number beside it, a reset. `changed(kind)` is called at every move, with the text that names it. */
export class Slider {
  /** @param {Range} parameter @param {import("../web/words.mjs").Speaker} t @param {(kind: string) => void} changed */
  constructor(parameter, t, changed) {
    this.parameter = parameter;
    this.changed = changed;
    this.value = parameter.default;
    this.home = parameter.default; // where a reset goes: what the clip opened with
    const { name, low, high, step } = parameter;
    const label = t(`colour_${name}`);
    const id = `pcc-${name}`;
    this.range = el("input", {
      type: "range", id, min: low, max: high, step, "aria-describedby": `${id}-help`,
      input: () => this.set(Number(this.range.value), true),
      dblclick: () => this.reset(),
    });
    this.number = el("input", {
      type: "number", id: `${id}-number`, min: low, max: high, step, inputmode: "decimal",
      "aria-label": t("colour_number", { name: label }),
      input: () => this.typed(false),
      change: () => this.typed(true),
    });
    this.button = el("button", {
      type: "button", class: "pcc-reset", title: t("colour_reset"), "aria-label": t("colour_reset_one", { name: label }),
      click: () => this.reset(),
    }, "↺");
    this.element = el("div", { class: "pcc-slider" },
      el("label", { for: id }, label), this.number, this.button, this.range,
      el("small", { id: `${id}-help` }, t(`colour_${name}_help`)));
    this.set(parameter.default, false);
  }

  /** @param {number} value @param {boolean} [tell] */
  set(value, tell = false) {
    const { low, high } = this.parameter;
    this.value = round(Math.min(high, Math.max(low, value)));
    this.range.value = String(this.value);
    if (document.activeElement !== this.number) this.number.value = String(this.value);
    this.range.style.setProperty("--pcc-at", `${((this.value - low) / (high - low)) * 100}%`);
    this.button.disabled = Math.abs(this.value - this.home) < 1e-9;
    if (tell) this.changed(`colour_${this.parameter.name}`);
  }

  /** @param {boolean} finished */
  typed(finished) {
    const value = this.number.valueAsNumber;
    const { low, high } = this.parameter;
    if (Number.isFinite(value) && (finished || (value >= low && value <= high))) this.set(value, true);
    if (finished) this.number.value = String(this.value);
  }

  reset() {
    this.set(this.home, true);
  }
}

/** A preset's file: saving under a name, loading. */
export class PresetFiles {
  /** @param {import("../web/words.mjs").Speaker} t @param {{save: (name: string) => void, load: (file: File) => void}} acts */
  constructor(t, { save, load }) {
    this.file = el("input", { type: "file", accept: ".json,application/json", class: "pcc-file", tabindex: "-1",
      "aria-label": t("colour_load_preset"),
      change: () => { const [file] = this.file.files ?? []; this.file.value = ""; if (file) load(file); } });
    this.name = el("input", { type: "text", maxlength: "80", placeholder: t("colour_preset_name"),
      "aria-label": t("colour_preset_name"), keydown: (event) => { if (event.key === "Enter") save(this.name.value); } });
    this.element = el("div", { class: "pcc-buttons" }, this.name,
      el("button", { type: "button", click: () => save(this.name.value) }, t("colour_save_preset")),
      el("button", { type: "button", click: () => this.file.click() }, t("colour_load_preset")), this.file);
  }
}

const BACKDROPS = ["room", "checker", "white", "black", "green"];

/** What stands behind the person. @param {import("../web/words.mjs").Speaker} t @param {(name: string, colour: string) => void} choose */
export function backdrops(t, choose) {
  const own = el("input", { type: "color", value: "#0f766e", "aria-label": t("colour_any"), title: t("colour_any"),
    input: () => pick("own") });
  const buttons = BACKDROPS.map((name) => el("button", {
    type: "button", "data-swatch": name, title: t(`colour_${name}`), "aria-pressed": String(name === "room"),
    click: () => pick(name),
  }, el("span", {}, t(`colour_${name}`))));
  /** @param {string} name */
  function pick(name) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.swatch === name));
    own.setAttribute("data-chosen", String(name === "own"));
    choose(name, own.value);
  }
  own.addEventListener("click", () => pick("own"));
  return el("div", { class: "pcc-swatches", role: "group", "aria-label": t("colour_backdrop") }, ...buttons, own);
}

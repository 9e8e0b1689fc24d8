// The bar under the pictures, the sheet of settings, the keys.
import { Choice, clockText, h, icon, put, toggle } from "./dom.mjs";

export const SPEEDS = [0.5, 0.75, 1];

/**
 * What the controls ask of the page.
 * @typedef {Object} Acts
 * @property {() => void} play play, pause, or end the countdown
 * @property {(time: number) => void} seek
 * @property {() => void} stop
 * @property {(name: string, value: any) => void} set a setting
 * @property {() => void} skip
 */

export class Bar {
  /** @param {Acts} acts @param {() => void} openSheet @param {number} duration @param {any} settings */
  constructor(acts, openSheet, duration, settings) {
    this.settings = settings;
    this.duration = duration;
    this.play = h("button", { type: "button", class: "round main", tl: "play", on: { click: acts.play } }, icon("play"));
    this.range = h("input", { type: "range", min: 0, max: duration, step: 0.01, value: 0, tl: "position", on: { input: () => acts.seek(Number(this.range.value)) } });
    this.section = h("span", { class: "section", "aria-hidden": "true" });
    this.time = h("span", { class: "time" });
    this.speed = h("button", { type: "button", class: "speed", on: { click: () => acts.set("speed", SPEEDS[(SPEEDS.indexOf(settings.speed) + 1) % SPEEDS.length]) } });
    const more = h("button", { type: "button", class: "round", tl: "settings", on: { click: openSheet } }, icon("settings"));
    const end = h("button", { type: "button", class: "round", tl: "end", on: { click: acts.stop } }, icon("close"));
    this.element = h("footer", { class: "controls" }, this.play, h("span", { class: "track" }, this.range, this.section), this.time, this.speed, more, end);
  }

  /** @param {number} time @param {boolean} playing @param {import("./dom.mjs").Words} words */
  show(time, playing, words) {
    if (document.activeElement !== this.range || playing) this.range.value = String(time);
    this.range.setAttribute("aria-valuetext", `${clockText(time)} / ${clockText(this.duration)}`);
    put(this.time, `${clockText(time)} / ${clockText(this.duration)}`);
    put(this.speed, `${words.n(this.settings.speed, this.settings.speed === 1 ? 0 : this.settings.speed === 0.5 ? 1 : 2)}×`);
    this.speed.setAttribute("aria-label", `${words.t("speed")} ${this.settings.speed}`);
    const name = playing ? "pause" : "play";
    if (this.play.dataset.tl !== name) {
      this.play.dataset.tl = name;
      this.play.replaceChildren(icon(name));
    }
    this.play.setAttribute("aria-label", words.t(name));
    const { repeat, from, to } = this.settings;
    this.section.hidden = repeat !== "section";
    this.section.style.left = `${(100 * from) / this.duration}%`;
    this.section.style.width = `${(100 * Math.max(0, to - from)) / this.duration}%`;
  }
}

/** Everything that can be chosen, in one dialog. */
export class Sheet {
  /** @param {any} settings @param {Acts} acts @param {number} duration */
  constructor(settings, acts, duration) {
    this.settings = settings;
    const set = (/** @type {string} */ name) => (/** @type {any} */ value) => acts.set(name, value);
    const choice = (/** @type {string} */ name, /** @type {string[]} */ values) =>
      new Choice(name, name, values.map((value) => ({ value, t: `${name}.${value}` })), settings[name], set(name));
    /** @type {Record<string, Choice>} */
    this.choices = {
      mode: choice("mode", ["follow", "test", "watch"]),
      speed: new Choice("speed", "speed", SPEEDS.map((v) => ({ value: String(v), text: `${v}×` })), String(settings.speed), (v) => acts.set("speed", Number(v))),
      repeat: choice("repeat", ["once", "whole", "section"]),
      view: choice("view", ["side", "over"]),
      figure: choice("figure", ["video", "body", "none"]),
      language: new Choice("language", "language", [{ value: "en", text: "English" }, { value: "ru", text: "Русский" }], settings.language, set("language")),
    };
    const range = (/** @type {string} */ name) => h("input", { type: "range", min: 0, max: duration, step: 0.1, name, tl: `repeat.${name}`, on: { input: () => acts.set(name, Number(this.ranges[name].value)) } });
    /** @type {Record<string, any>} */
    this.ranges = { from: range("from"), to: range("to") };
    this.times = { from: h("span"), to: h("span") };
    this.section = h("div", { class: "ranges" }, ...["from", "to"].map((name) => h("label", {}, h("span", { t: `repeat.${name}` }), this.ranges[name], /** @type {any} */ (this.times)[name])));
    /** @type {Record<string, {element: any, input: any}>} */
    this.toggles = Object.fromEntries(
      [["wait"], ["mirror", "mirror.hint"], ["skeleton"], ["written"], ["spoken", "spoken.none"], ["sound"], ["trainer.sound"], ["record", "record.hint"]].map(([name, hint]) => [name, toggle(name, name, settings[name], set(name), hint)]),
    );
    this.camera = h("select", { name: "camera", on: { change: () => acts.set("camera", this.camera.value) } });
    this.cameraRow = h("label", { class: "row", hidden: true }, h("span", { t: "camera" }), this.camera);
    this.body = h("p", { class: "note", t: "body.missing", hidden: true });
    const close = h("button", { type: "button", class: "round", tl: "close", on: { click: () => this.element.close() } }, icon("close"));
    const { mode, speed, repeat, view, figure, language } = this.choices;
    this.element = h("dialog", { class: "sheet", tl: "settings" }, h("header", {}, h("h2", { t: "settings" }), close),
      h("div", { class: "columns" },
        h("div", {}, mode.element, speed.element, repeat.element, this.section, view.element, figure.element, this.body),
        h("div", {}, ...Object.values(this.toggles).map((one) => one.element), this.cameraRow, language.element)),
      h("p", { class: "keys", t: "keys" }));
    this.element.addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === this.element && this.element.close());
  }

  /** Shows the settings as they are. @param {{kind: string|null, voice: boolean, body: boolean}} about */
  show(about) {
    const { settings } = this;
    for (const [name, one] of Object.entries(this.choices)) one.set(String(settings[name]));
    for (const [name, one] of Object.entries(this.toggles)) one.input.checked = Boolean(settings[name]);
    this.choices.mode.element.hidden = about.kind === "watch";
    this.choices.view.element.hidden = about.kind === "watch";
    for (const name of ["wait", "mirror", "written", "spoken", "record"]) this.toggles[name].element.hidden = about.kind === "watch";
    this.toggles.spoken.input.disabled = !about.voice;
    this.toggles.spoken.element.querySelector("small").hidden = about.voice;
    this.body.hidden = about.body;
    this.choices.figure.inputs[1].disabled = !about.body;
    this.section.hidden = settings.repeat !== "section";
    for (const name of ["from", "to"]) {
      this.ranges[name].value = String(settings[name]);
      put(/** @type {any} */ (this.times)[name], clockText(settings[name]));
    }
  }

  /** @param {{deviceId: string, label: string}[]} cameras @param {string} chosen @param {import("./dom.mjs").Words} words */
  setCameras(cameras, chosen, words) {
    fillCameras(this.camera, cameras, chosen, words);
    this.cameraRow.hidden = cameras.length < 2;
  }
}

/** @param {HTMLSelectElement} select @param {{deviceId: string, label: string}[]} cameras @param {string} chosen @param {import("./dom.mjs").Words} words */
export function fillCameras(select, cameras, chosen, words) {
  const options = cameras.filter((c) => c.deviceId).map((camera, i) => h("option", { value: camera.deviceId }, camera.label || words.t("camera.n", { n: i + 1 })));
  select.replaceChildren(h("option", { value: "", t: "camera.default" }, words.t("camera.default")), ...options);
  select.value = chosen;
}

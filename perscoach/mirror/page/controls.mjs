// The bar under the pictures, the sheet of settings, the keys.
import { Choice, clockText, icon, put, toggle } from "./dom.mjs";
import { el } from "./elements.mjs";

export const SPEEDS = [0.5, 0.75, 1];

/**
 * What the controls ask of the page.
 * @typedef {Object} Acts
 * @property {() => void} play play, pause, or end the countdown
 * @property {(time: number) => void} seek
 * @property {() => void} stop
 * @property {import("./app.mjs").SetSetting} set a setting
 * @property {() => void} skip
 */

export class Bar {
  /** @param {Acts} acts @param {() => void} openSheet @param {number} duration @param {import("./app.mjs").Settings} settings */
  constructor(acts, openSheet, duration, settings) {
    this.settings = settings;
    this.duration = duration;
    this.play = el("button", { type: "button", class: "round main", "data-tl": "play", click: acts.play }, icon("play"));
    this.range = el("input", { type: "range", min: 0, max: duration, step: 0.01, value: 0, "data-tl": "position", input: () => acts.seek(Number(this.range.value)) });
    this.section = el("span", { class: "section", "aria-hidden": "true" });
    this.time = el("span", { class: "time" });
    this.speed = el("button", { type: "button", class: "speed", click: () => acts.set("speed", SPEEDS[(SPEEDS.indexOf(settings.speed) + 1) % SPEEDS.length]) });
    const more = el("button", { type: "button", class: "round", "data-tl": "settings", click: openSheet }, icon("settings"));
    const end = el("button", { type: "button", class: "round", "data-tl": "end", click: acts.stop }, icon("close"));
    this.element = el("footer", { class: "controls" }, this.play, el("span", { class: "track" }, this.range, this.section), this.time, this.speed, more, end);
  }

  /** @param {number} time @param {boolean} playing @param {import("./dom.mjs").Words} words */
  show(time, playing, words) {
    if (document.activeElement !== this.range || playing) this.range.value = String(time);
    this.range.setAttribute("aria-valuetext", `${clockText(time)} / ${clockText(this.duration)}`);
    put(this.time, `${clockText(time)} / ${clockText(this.duration)}`);
    put(this.speed, words.t(`speed.${this.settings.speed}`));
    this.speed.setAttribute("aria-label", `${words.t("speed")} ${words.t(`speed.${this.settings.speed}`)}`);
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

/** @type {readonly ('from'|'to')[]} */
const ENDS = ["from", "to"];
/** @type {readonly [keyof import("./app.mjs").Settings, string?][]} The switches and their hints. */
const SWITCHES = [["wait"], ["mirror", "mirror.hint"], ["skeleton"], ["written"], ["spoken", "spoken.none"], ["sound"], ["trainer.sound"], ["record", "record.hint"]];

/** Everything that can be chosen, in one dialog. */
export class Sheet {
  /** @param {import("./app.mjs").Settings} settings @param {Acts} acts @param {number} duration */
  constructor(settings, acts, duration) {
    this.settings = settings;
    const set = (/** @type {keyof import("./app.mjs").Settings} */ name) => (/** @type {any} */ value) => acts.set(name, value);
    const choice = (/** @type {'mode'|'repeat'|'view'|'figure'} */ name, /** @type {string[]} */ values) =>
      new Choice(name, name, values.map((value) => ({ value, t: `${name}.${value}` })), settings[name], set(name));
    /** @type {Record<string, Choice>} */
    this.choices = {
      mode: choice("mode", ["follow", "test", "watch"]),
      speed: new Choice("speed", "speed", SPEEDS.map((v) => ({ value: String(v), t: `speed.${v}` })), String(settings.speed), (v) => acts.set("speed", Number(v))),
      repeat: choice("repeat", ["once", "whole", "section"]),
      view: choice("view", ["side", "over"]),
      figure: choice("figure", ["video", "body", "none"]),
      language: new Choice("language", "language", [{ value: "en", text: "English" }, { value: "ru", text: "Русский" }], settings.language, set("language")),
    };
    const range = (/** @type {'from'|'to'} */ name) => el("input", { type: "range", min: 0, max: duration, step: 0.1, name, "data-tl": `repeat.${name}`, input: () => acts.set(name, Number(this.ranges[name].value)) });
    /** @type {{from: HTMLInputElement, to: HTMLInputElement}} */
    this.ranges = { from: range("from"), to: range("to") };
    this.times = { from: el("span"), to: el("span") };
    this.section = el("div", { class: "ranges" }, ...ENDS.map((name) => el("label", {}, el("span", { "data-t": `repeat.${name}` }), this.ranges[name], this.times[name])));
    this.toggles = Object.fromEntries(SWITCHES.map(([name, hint]) => [name, toggle(name, name, Boolean(settings[name]), set(name), hint)]));
    this.camera = el("select", { name: "camera", change: () => acts.set("camera", this.camera.value) });
    this.cameraRow = el("label", { class: "row", hidden: true }, el("span", { "data-t": "camera" }), this.camera);
    this.body = el("p", { class: "note", "data-t": "body.missing", hidden: true });
    const close = el("button", { type: "button", class: "round", "data-tl": "close", click: () => this.element.close() }, icon("close"));
    const { mode, speed, repeat, view, figure, language } = this.choices;
    this.element = el("dialog", { class: "sheet", "data-tl": "settings" }, el("header", {}, el("h2", { "data-t": "settings" }), close),
      el("div", { class: "columns" },
        el("div", {}, mode.element, speed.element, repeat.element, this.section, view.element, figure.element, this.body),
        el("div", {}, ...Object.values(this.toggles).map((one) => one.element), this.cameraRow, language.element)),
      el("p", { class: "keys", "data-t": "keys" }));
    this.element.addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === this.element && this.element.close());
  }

  /** Shows the settings as they are. @param {{kind: string|null, voice: boolean, body: boolean}} about */
  show(about) {
    const { settings } = this;
    for (const [name, one] of Object.entries(this.choices)) one.set(String(settings[/** @type {keyof typeof settings} */ (name)]));
    for (const [name] of SWITCHES) this.toggles[name].input.checked = Boolean(settings[name]);
    this.choices.mode.element.hidden = about.kind === "watch";
    this.choices.view.element.hidden = about.kind === "watch";
    for (const name of ["wait", "mirror", "written", "spoken", "record"]) this.toggles[name].element.hidden = about.kind === "watch";
    this.toggles.spoken.input.disabled = !about.voice;
    this.toggles.spoken.element.querySelector("small")?.toggleAttribute("hidden", about.voice);
    this.body.hidden = about.body;
    this.choices.figure.inputs[1].disabled = !about.body;
    this.section.hidden = settings.repeat !== "section";
    for (const name of ENDS) {
      this.ranges[name].value = String(settings[name]);
      put(this.times[name], clockText(settings[name]));
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
  const options = cameras.filter((c) => c.deviceId).map((camera, i) => el("option", { value: camera.deviceId }, camera.label || words.t("camera.n", { n: i + 1 })));
  select.replaceChildren(el("option", { value: "", "data-t": "camera.default" }, words.t("camera.default")), ...options);
  select.value = chosen;
}

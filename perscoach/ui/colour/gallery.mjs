// Presets as small pictures of the coach's own frame; the coach's own presets stay in this browser.

import { context2d, el } from "../web/elements.mjs";
import { alike, gradeFrom } from "./history.mjs";

const STORED = "perscoach.presets"; // of the browser: every clip and tab has the same ones
const LONGEST = 60_000; // characters of it that are read at all
const NAME = 80;
/** The most presets of one's own. */
export const MOST = 24;
const SIDE = 96; // CSS pixels that a picture is drawn for
const LARGEST = 720; // pixels of the longer side that are asked for, however small the part is
const HEADROOM = 0.5; // of the person's height that a picture shows at least: the head and the chest, where skin is judged
const SAME = 1e-6;

/** @typedef {{name: string, grade: Shared.Grade, own: boolean, stale: boolean, button: HTMLButtonElement, canvas: HTMLCanvasElement}} Preset on the page */
/** @typedef {{key: string, width: number, height: number, part: number[]|null, look: Shared.Look|null}} View the room's picture: the person's box `part` in 0..1; drawn again when anything of it changes */

/** @param {string} name */
const clean = (name) => [...String(name)].map((c) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(c) ? " " : c)).join("").replace(/\s+/g, " ").trim().slice(0, NAME).trim();

/** The presets in stored text; what cannot be believed is left out. @param {string|null} text @param {Shared.Parameter[]} parameters @returns {{name: string, grade: Shared.Grade}[]} */
export function presetsFrom(text, parameters) {
  let list;
  try {
    list = text && text.length <= LONGEST ? JSON.parse(text) : [];
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const names = new Set();
  /** @type {{name: string, grade: Shared.Grade}[]} */
  const read = [];
  for (const one of list) {
    const name = typeof one?.name === "string" ? clean(one.name) : "";
    const grade = gradeFrom(one?.grade, parameters);
    if (!name || !grade || names.has(name) || read.length === MOST) continue;
    names.add(name);
    read.push({ name, grade });
  }
  return read;
}

/** The square [x, y, side, side] in pixels of a `width` x `height` picture that is shown of it; `part`: the person's box in 0..1. @param {number} width @param {number} height @param {number[]|null} part */
function squareOf(width, height, part) {
  const [x, y, w, h] = part ? [part[0] * width, part[1] * height, part[2] * width, part[3] * height] : [0, 0, width, height];
  const side = Math.min(width, height, Math.max(1, part ? Math.max(w, h * HEADROOM) * 1.06 : Math.min(w, h)));
  const at = (/** @type {number} */ start, /** @type {number} */ all) => Math.min(Math.max(0, start), all - side);
  const top = part ? y - side * 0.03 : (h - side) * 0.3; // a person's head is above the middle
  return [at(x + w / 2 - side / 2, width), at(top, height), side, side];
}

/**
 * @typedef {Object} Options
 * @property {Shared.Parameter[]} parameters
 * @property {(choice: Shared.Choice, size: Colour.Size) => Colour.Pixels|null} thumbnail the whole current picture with that choice
 *   at about that size, or null while there is none
 * @property {(grade: Shared.Grade, name: string) => void} choose
 * @property {Colour.Say} [say] for what went wrong
 */
export class Gallery {
  /** @param {import("../web/words.mjs").Speaker} t @param {Shared.Setup["presets"]} presets @param {Options} options */
  constructor(t, presets, { parameters, thumbnail, choose, say = () => {} }) {
    this.t = t;
    this.parameters = parameters;
    this.thumbnail = thumbnail;
    this.choose = choose;
    this.say = say;
    /** @type {View|null} */
    this.view = null;
    /** @type {string|null} the view that is drawn or being drawn */
    this.drawn = null;
    /** @type {Preset[]} whose pictures are to be drawn */
    this.waiting = [];
    this.held = this.planned = this.seen = false;
    /** @type {Shared.Grade|null} */
    this.grade = null;
    /** @type {Preset|null} the one that the room's grade is */
    this.chosen = null;
    this.presets = [
      ...presets.map((preset) => this.item(t.pair(preset.name), preset.grade, false)),
      ...presetsFrom(read(), parameters).map(({ name, grade }) => this.item(name, grade, true)),
    ];
    this.row = el("div", { class: "pcc-gallery-row", role: "radiogroup", "aria-label": t("colour_gallery"),
      keydown: (event) => this.key(event), scroll: () => this.fade() });
    this.mine = el("div", { class: "pcc-gallery-mine", role: "group", "aria-label": t("colour_gallery_mine") });
    this.element = el("div", { class: "pcc-gallery" }, this.row, this.mine);
    this.fill();
    new IntersectionObserver((entries) => { this.seen = entries[entries.length - 1].isIntersecting; this.next(); }).observe(this.row);
    new ResizeObserver(() => this.fade()).observe(this.row);
    window.addEventListener("storage", (event) => { if (event.key === STORED) this.reload(); });
  }

  // presets ------------------------------------------------------------------------------------------------------------

  fill() {
    this.row.replaceChildren(...this.presets.map((preset) => preset.button));
    this.match(this.grade);
    this.fade();
  }

  /** @param {string} name @param {Shared.Grade} grade @param {boolean} own @returns {Preset} */
  item(name, grade, own) {
    const canvas = el("canvas", { width: "1", height: "1", "aria-hidden": "true" });
    const button = el("button", { type: "button", role: "radio", "aria-checked": "false", tabindex: "-1",
      "aria-label": own ? this.t("colour_gallery_own", { name }) : name, click: () => this.pick(preset) }, canvas, el("span", {}, name));
    const preset = { name, grade, own, canvas, button, stale: true };
    return preset;
  }

  /** @param {Preset} preset */
  pick(preset) {
    this.match(preset.grade, preset);
    this.choose({ ...preset.grade }, preset.name);
  }

  /** Mark the preset that the numbers are, if they are one's; `wish`: which of several with the same numbers. @param {Shared.Grade|null} grade @param {Preset|null} [wish] */
  match(grade, wish = this.chosen) {
    const fits = this.presets.filter((preset) => grade !== null && alike(preset.grade, grade, SAME));
    const before = this.chosen;
    this.grade = grade;
    this.chosen = wish && fits.includes(wish) ? wish : fits[0] ?? null;
    for (const preset of this.presets) {
      preset.button.setAttribute("aria-checked", String(preset === this.chosen));
      preset.button.tabIndex = preset === (this.chosen ?? this.presets[0]) ? 0 : -1;
    }
    if (this.chosen !== before) {
      this.ownBar();
      if (this.chosen) this.reveal(this.chosen.button);
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
    const at = this.presets.findIndex((preset) => preset.button === event.target);
    const last = this.presets.length - 1;
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : event.key in steps ? (at + steps[event.key] + last + 1) % (last + 1) : -1;
    if (at < 0 || to < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.presets[to].button.focus({ preventScroll: true });
    this.pick(this.presets[to]);
    this.reveal(this.presets[to].button);
  }

  /** Keep a preset under its name in this browser (one of the same name is replaced) and show it; false where it cannot be kept. @param {string} name @param {Shared.Grade} grade */
  add(name, grade) {
    const label = clean(name) || this.t("colour_own");
    const checked = gradeFrom(grade, this.parameters);
    if (!checked) return false;
    const others = presetsFrom(read(), this.parameters).filter((preset) => preset.name !== label);
    if (others.length >= MOST) {
      this.say(this.t("colour_gallery_full", { most: MOST }));
      return false;
    }
    this.write([...others, { name: label, grade: checked }]);
    this.match(this.grade, this.presets[this.presets.length - 1]);
    return true;
  }

  /** Store the list and show it; where nothing can be stored it lives with the page. @param {{name: string, grade: Shared.Grade}[]} list */
  write(list) {
    try {
      localStorage.setItem(STORED, JSON.stringify(list));
    } catch {
      this.say(this.t("colour_gallery_unkept"));
    }
    this.show(list);
  }

  reload() {
    this.show(presetsFrom(read(), this.parameters));
  }

  /** @param {{name: string, grade: Shared.Grade}[]} list */
  show(list) {
    const kept = this.presets.filter((preset) => preset.own);
    const item = (/** @type {{name: string, grade: Shared.Grade}} */ { name, grade }) =>
      kept.find((preset) => preset.name === name && alike(preset.grade, grade, 0)) ?? this.item(name, grade, true);
    this.presets = [...this.presets.filter((preset) => !preset.own), ...list.map(item)];
    this.fill();
    this.ownBar();
    this.draw();
  }

  get own() {
    return this.presets.filter((preset) => preset.own).map(({ name, grade }) => ({ name, grade }));
  }

  /** What can be done with the chosen preset, where it is the coach's own. */
  ownBar() {
    const { t, chosen } = this;
    if (!chosen?.own) return this.mine.replaceChildren();
    const button = (/** @type {string} */ key, /** @type {() => void} */ act) => el("button", { type: "button", click: act }, t(key));
    this.mine.replaceChildren(el("span", {}, chosen.name),
      button("colour_gallery_rename", () => this.rename(chosen)), button("colour_gallery_delete", () => this.remove(chosen)));
  }

  /** @param {Preset} preset */
  rename(preset) {
    const { t } = this;
    const field = el("input", { type: "text", maxlength: NAME, "aria-label": t("colour_gallery_name"), value: preset.name });
    const finish = (/** @type {boolean} */ keep) => {
      const name = clean(field.value);
      const list = this.own.filter((one) => one.name === preset.name || one.name !== name);
      if (keep && name) this.write(list.map((one) => (one.name === preset.name ? { ...one, name } : one)));
      else this.ownBar();
      this.mine.querySelector("button")?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      finish(event.key === "Enter");
    });
    this.mine.replaceChildren(field, el("button", { type: "button", click: () => finish(true) }, t("colour_gallery_keep")),
      el("button", { type: "button", click: () => finish(false) }, t("colour_cancel")));
    field.select();
    field.focus();
  }

  /** @param {Preset} preset */
  remove(preset) {
    const { t, own } = this;
    this.write(own.filter((one) => one.name !== preset.name));
    const back = el("button", { type: "button", click: () => {
      this.write([...this.own.filter((one) => one.name !== preset.name), { name: preset.name, grade: preset.grade }].slice(-MOST));
      (this.chosen ?? this.presets[0]).button.focus();
    } }, t("colour_gallery_back"));
    this.mine.replaceChildren(el("span", { role: "status" }, t("colour_gallery_deleted", { name: preset.name })), back);
    back.focus();
  }

  // pictures -----------------------------------------------------------------------------------------------------------

  /** The frame rests on another picture now. @param {View} view */
  refresh(view) {
    const key = JSON.stringify([view.key, view.width, view.height, view.part, view.look]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.view = view;
    for (const preset of this.presets) preset.stale = true;
    this.draw();
  }

  /** Draw nothing while `on`: a slider is dragged, the clip plays. @param {boolean} on */
  hold(on) {
    this.held = on;
    this.next();
  }

  draw() {
    this.waiting = this.presets.filter((preset) => preset.stale);
    this.next();
  }

  /** One picture in the browser's next idle moment. */
  next() {
    if (this.planned || this.held || !this.seen || !this.view || !this.waiting.length) return;
    const idle = window.requestIdleCallback ?? ((/** @type {() => void} */ call) => setTimeout(call, 60));
    this.planned = true;
    idle(() => {
      this.planned = false;
      if (this.held || !this.seen || !this.view) return;
      const preset = this.waiting.shift();
      if (preset && this.paint(preset, this.view)) this.next();
      else if (preset) this.waiting = []; // no picture now: `refresh` comes again with the next one
    }, { timeout: 1000 });
  }

  /** @param {Preset} preset @param {View} view @returns {boolean} whether there was a picture */
  paint(preset, { width, height, part, look }) {
    const [, , whole] = squareOf(width, height, part);
    const side = Math.round(SIDE * Math.min(2, window.devicePixelRatio || 1));
    const scale = Math.min(1, side / whole, LARGEST / Math.max(width, height));
    const asked = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
    const picture = this.thumbnail({ grade: { ...preset.grade }, look }, asked);
    if (!picture) {
      this.drawn = null; // so that the same view may be asked for again
      return false;
    }
    const [x, y, size] = squareOf(picture.width, picture.height, part).map(Math.round);
    const from = new OffscreenCanvas(picture.width, picture.height);
    from.getContext("2d")?.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
    const { canvas } = preset;
    canvas.width = canvas.height = Math.max(1, Math.min(size, side));
    const to = context2d(canvas);
    to.imageSmoothingQuality = "high";
    to.drawImage(from, x, y, size, size, 0, 0, canvas.width, canvas.height);
    preset.stale = false;
    return true;
  }

  // a row that scrolls -------------------------------------------------------------------------------------------------

  fade() {
    const { scrollLeft, scrollWidth, clientWidth } = this.row;
    const most = "28px";
    this.row.style.setProperty("--pcc-fade-left", scrollLeft > 4 ? most : "0px");
    this.row.style.setProperty("--pcc-fade-right", scrollLeft + clientWidth < scrollWidth - 4 ? most : "0px");
  }

  /** @param {HTMLElement} button */
  reveal(button) {
    const { row } = this;
    if (row.scrollWidth <= row.clientWidth + 1) return;
    const left = button.offsetLeft - row.offsetLeft;
    const middle = left - (row.clientWidth - button.offsetWidth) / 2;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    row.scrollTo({ left: middle, behavior: calm ? "auto" : "smooth" });
  }
}

function read() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

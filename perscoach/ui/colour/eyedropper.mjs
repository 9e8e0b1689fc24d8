// The eyedropper: the picture's colour under a crosshair, before and after the grade, and up to three pinned places.

import { el } from "../web/elements.mjs";
import { rgbToLab } from "./scopes.mjs";

export { rgbToLab };

const PINS = 3;
const RADII = [0, 2, 5]; // 1, 5 x 5 and 11 x 11 pixels
const READ_EVERY = 150; // ms between readings of what did not move; the picture may play
const SPEAK_AFTER = 500; // ms of rest
const CHIP = 126; // CSS pixels from the crosshair to the far end of its chip
/** @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `#rrggbb` of a colour in 0..255. @param {Colour.Rgb} colour */
function hexOf({ r, g, b }) {
  return `#${[r, g, b].map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Colours in 0..255, alpha 0..255.
 * @typedef {{before: Colour.Rgb, after: Colour.Rgb, alpha: number}} Picked
 * @typedef {{at: Colour.Place, sample: Sample, dot: HTMLElement, remove: HTMLButtonElement}} Pin
 */

/** A button that turns the picture into something to pick colours from, with a readout and a list of pins. */
export class Eyedropper {
  /**
   * @param {import("../web/words.mjs").Speaker} t
   * @param {Object} options
   * @param {(x: number, y: number, radius: number) => Picked|null} options.read the mean colour of the square around a pixel of the
   *   clip; null where nothing is shown
   * @param {(on: boolean) => void} [options.onActive] the picture is to be left alone: no panning, no divider
   */
  constructor(t, { read, onActive = () => {} }) {
    this.t = t;
    this.read = read;
    this.onActive = onActive;
    this.active = false;
    /** @type {Colour.Place|null} in the clip's pixels */
    this.at = null;
    /** @type {Pin[]} */
    this.pins = [];
    this.radius = RADII[1];
    this.moving = this.reading = this.speaking = 0;
    /** @type {((at: {clientX: number, clientY: number}) => Colour.Place|null)|null} */
    this.toClip = null;
    this.button = el("button", { type: "button", "aria-pressed": "false", title: t("colour_eye_help"),
      click: () => (this.active ? this.stop() : this.start()) }, t("colour_eye"));
    this.size = el("select", { "aria-label": t("colour_eye_size"),
      change: () => { this.radius = Number(this.size.value); this.readAll(); } },
      ...RADII.map((radius) => el("option", { value: radius, selected: radius === this.radius },
        radius ? `${2 * radius + 1} × ${2 * radius + 1}` : t("colour_eye_one"))));
    this.hint = el("p", { class: "pci-hint", id: `pci-hint-${Math.random().toString(36).slice(2)}`, hidden: true }, t("colour_eye_hint"));
    this.here = new Sample(t, t("colour_eye_here"));
    this.here.element.hidden = true;
    this.list = el("ol", { class: "pci-pins" });
    this.spoken = el("p", { class: "pci-spoken", role: "status" });
    this.element = el("div", { class: "pci-eye" },
      el("div", { class: "pci-row" }, this.button, this.size), this.hint, this.here.element, this.list, this.spoken);
    this.swatches = { before: el("i"), after: el("i") };
    this.code = el("b");
    this.chip = el("div", { class: "pci-chip" }, this.swatches.before, this.swatches.after, this.code);
    this.cross = el("div", { class: "pci-cross", hidden: true }, this.chip);
    this.over = el("div", { class: "pci-over",
      pointermove: (event) => this.pointed(event),
      pointerdown: (event) => event.stopPropagation(), // the picture under it would pan or wipe
      click: (event) => { this.pointed(event); this.pin(); },
      keydown: (event) => this.key(event) }, this.cross);
    document.addEventListener("keydown", (event) => {
      if (this.active && event.key === "Escape") this.stop();
    });
  }

  /**
   * Lay the eyedropper over an element that stands where the picture is (positioned). toClip({clientX, clientY}) gives the place in the
   * clip's pixels, {x, y}; it must be a straight map of those two numbers and read nothing else of the event.
   * @param {HTMLElement} element @param {(at: {clientX: number, clientY: number}) => Colour.Place|null} toClip
   */
  attach(element, toClip) {
    this.toClip = toClip;
    element.append(this.over);
  }

  start() {
    this.active = true;
    this.at ??= this.middle();
    this.tune();
    this.over.focus({ preventScroll: true });
    this.over.scrollIntoView({ block: "nearest" });
    if (this.at) this.move(this.at);
  }

  stop() {
    const back = document.activeElement === this.over;
    this.active = false;
    this.tune();
    if (back) this.button.focus({ preventScroll: true });
  }

  tune() {
    this.button.setAttribute("aria-pressed", String(this.active));
    this.over.classList.toggle("pci-active", this.active);
    /** @type {Record<string, string>} */
    const acting = { tabindex: "0", role: "application", "aria-label": this.t("colour_eye_area"), "aria-describedby": this.hint.id };
    for (const [name, value] of Object.entries(acting)) {
      if (this.active) this.over.setAttribute(name, value);
      else this.over.removeAttribute(name);
    }
    this.hint.hidden = this.cross.hidden = this.here.element.hidden = !this.active;
    this.onActive(this.active);
  }

  /** The picture, its part or its colours changed: pins follow, and are read again soon. */
  refresh() {
    if (!this.active && this.pins.length === 0) return;
    this.place();
    this.reading ||= window.setTimeout(() => {
      this.reading = 0;
      this.readAll();
    }, READ_EVERY);
  }

  /** Forget all places: another clip is opened. */
  clear() {
    this.at = null;
    this.pins = [];
    if (this.active) this.stop();
    this.showPins();
  }

  // where ----------------------------------------------------------------------------------------------------------------

  /** The clip's pixels that lie under the element, and the element's box on the page. */
  frame() {
    const box = this.over.getBoundingClientRect();
    if (!this.toClip || box.width === 0 || box.height === 0) return null;
    const first = this.toClip({ clientX: box.left, clientY: box.top });
    const last = this.toClip({ clientX: box.right, clientY: box.bottom });
    if (!first || !last) return null;
    return { left: first.x, top: first.y, width: last.x - first.x, height: last.y - first.y, box };
  }

  middle() {
    const frame = this.frame();
    return frame && { x: Math.floor(frame.left + frame.width / 2), y: Math.floor(frame.top + frame.height / 2) };
  }

  /** @param {PointerEvent|MouseEvent} event */
  pointed(event) {
    const place = this.active ? this.toClip?.(event) : null;
    if (place) this.move(place);
  }

  /** Bring the crosshair to a place of the clip, inside what is shown. @param {Colour.Place} place */
  move({ x, y }) {
    const frame = this.frame();
    if (!frame) return;
    const within = (/** @type {number} */ value, /** @type {number} */ start, /** @type {number} */ size) => Math.floor(Math.min(Math.max(value, Math.ceil(start)), Math.ceil(start + size) - 1));
    this.at = { x: within(x, frame.left, frame.width), y: within(y, frame.top, frame.height) };
    this.place();
    this.moving ||= requestAnimationFrame(() => {
      this.moving = 0;
      this.readHere();
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.active) return;
    const step = event.shiftKey ? 10 : 1;
    if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      const from = this.at ?? this.middle();
      if (from) this.move({ x: from.x + dx * step, y: from.y + dy * step });
    } else if (event.key === "Enter" || event.key === " ") this.pin();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the step's own shortcuts
  }

  place() {
    const frame = this.frame();
    if (!frame) return;
    const { box } = frame;
    const put = (/** @type {HTMLElement} */ element, /** @type {Colour.Place} */ { x, y }) => {
      const left = ((x + 0.5 - frame.left) / frame.width) * box.width;
      const top = ((y + 0.5 - frame.top) / frame.height) * box.height;
      element.style.transform = `translate(${left}px, ${top}px)`;
      return { left, top };
    };
    for (const pin of this.pins) put(pin.dot, pin.at);
    if (!this.at) return;
    const { left, top } = put(this.cross, this.at); // its chip stays in the picture where there is room for it
    const side = box.width - left >= CHIP ? "right" : left >= CHIP ? "left" : "middle";
    this.cross.dataset.side = `${top > box.height / 2 ? "above" : "below"} ${side}`;
  }

  // what -----------------------------------------------------------------------------------------------------------------

  readAll() {
    if (this.active) this.readHere();
    for (const pin of this.pins) pin.sample.show(pin.at, this.read(pin.at.x, pin.at.y, this.radius));
  }

  readHere() {
    if (!this.active || !this.at) return;
    const got = this.read(this.at.x, this.at.y, this.radius);
    this.here.show(this.at, got);
    this.chip.hidden = !got;
    if (got) {
      this.swatches.before.style.background = hexOf(got.before);
      this.swatches.after.style.background = hexOf(got.after);
      this.code.textContent = hexOf(got.after);
    }
    clearTimeout(this.speaking);
    const sentence = this.here.sentence();
    this.speaking = window.setTimeout(() => {
      if (this.spoken.textContent !== sentence) this.spoken.textContent = sentence;
    }, SPEAK_AFTER);
  }

  /** Keep the place under the crosshair; a fourth pin replaces the first. */
  pin() {
    if (!this.at) return;
    if (this.pins.length === PINS) this.pins.shift();
    const sample = new Sample(this.t, "");
    const remove = el("button", { type: "button", class: "pci-remove", click: () => this.unpin(pin) }, "×");
    /** @type {Pin} */
    const pin = { at: { ...this.at }, sample, dot: el("div", { class: "pci-dot", "aria-hidden": "true" }), remove };
    sample.show(pin.at, this.read(pin.at.x, pin.at.y, this.radius));
    sample.title.append(remove);
    this.pins.push(pin);
    this.showPins();
  }

  /** @param {Pin} pin */
  unpin(pin) {
    const index = this.pins.indexOf(pin);
    this.pins.splice(index, 1);
    this.showPins();
    (this.pins[Math.min(index, this.pins.length - 1)]?.remove ?? this.button).focus({ preventScroll: true });
  }

  showPins() {
    this.list.replaceChildren(...this.pins.map((pin, i) => {
      pin.dot.textContent = String(i + 1);
      pin.sample.name(this.t("colour_eye_pin", { number: i + 1 }));
      pin.remove.setAttribute("aria-label", this.t("colour_eye_remove", { number: i + 1 }));
      return el("li", {}, pin.sample.element);
    }));
    this.over.replaceChildren(...this.pins.map((pin) => pin.dot), this.cross);
    this.place();
  }
}

/** One place's colours as a small table. */
class Sample {
  /** @param {import("../web/words.mjs").Speaker} t @param {string} name */
  constructor(t, name) {
    this.t = t;
    /** @type {Picked|null} */
    this.got = null;
    this.label = el("span", {}, name);
    this.where = el("span", { class: "pci-where" });
    this.title = el("div", { class: "pci-title" }, this.label, this.where);
    const rows = /** @type {const} */ ([["hex", "#"], ["codes", t("colour_eye_rgb")], ["lab", t("colour_eye_lab")]]);
    this.columns = /** @type {const} */ (["before", "after"]).map((kind) => ({ kind, swatch: el("i", { "aria-hidden": "true" }), hex: el("td"), codes: el("td"), lab: el("td") }));
    this.none = el("p", { class: "pci-none", hidden: true }, t("colour_eye_outside"));
    this.table = el("table", {},
      el("thead", {}, el("tr", {}, el("td"), ...this.columns.map(({ kind, swatch }) =>
        el("th", { scope: "col" }, swatch, t(`colour_${kind}`))))),
      el("tbody", {}, ...rows.map(([name, word]) =>
        el("tr", {}, el("th", { scope: "row" }, word), ...this.columns.map((column) => column[name])))));
    this.element = el("div", { class: "pci-sample" }, this.title, this.table, this.none);
  }

  /** @param {string} name */
  name(name) {
    this.label.textContent = name;
  }

  /** @param {Colour.Place} place @param {Picked|null} got */
  show({ x, y }, got) {
    this.got = got;
    this.where.textContent = this.t("colour_eye_at", { x: String(x), y: String(y) });
    this.table.hidden = !got;
    this.none.hidden = Boolean(got);
    if (!got) return;
    for (const { kind, swatch, hex, codes, lab } of this.columns) {
      const colour = got[kind];
      swatch.style.background = hex.textContent = hexOf(colour);
      codes.textContent = [colour.r, colour.g, colour.b].map(Math.round).join(" ");
      lab.textContent = this.lab(colour);
    }
  }

  /** @param {Colour.Rgb} colour */
  lab(colour) {
    /** @type {Intl.NumberFormatOptions} */
    const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "negative" };
    return rgbToLab(colour).map((value) => value.toLocaleString(this.t.language, digits).replace("-", "−")).join(" ");
  }

  sentence() {
    if (!this.got) return this.t("colour_eye_outside");
    return `${this.where.textContent}. ${this.t("colour_after")}: ${hexOf(this.got.after)}, ${this.t("colour_eye_lab")} ${this.lab(this.got.after)}`;
  }
}

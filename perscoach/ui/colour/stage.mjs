// The picture's place: its size on the page, the divider between before and after, the backdrop, and moving about at 1:1.

import { el } from "../web/elements.mjs";
import { openScreen } from "./screen.mjs";

const BOX = 0.56; // of the window's height
const NARROW = window.matchMedia("(max-width: 860px)"); // there the picture stays in sight above the sliders
const NARROW_BOX = 0.34;
const GROW = 2; // a small clip is shown at most this much larger

export class Stage {
  /**
   * @param {Shared.Maths} maths @param {import("../web/words.mjs").Speaker} t
   * @param {{wants: (middle: Colour.Place) => void, split: () => void}} on wants: another part of the picture should be shown,
   *   its middle in 0..1; split: the divider has moved
   */
  constructor(maths, t, { wants, split }) {
    this.t = t;
    this.wants = wants;
    this.onSplit = split;
    this.mode = "fit";
    this.divider = 50;
    this.busy = false; // the picture is to be left alone
    this.shift = { x: 0, y: 0 };
    this.key = "";
    this.full = { width: 1, height: 1 };
    /** @type {number[]|null} x, y, width, height of what is shown, in the clip's pixels */
    this.part = null;
    /** @type {Colour.Size} */
    this.clip = { width: 1, height: 1 };
    this.after = el("canvas", { class: "pcc-after", role: "img", "aria-label": t("colour_picture") });
    this.before = el("canvas", { class: "pcc-before", "aria-hidden": "true" });
    this.handle = el("div", {
      class: "pcc-handle",
      role: "slider",
      tabindex: "0",
      "aria-label": t("colour_wipe_handle"),
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    });
    this.paper = el("div", { class: "pcc-paper" }, this.after, this.before, this.handle);
    this.badges = ["left", "right"].map((side) => el("span", { class: `pcc-badge pcc-${side}` }));
    this.paper.append(...this.badges);
    this.name(t("colour_before"), t("colour_after"));
    this.element = el("div", { class: "pcc-box", "data-compare": "off", "data-backdrop": "room" }, this.paper);
    this.screen = openScreen(this.after, this.before, maths);
    this.after = this.screen.canvas;
    this.element.dataset.screen = this.screen.kind;
    this.listen();
    this.split(50);
  }

  /** What stands on either side of the divider. @param {string} left @param {string} right */
  name(left, right) {
    this.badges[0].textContent = left;
    this.badges[1].textContent = right;
  }

  /** What of the clip should be sent for this box. */
  view() {
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.room();
    if (this.mode === "fit") return { mode: "fit", pixels: Math.round(width * height * ratio * ratio) };
    return { mode: "pixels", width: Math.round(width * ratio), height: Math.round(height * ratio) };
  }

  room() {
    return { width: Math.max(200, this.element.clientWidth), height: Math.max(200, window.innerHeight * (NARROW.matches ? NARROW_BOX : BOX)) };
  }

  /**
   * Make the canvas ready for a picture that shows this part of the clip; `fine` below 1 takes fewer pixels for
   * the same place.
   * @param {Colour.Size} size @param {number[]} part @param {Colour.Size} clip @param {number} [fine]
   */
  frame({ width, height }, part, clip, fine = 1) {
    const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * fine)));
    if (this.after.width !== w) this.after.width = w;
    if (this.after.height !== h) this.after.height = h;
    const key = [this.mode, width, height, ...part].join();
    if (key === this.key) return;
    Object.assign(this, { key, full: { width, height }, part, clip });
    this.paper.dataset.part = part.join(",");
    this.place(0, 0);
    this.fit();
  }

  fit() {
    if (!this.part) return;
    const { width, height } = this.full;
    const ratio = window.devicePixelRatio || 1;
    const room = this.room();
    const scale = this.mode === "fit" ? Math.min(room.width / width, room.height / height, GROW) : 1 / ratio;
    this.paper.style.width = `${width * scale}px`;
    this.paper.style.height = `${height * scale}px`;
  }

  /** How much of the width shows the left of the comparison. */
  get share() {
    const kind = this.element.dataset.compare;
    return kind === "before" ? 1 : kind === "wipe" ? this.divider / 100 : 0;
  }

  /** A place of the page in the clip's pixels; null while there is no picture. @param {{clientX: number, clientY: number}} at @returns {Colour.Place|null} */
  at({ clientX, clientY }) {
    const box = this.paper.getBoundingClientRect();
    if (!this.part || !box.width || !box.height) return null;
    const [left, top, width, height] = this.part;
    return { x: left + ((clientX - box.left) / box.width) * width, y: top + ((clientY - box.top) / box.height) * height };
  }

  /** @param {string} name @param {string} colour */
  backdrop(name, colour) {
    this.element.dataset.backdrop = name;
    this.element.style.setProperty("--pcc-own", colour);
  }

  /** @param {'off'|'before'|'wipe'} kind before: all of it */
  compare(kind) {
    this.element.dataset.compare = kind;
  }

  /** @param {number} percent */
  split(percent) {
    this.divider = Math.min(100, Math.max(0, percent));
    this.element.style.setProperty("--pcc-split", `${this.divider}%`);
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.divider)));
    this.onSplit();
  }

  /** @param {number} x @param {number} y CSS pixels */
  place(x, y) {
    this.shift = { x, y };
    this.after.style.transform = this.before.style.transform = x || y ? `translate(${x}px, ${y}px)` : "";
  }

  listen() {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
    this.handle.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      this.split(this.divider + steps[event.key]);
    });
    this.paper.addEventListener("pointerdown", (event) => this.grab(event));
    this.paper.addEventListener("keydown", (event) => {
      /** @type {Record<string, number[]>} */
      const moves = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, -0.25], ArrowDown: [0, 0.25] };
      if (this.mode !== "pixels" || !this.part || !(event.key in moves)) return;
      event.preventDefault();
      const [x, y] = moves[event.key];
      const [, , width, height] = this.part;
      this.moveBy(x * width, y * height);
    });
  }

  /** @param {PointerEvent} event */
  grab(event) {
    const wiping = this.element.dataset.compare === "wipe" && (this.mode === "fit" || event.target === this.handle);
    if (!this.part || this.busy || event.button !== 0 || !(wiping || this.mode === "pixels")) return;
    event.preventDefault();
    const start = { x: event.clientX, y: event.clientY };
    const box = this.paper.getBoundingClientRect();
    const move = (/** @type {PointerEvent} */ at) => {
      if (wiping) this.split(((at.clientX - box.left) / box.width) * 100);
      else this.place(at.clientX - start.x, at.clientY - start.y);
    };
    const stop = () => {
      this.paper.removeEventListener("pointermove", move);
      this.paper.removeEventListener("pointerup", stop);
      this.paper.removeEventListener("pointercancel", stop);
      const ratio = window.devicePixelRatio || 1;
      if (!wiping && (this.shift.x || this.shift.y)) this.moveBy(-this.shift.x * ratio, -this.shift.y * ratio);
    };
    if (wiping) this.handle.focus({ preventScroll: true });
    this.paper.setPointerCapture(event.pointerId);
    this.paper.addEventListener("pointermove", move);
    this.paper.addEventListener("pointerup", stop);
    this.paper.addEventListener("pointercancel", stop);
    move(event);
  }

  /** Ask for the part that lies this many of the clip's pixels away. @param {number} x @param {number} y */
  moveBy(x, y) {
    const { part, clip } = this;
    if (!part) return;
    const middle = (/** @type {number} */ start, /** @type {number} */ size, /** @type {number} */ step, /** @type {number} */ all) => Math.min(1, Math.max(0, (start + size / 2 + step) / all));
    this.wants({ x: middle(part[0], part[2], x, clip.width), y: middle(part[1], part[3], y, clip.height) });
  }
}

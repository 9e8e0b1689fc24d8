// The picture: before and after on two canvases, the divider between them, the backdrop, and moving about at 1:1.

import { el } from "./dom.mjs";
import { render } from "./grade.mjs";

const BOX = 0.56; // of the window's height
const NARROW = window.matchMedia("(max-width: 860px)"); // there the picture stays in sight above the sliders
const NARROW_BOX = 0.42;
const GROW = 2; // a small clip is shown at most this much larger

export class Stage {
  /** wants(view change): called when another part of the picture should be shown, with its middle {x, y} in 0..1. */
  constructor(maths, neutral, t, wants) {
    Object.assign(this, { maths, neutral, wants, source: null, grade: neutral, mode: "fit", divider: 50 });
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
    this.badges = [
      el("span", { class: "pcc-badge pcc-left" }, t("colour_before")),
      el("span", { class: "pcc-badge pcc-right" }, t("colour_after")),
    ];
    this.paper.append(...this.badges);
    this.element = el("div", { class: "pcc-box", "data-compare": "off", "data-backdrop": "room" }, this.paper);
    this.listen();
    this.split(50);
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

  /** Show a picture {width, height, planes, alpha, part} with a grade. */
  show(source, grade) {
    const fresh = source !== this.source;
    this.source = source;
    this.grade = grade;
    if (fresh) {
      for (const canvas of [this.after, this.before]) {
        if (canvas.width !== source.width || canvas.height !== source.height) {
          canvas.width = source.width;
          canvas.height = source.height;
        }
      }
      this.place(0, 0);
      this.fit();
      this.image = null;
      this.draw(this.before, this.neutral);
    }
    this.draw(this.after, grade);
  }

  draw(canvas, grade) {
    const { width, height, alpha } = this.source;
    this.image ??= new ImageData(width, height);
    canvas.getContext("2d").putImageData(render(this.source, alpha, grade, this.maths, this.image), 0, 0);
  }

  fit() {
    if (!this.source) return;
    const { width, height } = this.source;
    const ratio = window.devicePixelRatio || 1;
    const room = this.room();
    const scale = this.mode === "fit" ? Math.min(room.width / width, room.height / height, GROW) : 1 / ratio;
    this.paper.style.width = `${width * scale}px`;
    this.paper.style.height = `${height * scale}px`;
  }

  backdrop(name, colour) {
    this.element.dataset.backdrop = name;
    this.element.style.setProperty("--pcc-own", colour);
  }

  /** off, before (all of it) or wipe. */
  compare(kind) {
    this.element.dataset.compare = kind;
  }

  split(percent) {
    this.divider = Math.min(100, Math.max(0, percent));
    this.element.style.setProperty("--pcc-split", `${this.divider}%`);
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.divider)));
  }

  place(x, y) {
    this.shift = { x, y };
    this.after.style.transform = this.before.style.transform = x || y ? `translate(${x}px, ${y}px)` : "";
  }

  listen() {
    const steps = { ArrowLeft: -2, ArrowRight: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
    this.handle.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      this.split(this.divider + steps[event.key]);
    });
    this.paper.addEventListener("pointerdown", (event) => this.grab(event));
    this.paper.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-0.25, 0], ArrowRight: [0.25, 0], ArrowUp: [0, -0.25], ArrowDown: [0, 0.25] };
      if (this.mode !== "pixels" || !(event.key in moves)) return;
      event.preventDefault();
      const [x, y] = moves[event.key];
      const [, , width, height] = this.source.part;
      this.moveBy(x * width, y * height);
    });
  }

  grab(event) {
    const wiping = this.element.dataset.compare === "wipe" && (this.mode === "fit" || event.target === this.handle);
    if (!this.source || event.button !== 0 || !(wiping || this.mode === "pixels")) return;
    event.preventDefault();
    const start = { x: event.clientX, y: event.clientY };
    const box = this.paper.getBoundingClientRect();
    const move = (at) => {
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

  /** Ask for the part that lies this many of the clip's pixels away. */
  moveBy(x, y) {
    const { part, clip } = this.source;
    const middle = (start, size, step, all) => Math.min(1, Math.max(0, (start + size / 2 + step) / all));
    this.wants({ x: middle(part[0], part[2], x, clip.width), y: middle(part[1], part[3], y, clip.height) });
  }
}

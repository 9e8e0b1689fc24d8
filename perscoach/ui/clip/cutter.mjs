// Trim and crop on the picture: a filmstrip with two handles below the video, and a rectangle on it.

import { context2d, el } from "../web/elements.mjs";

const MOST_FRAMES = 24; // of the strip
const HEIGHT = 56;
const LEAST = 0.2; // seconds that stay
const SMALLEST = 0.1; // of the picture's width and height
const ASPECTS = ["free", "9:16", "3:4", "1:1", "16:9"];

/** @typedef {{x: number, y: number, w: number, h: number}} Box parts of the picture, 0..1 */
/** @typedef {Record<string, string>} Words */

const clamp = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) => Math.min(high, Math.max(low, value));

/**
 * The largest box of an aspect inside a box, about its middle.
 * @param {Box} box @param {number|null} aspect width to height, in pixels @param {number} picture the picture's own aspect @returns {Box}
 */
export function fitted(box, aspect, picture) {
  if (aspect === null) return box;
  const ratio = aspect / picture; // of the parts
  const w = Math.min(box.w, box.h * ratio);
  const h = w / ratio;
  return { x: box.x + (box.w - w) / 2, y: box.y + (box.h - h) / 2, w, h };
}

/** @param {string} name @returns {number|null} */
export function aspectOf(name) {
  const [width, height] = name.split(":").map(Number);
  return height ? width / height : null;
}

/** Draws the trim and crop controls into `place`. @param {HTMLElement} place @param {HTMLVideoElement} video @param {Words} words */
export function start(place, video, words) {
  return new Cutter(place, video, words);
}

class Cutter {
  /** @param {HTMLElement} place @param {HTMLVideoElement} video @param {Words} words */
  constructor(place, video, words) {
    this.video = video;
    this.words = words;
    this.from = this.to = 0;
    /** @type {Box} */
    this.box = { x: 0, y: 0, w: 1, h: 1 };
    this.aspect = "free";
    this.strip = el("canvas", { class: "pcu-strip", height: HEIGHT, "aria-hidden": "true" });
    this.handles = [this.handle("from"), this.handle("to")];
    this.shade = [el("i", {}), el("i", {})];
    this.line = el("b", {});
    this.track = el("div", { class: "pcu-track", pointerdown: (event) => this.seekAt(event) }, this.strip, ...this.shade, this.line, ...this.handles);
    this.rectangle = el("div", { class: "pcu-box", tabindex: "0", role: "group", "aria-label": words.box, pointerdown: (event) => this.grab(event, ""),
      keydown: (event) => this.boxKey(event) },
      ...["nw", "ne", "sw", "se"].map((corner) => el("span", { class: `pcu-corner pcu-${corner}`, pointerdown: (event) => this.grab(event, corner) })));
    this.rectangle.hidden = true;
    video.parentElement?.append(this.rectangle);
    this.select = el("select", { "aria-label": words.aspect, change: () => this.chooseAspect(this.select.value) },
      el("option", { value: "off" }, words.whole_picture), ...ASPECTS.map((name) => el("option", { value: name }, name === "free" ? words.free : name)));
    this.times = el("span", { class: "pcu-times", role: "status" });
    this.apply = el("button", { type: "button", class: "pc-plain pcu-apply", disabled: true, click: () => this.send() }, words.apply);
    place.replaceChildren(this.track, el("div", { class: "pcu-row" },
      el("button", { type: "button", class: "pc-plain", "aria-keyshortcuts": "I", click: () => this.set("from", video.currentTime) }, words.start_here),
      el("button", { type: "button", class: "pc-plain", "aria-keyshortcuts": "O", click: () => this.set("to", video.currentTime) }, words.end_here),
      el("label", { class: "pcu-aspect" }, words.aspect, this.select), this.times, this.apply));
    video.addEventListener("timeupdate", () => this.place());
    video.addEventListener("seeked", () => this.place());
    document.addEventListener("keydown", (event) => this.key(event));
    if (video.readyState >= 1) this.ready();
    else video.addEventListener("loadedmetadata", () => this.ready(), { once: true });
  }

  get length() {
    return Number.isFinite(this.video.duration) ? this.video.duration : 0;
  }

  ready() {
    this.to = this.length;
    this.show();
    this.draw();
  }

  /** Frames of the clip, from a second player so that the first one stays where it is. */
  async draw() {
    const { video, strip } = this;
    const width = Math.max(200, this.track.clientWidth);
    strip.width = width;
    const context = context2d(strip);
    const reader = el("video", { muted: true, preload: "auto", src: video.currentSrc || video.src });
    const frames = clamp(Math.floor(width / (HEIGHT * (video.videoWidth / video.videoHeight || 1))), 4, MOST_FRAMES);
    const step = width / frames;
    for (let i = 0; i < frames; i++) {
      const seeked = new Promise((done, failed) => {
        reader.addEventListener("seeked", () => done(null), { once: true });
        reader.addEventListener("error", failed, { once: true });
      });
      reader.currentTime = ((i + 0.5) / frames) * this.length;
      try {
        await seeked;
      } catch {
        return;
      }
      const scale = Math.max(step / reader.videoWidth, HEIGHT / reader.videoHeight);
      const [w, h] = [reader.videoWidth * scale, reader.videoHeight * scale];
      context.save();
      context.beginPath();
      context.rect(i * step, 0, step, HEIGHT);
      context.clip();
      context.drawImage(reader, i * step + (step - w) / 2, (HEIGHT - h) * 0.3, w, h); // heads are above the middle
      context.restore();
    }
    reader.removeAttribute("src");
  }

  // time ---------------------------------------------------------------------------------------------------------------

  /** @param {"from"|"to"} end */
  handle(end) {
    return el("div", { class: `pcu-handle pcu-${end}`, role: "slider", tabindex: "0", "aria-label": this.words[end], "aria-valuenow": "0",
      pointerdown: (event) => this.drag(event, end),
      keydown: (event) => {
        /** @type {Record<string, number>} */
        const steps = { ArrowLeft: -0.04, ArrowRight: 0.04, PageDown: -1, PageUp: 1, Home: -1e6, End: 1e6 };
        if (!(event.key in steps)) return;
        event.preventDefault();
        this.set(end, this[end] + steps[event.key]);
      } });
  }

  /** @param {"from"|"to"} end @param {number} time */
  set(end, time) {
    if (end === "from") this.from = clamp(time, 0, this.to - LEAST);
    else this.to = clamp(time, this.from + LEAST, this.length);
    this.video.currentTime = this[end];
    this.show();
  }

  /** @param {PointerEvent} event */
  timeAt(event) {
    const box = this.track.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1) * this.length;
  }

  /** @param {PointerEvent} event */
  seekAt(event) {
    this.video.currentTime = this.timeAt(event);
  }

  /** @param {PointerEvent} event @param {"from"|"to"} end */
  drag(event, end) {
    event.preventDefault();
    event.stopPropagation();
    this.handles[end === "from" ? 0 : 1].focus();
    follow(event, (at) => this.set(end, this.timeAt(at)));
  }

  /** In and out, as in editing programs. @param {KeyboardEvent} event */
  key(event) {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.track.isConnected || this.track.offsetParent === null) return;
    if (event.key.toLowerCase() === "i") this.set("from", this.video.currentTime);
    else if (event.key.toLowerCase() === "o") this.set("to", this.video.currentTime);
  }

  // the rectangle ------------------------------------------------------------------------------------------------------

  /** @param {string} name */
  chooseAspect(name) {
    this.aspect = name;
    this.rectangle.hidden = name === "off";
    this.video.controls = name === "off"; // they would lie under the rectangle; the strip seeks
    const start = name === "off" ? { x: 0, y: 0, w: 1, h: 1 } : { x: 0.05, y: 0.05, w: 0.9, h: 0.9 };
    this.box = fitted(start, aspectOf(name), this.video.videoWidth / this.video.videoHeight);
    this.show();
  }

  /** @param {PointerEvent} event @param {string} corner empty: the whole rectangle is moved */
  grab(event, corner) {
    event.preventDefault();
    event.stopPropagation();
    this.rectangle.focus();
    const picture = this.video.getBoundingClientRect();
    const [x, y, was] = [event.clientX, event.clientY, { ...this.box }];
    follow(event, (at) => this.move(was, corner, (at.clientX - x) / picture.width, (at.clientY - y) / picture.height));
  }

  /** @param {Box} was @param {string} corner @param {number} dx @param {number} dy */
  move(was, corner, dx, dy) {
    if (!corner) {
      this.box = { ...was, x: clamp(was.x + dx, 0, 1 - was.w), y: clamp(was.y + dy, 0, 1 - was.h) };
      return this.show();
    }
    const [west, north] = [corner.includes("w"), corner.includes("n")];
    const right = was.x + was.w;
    const bottom = was.y + was.h;
    let w = clamp(was.w + (west ? -dx : dx), SMALLEST, west ? right : 1 - was.x);
    let h = clamp(was.h + (north ? -dy : dy), SMALLEST, north ? bottom : 1 - was.y);
    const aspect = aspectOf(this.aspect);
    if (aspect !== null) {
      const ratio = aspect / (this.video.videoWidth / this.video.videoHeight);
      w = Math.min(w, h * ratio);
      h = w / ratio;
    }
    this.box = { x: west ? right - w : was.x, y: north ? bottom - h : was.y, w, h };
    this.show();
  }

  /** Arrow keys move the rectangle; with Shift they change its size. @param {KeyboardEvent} event */
  boxKey(event) {
    /** @type {Record<string, number[]>} */
    const moves = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation();
    const [dx, dy] = moves[event.key];
    this.move({ ...this.box }, event.shiftKey ? "se" : "", dx, dy);
  }

  // what is seen and sent ----------------------------------------------------------------------------------------------

  place() {
    if (this.length) this.line.style.left = `${(100 * this.video.currentTime) / this.length}%`;
  }

  show() {
    const { length, box } = this;
    if (!length) return;
    const [from, to] = [this.from, this.to].map((time) => (100 * time) / length);
    this.handles[0].style.left = `${from}%`;
    this.handles[1].style.left = `${to}%`;
    this.shade[0].style.width = `${from}%`;
    this.shade[1].style.width = `${100 - to}%`;
    const seconds = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.handles.forEach((handle, i) => {
      const time = i ? this.to : this.from;
      for (const [name, value] of Object.entries({ valuemin: 0, valuemax: length, valuenow: time, valuetext: seconds.format(time) })) handle.setAttribute(`aria-${name}`, String(value));
    });
    this.times.textContent = `${seconds.format(this.from)}–${seconds.format(this.to)} ${this.words.seconds} · ${seconds.format(this.to - this.from)} ${this.words.seconds}`;
    Object.assign(this.rectangle.style, { left: `${100 * box.x}%`, top: `${100 * box.y}%`, width: `${100 * box.w}%`, height: `${100 * box.h}%` });
    this.place();
    this.apply.disabled = this.from < 0.005 && this.to > length - 0.005 && Boolean(this.rectangle.hidden);
  }

  /** The choice goes through a field and a button of Gradio's. */
  send() {
    const field = /** @type {HTMLTextAreaElement|HTMLInputElement|null} */ (document.querySelector("#pc-cut-values textarea, #pc-cut-values input"));
    if (!field) return;
    const whole = Boolean(this.rectangle.hidden);
    field.value = JSON.stringify({ from: this.from, to: this.to, length: this.length, box: whole ? null : this.box });
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => document.getElementById("pc-cut-apply")?.click(), 50); // Gradio takes the value first
  }
}

/** Follow the pointer until it is let go. @param {PointerEvent} event @param {(at: PointerEvent) => void} move */
function follow(event, move) {
  const target = /** @type {HTMLElement} */ (event.currentTarget);
  target.setPointerCapture(event.pointerId);
  const stop = () => {
    target.removeEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) target.removeEventListener(name, stop);
  };
  target.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, stop);
}

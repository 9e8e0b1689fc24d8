// One movement on the page: the clip with its joints, the body in 3D, the angles, and what moves through them.

import { el, sign } from "../web/elements.mjs";
import { parseEngine } from "../web/format.mjs";
import { number } from "../web/locale.mjs";
import { fetched } from "./answer.mjs";
import { Curve } from "./curve.mjs";
import { DASHES, Engines } from "./engines.mjs";
import { guessedLimbs } from "./guesses.mjs";
import { Picture } from "./picture.mjs";
import { playByClock, playVideo } from "./playing.mjs";
import { Scene, sideColour } from "./scene.mjs";

/** @typedef {((key: string, values?: Record<string, unknown>) => string) & {language: import("../web/locale.mjs").Language}} Words */
/** @typedef {import("../web/format.mjs").Track} Track */

const ICONS = { play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z", back: "M17 5v14L8 12zM5 5h2v14H5z", next: "M7 5v14l9-7zM17 5h2v14h-2z", loop: "M7 7h9v3l5-4.5L16 1v3H4v8h3zM17 17H8v-3l-5 4.5L8 23v-3h12v-8h-3z" };
const ANGLE_ROWS = ["knee", "hip", "ankle", "shoulder", "elbow"];
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];

export class Page {
  /**
   * @param {HTMLElement} root @param {Words} t @param {any} Plotly @param {import("../web/format.mjs").Movement} movement
   * @param {AbortSignal} signal the movement is closed
   */
  constructor(root, t, Plotly, movement, signal) {
    this.root = root;
    this.t = t;
    this.movement = movement;
    this.signal = signal;
    this.frame = 0;
    /** The first and the last frame that play: all, or those of one repetition. */
    this.first = 0;
    this.last = movement.frames - 1;
    this.drawn = -1;
    this.playing = false;
    /** @type {Promise<void>|null} */
    this.drawing = null;
    /** @type {object|null} the present playing; another one ends it */
    this.run = null;
    /** @type {string|null} */
    this.engineUrl = null;
    /** @type {{joint: number, x: number, y: number}|null} */
    this.hovered = null;
    this.selected = "knee";
    /** @type {[HTMLElement, number][]} the values beside the curve, and their angles */
    this.cells = [];

    const video = el("video", { playsinline: true, preload: "auto", "aria-label": t("clip") });
    const canvas = el("canvas", {});
    this.pictureNote = el("span", { class: "pcv-note" }, t("loading_clip"));
    const box = el("div", { class: "pcv-picture" }, this.pictureNote, video, canvas);
    const scene = el("div", { class: "pcv-scene", role: "group", "aria-label": t("body") });
    this.tip = el("div", { class: "pcv-tip", hidden: true });
    this.miss = el("div", { class: "pcv-miss", hidden: true }, t("no_body"));
    this.curveTitle = el("span", {});
    this.compare = new Engines(t, movement.header.engine, () => this.compared());
    this.legend = el("span", { class: "pcv-legend" },
      el("i", { style: `background:${sideColour("left_")}` }), t("left"), el("i", { style: `background:${sideColour("right_")}` }), t("right"));
    const curve = el("canvas", { class: "pcv-curve", role: "img", "aria-label": t("curve") });
    this.playButton = this.button("play", () => this.toggle(), [sign(ICONS.play)], { class: "pcv-play" });
    this.range = el("input", { type: "range", min: "0", max: String(movement.frames - 1), step: "1", value: "0", "aria-label": t("frame"),
      input: () => this.jump(Number(this.range.value)) });
    this.time = el("output", { class: "pcv-time" });
    this.loop = this.button("loop", () => this.setLoop(this.loop.getAttribute("aria-pressed") !== "true"), [sign(ICONS.loop), t("loop")],
      { class: "pcv-loop", "aria-pressed": "false", hidden: !movement.repetitions.length });
    this.speed = el("select", { "aria-label": t("speed"), title: t("speed"), change: () => { if (this.playing) { this.pause(); this.play(); } } },
      ...SPEEDS.map((s) => el("option", { value: String(s), selected: s === 1 }, `${s.toLocaleString(t.language)}×`)));
    root.replaceChildren(
      el("div", { class: "pcv-top" }, el("div", { class: "pcv-clip" }, box, this.compare.bar), el("div", { class: "pcv-stage" }, scene, this.views(), this.miss)),
      el("div", { class: "pcv-controls" }, this.button("back", () => this.step(-1), [sign(ICONS.back)], { "data-step": "-1" }), this.playButton,
        this.button("next", () => this.step(1), [sign(ICONS.next)], { "data-step": "1" }), this.range, this.time, this.speed, this.loop),
      el("div", { class: "pcv-bottom" }, this.angles(),
        el("div", { class: "pcv-graph" }, el("div", { class: "pcv-head" }, this.curveTitle, this.legend, this.compare.legend), curve)),
      this.compare.said, el("p", { class: "pcv-keys" }, t("keys")), this.tip);
    this.curve = new Curve(curve, movement.frames, (frame) => this.jump(frame));
    this.scene = new Scene(Plotly, scene, movement, (joint, event) => this.hover(joint, event));
    this.picture = new Picture(box, video, canvas, movement);
    this.lanes = this.lanesOf(this.selected);
    this.select([...ANGLE_ROWS, "trunk"].find((key) => this.isKnown(key)) ?? "knee");
    const named = movement.header.angles.map((a) => a.joint).filter((j) => j >= 0);
    canvas.addEventListener("pointermove", (event) => this.hover(this.picture.jointAt(event, named), event));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("click", () => { if (this.hovered) this.select(this.angleAt(this.hovered.joint)); });
  }

  /**
   * @param {string} key @param {() => void} action @param {(Node|string)[]} [children]
   * @param {import("../web/elements.mjs").Attributes} [attributes]
   */
  button(key, action, children = [], attributes = {}) {
    return el("button", { type: "button", title: this.t(key), "aria-label": this.t(key), click: action, ...attributes }, ...children);
  }

  views() {
    const views = /** @type {const} */ (["filmed", "front", "side", "top"]).map((name) =>
      this.button(`view_${name}`, () => this.scene.view(name, this.frame), [this.t(`view_${name}`)], { "data-view": name }));
    const modes = /** @type {const} */ (["both", "mesh", "skeleton"]).map((mode) =>
      this.button(`show_${mode}`, () => this.mode(mode), [this.t(`show_${mode}`)], { "data-mode": mode, "aria-pressed": String(mode === "both") }));
    return el("div", { class: "pcv-views" }, el("div", { class: "pcv-set" }, ...modes), el("div", { class: "pcv-set" }, ...views));
  }

  /** The table of angles: a row for a joint, left and right. */
  angles() {
    const { t } = this;
    const index = Object.fromEntries(this.movement.header.angles.map((a, i) => [a.name, i]));
    const cell = (/** @type {string} */ name) => {
      const node = el("span", { class: "pcv-value" });
      this.cells.push([node, index[name]]);
      return node;
    };
    const off = (/** @type {string} */ key) => this.movement.header.angles.find((a) => a.name.endsWith(key))?.off;
    const label = (/** @type {string} */ key) =>
      el("span", {}, t(`angle_${key}`), ...(off(key) ? [el("small", { class: "pcv-off", title: t("angle_off") }, ` ±${off(key)}°`)] : []));
    const row = (/** @type {string} */ key, /** @type {HTMLElement[]} */ ...cells) =>
      el("button", { type: "button", class: "pcv-row", "data-angle": key, click: () => this.select(key) }, label(key), ...cells);
    const guesses = guessedLimbs(this.movement, t);
    return el("div", { class: "pcv-angles" }, ...(guesses ? [el("p", { class: "pcv-guess" }, guesses)] : []),
      el("div", { class: "pcv-row pcv-title" }, el("span", {}, t("angles")), el("span", {}, t("left")), el("span", {}, t("right"))),
      ...ANGLE_ROWS.map((key) => row(key, cell(`left_${key}`), cell(`right_${key}`))), row("trunk", el("span", {}), cell("trunk")));
  }

  // ------------------------------------------------------------------------------------------------------------ loading

  /** @param {string|null} url */
  async loadClip(url) {
    try {
      if (!url) throw new Error("none");
      await this.picture.load(url, this.signal);
      this.picture.seek(this.frame);
      this.root.dataset.clip = "ready";
    } catch {
      if (this.signal.aborted) return;
      this.root.dataset.clip = "missing";
      this.pictureNote.textContent = this.t("no_clip");
    }
  }

  /** Another engine's movement of the same clip, or none. @param {string|null} url */
  async loadEngine(url) {
    if (url === this.engineUrl) return;
    this.engineUrl = url;
    const { signal } = this;
    try {
      const other = url ? parseEngine(await fetched(url, signal)) : null;
      if (other && other.track.frames !== this.movement.frames) throw new Error("another movement");
      if (signal.aborted || this.engineUrl !== url) return;
      this.compare.use(other);
      this.compared();
    } catch (error) {
      if (!signal.aborted) console.warn("compare:", error); // the viewer is whole without it
    }
  }

  /** What is drawn changed: one engine, the other, or both. */
  compared() {
    this.legend.hidden = this.compare.both;
    this.compare.legend.hidden = !this.compare.both;
    this.root.dataset.compare = this.compare.other ? (this.compare.both ? "both" : "one") : "none";
    this.select(this.selected);
    this.show(this.frame);
  }

  close() {
    this.pause();
    this.run = null;
    this.scene.close();
    this.picture.close();
    this.curve.close();
  }

  // ----------------------------------------------------------------------------------------------------------- movement

  /** Draw a frame everywhere but in the video. One drawing at a time: the last wish wins. @param {number} frame */
  show(frame) {
    this.frame = Math.max(this.first, Math.min(this.last, frame));
    this.drawing ??= new Promise((resolve) => requestAnimationFrame(resolve)).then(() => this.draw()).finally(() => { this.drawing = null; });
    return this.drawing;
  }

  async draw() {
    while (!this.signal.aborted) {
      const { frame, movement, t } = this;
      this.range.value = String(frame);
      const time = frame / movement.fps;
      this.range.setAttribute("aria-valuetext", t("at", { frame: frame + 1, frames: movement.frames, time }));
      this.time.textContent = `${clock(time, t.language)} · ${frame + 1}/${movement.frames}`;
      this.miss.hidden = movement.hasBody(frame);
      for (const [node, row] of this.cells) node.textContent = this.valueOf(frame, row);
      this.curve.draw(this.lanes, frame);
      this.picture.draw(frame, this.compare);
      this.refreshTip();
      await this.scene.show(frame);
      this.drawn = frame;
      if (this.frame === frame) return;
    }
  }

  /** @param {number} frame */
  jump(frame) {
    this.pause();
    this.picture.seek(Math.max(this.first, Math.min(this.last, frame)));
    return this.show(frame);
  }

  /** Play one repetition again and again, the one at the present frame; or the whole clip once. @param {boolean} on */
  setLoop(on) {
    const playing = this.playing;
    this.pause();
    const away = (/** @type {number[]} */ [start, stop]) => Math.max(start - this.frame, this.frame - stop, 0);
    const nearest = this.movement.repetitions.reduce((best, one) => (away(one) < away(best) ? one : best));
    [this.first, this.last] = on ? nearest : [0, this.movement.frames - 1];
    Object.assign(this.range, { min: String(this.first), max: String(this.last) });
    this.loop.setAttribute("aria-pressed", String(on));
    this.jump(this.frame);
    if (playing) this.play();
  }

  get looping() {
    return this.loop.getAttribute("aria-pressed") === "true";
  }

  /** @param {number} by */
  step(by) {
    return this.jump(this.frame + by);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.frame >= this.last) this.show(this.first);
    this.playing = true;
    this.setPlayIcon();
    this.run = {};
    if (this.picture.ready) playVideo(this, this.run, Number(this.speed.value));
    else playByClock(this, this.run, Number(this.speed.value));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.run = null;
    this.picture.video.pause();
    this.setPlayIcon();
    this.picture.seek(this.frame);
  }

  setPlayIcon() {
    const key = this.playing ? "pause" : "play";
    this.playButton.replaceChildren(sign(ICONS[key]));
    this.playButton.title = this.t(key);
    this.playButton.setAttribute("aria-label", this.t(key));
  }

  // -------------------------------------------------------------------------------------------------------------- views

  /** @param {"both"|"mesh"|"skeleton"} mode */
  mode(mode) {
    this.press("mode", mode);
    return this.scene.setMode(mode, this.frame);
  }

  /** Whether any frame has the angle. @param {string} key */
  isKnown(key) {
    const rows = this.movement.header.angles.flatMap((a, i) => (a.name === key || a.name.endsWith(`_${key}`) ? [i] : []));
    return this.movement.angles.some((value, i) => Number.isFinite(value) && rows.includes(i % this.movement.angleCount));
  }

  /** @param {string} key an angle: "knee", "trunk" */
  select(key) {
    this.selected = key;
    this.lanes = this.lanesOf(key);
    this.curveTitle.textContent = this.t(`angle_${key}`);
    this.press("angle", key);
    this.curve.draw(this.lanes, this.frame);
  }

  /** Of the buttons data-`name` the one with `value` is down. @param {string} name @param {string} value */
  press(name, value) {
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(`[data-${name}]`))) node.setAttribute("aria-pressed", String(node.dataset[name] === value));
  }

  /**
   * What the curve shows of an angle: left and right in one lane; with two engines a lane each for left and right.
   * @param {string} key @returns {import("./curve.mjs").Lane[]}
   */
  lanesOf(key) {
    const { movement, compare } = this;
    const rows = movement.header.angles.map((a, i) => (a.name === key || a.name.endsWith(`_${key}`) ? i : -1)).filter((i) => i >= 0);
    const nameOf = (/** @type {number} */ row) => movement.header.angles[row].name;
    const second = compare.both ? compare.other : null;
    if (!second) return [{ label: "", lines: rows.map((row) => ({ track: movement, row, colour: sideColour(nameOf(row)), dash: [] })) }];
    return rows.map((row) => ({
      label: rows.length > 1 ? this.t(nameOf(row).split("_")[0]) : "",
      lines: [movement, second].map((track, i) => ({ track, row, colour: `--pcv-engine-${i}`, dash: DASHES[i] })).filter((_, i) => compare.shown[i]),
    }));
  }

  /** @param {number} frame @param {number} row */
  valueOf(frame, row) {
    const second = this.compare.both ? this.compare.other : null;
    return [this.movement, ...(second ? [second] : [])].map((track) => degrees(track.angle(frame, row))).join(" / ");
  }

  /** @param {number} joint */
  angleAt(joint) {
    return this.movement.header.angles.find((a) => a.joint === joint)?.name.split("_").pop() ?? this.selected;
  }

  /** @param {number|null} joint @param {{clientX: number, clientY: number}} [event] */
  hover(joint, event) {
    this.hovered = joint === null || !event ? null : { joint, x: event.clientX, y: event.clientY };
    this.picture.marked = joint;
    this.picture.draw(this.frame, this.compare);
    this.refreshTip();
  }

  refreshTip() {
    const { tip, hovered } = this;
    const angle = hovered ? this.movement.header.angles.findIndex((a) => a.joint === hovered.joint) : -1;
    tip.hidden = angle < 0;
    if (!hovered || angle < 0) return;
    const [side, part] = this.movement.header.angles[angle].name.split("_");
    tip.textContent = `${this.t(`angle_${part}`)}, ${this.t(side)}: ${this.valueOf(this.frame, angle)}`;
    const box = this.root.getBoundingClientRect();
    tip.style.left = `${Math.min(hovered.x - box.left + 14, box.width - 190)}px`;
    tip.style.top = `${hovered.y - box.top - 34}px`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const tag = event.target instanceof Element ? event.target.tagName : "";
    if (event.altKey || event.ctrlKey || event.metaKey || tag === "SELECT") return;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.step(event.shiftKey ? -10 : -1),
      ArrowRight: () => this.step(event.shiftKey ? 10 : 1),
      Home: () => this.jump(this.first),
      End: () => this.jump(this.last),
    };
    if (tag !== "BUTTON") actions[" "] = () => this.toggle();
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}

/** m:ss.hh @param {number} seconds @param {import("../web/locale.mjs").Language} language */
function clock(seconds, language) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${number(seconds - 60 * minutes, language, 2).padStart(5, "0")}`;
}

/** @param {number} value */
function degrees(value) {
  return Number.isFinite(value) ? `${Math.round(value)}°` : "–";
}

// The 3D viewer: mount(element, options) builds it, .open(job) shows a movement. Nothing is asked of the server after that.

import { el, sign } from "../web/elements.mjs";
import { parse, parseTrack } from "../web/format.mjs";
import { number } from "../web/locale.mjs";
import { speaker } from "../web/words.mjs";
import { DASHES, Engines } from "./engines.mjs";
import { Scene, sideColour } from "./scene.mjs";
import { loadPlotly } from "./plotly.mjs";
import { Picture } from "./picture.mjs";
import { Curve } from "./curve.mjs";

const HERE = new URL(".", import.meta.url);
const ICONS = { play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z", back: "M17 5v14L8 12zM5 5h2v14H5z", next: "M7 5v14l9-7zM17 5h2v14h-2z" };
const ANGLE_ROWS = ["knee", "hip", "ankle", "shoulder", "elbow"];
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];

export function mount(element, { texts, plotlyUrl }) {
  if (!document.querySelector("link[data-pcv]")) {
    document.head.append(el("link", { rel: "stylesheet", href: new URL("viewer.css", HERE), "data-pcv": true }));
  }
  return new Viewer(element, texts, plotlyUrl);
}

class Viewer {
  constructor(host, texts, plotlyUrl) {
    this.host = host;
    const speak = speaker(texts);
    this.t = (key, values) => speak(`viewer_${key}`, values);
    this.language = speak.language;
    this.plotlyUrl = plotlyUrl;
    this.root = el("div", { class: "pcv", tabindex: "0", role: "group" });
    host.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  // source: {data, clip, compare} addresses, or null to empty the viewer.
  async open(source) {
    const key = JSON.stringify([source?.data, source?.clip]);
    if (key === this.source && this.root.isConnected) return this.loadOther(source?.compare);
    this.close();
    this.source = key;
    if (!source?.data) return this.say("nothing");
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.say("loading");
    try {
      const [Plotly, movement] = await Promise.all([
        loadPlotly(this.plotlyUrl),
        fetch(source.data, { signal }).then(async (response) => {
          if (!response.ok) throw new Error(String(response.status));
          return parse(await response.arrayBuffer());
        }),
      ]);
      if (signal.aborted) return;
      this.movement = movement;
      this.frame = 0;
      this.build();
      this.scene = new Scene(Plotly, this.parts.scene, movement, (joint, event) => this.hover(joint, event));
      await this.scene.open(0);
      if (signal.aborted) return;
      this.picture = new Picture(this.parts.picture, movement);
      this.show(0);
      this.root.dataset.state = "ready";
      this.loadClip(source.clip, signal);
      this.loadOther(source.compare);
    } catch (error) {
      if (!signal.aborted) this.say("failed", { why: error.message });
    }
  }

  async loadClip(url, signal) {
    try {
      if (!url) throw new Error("none");
      await this.picture.load(url, signal);
      this.picture.seek(this.frame);
      this.root.dataset.clip = "ready";
    } catch {
      if (signal.aborted) return;
      this.root.dataset.clip = "missing";
      this.parts.pictureNote.textContent = this.t("no_clip");
    }
  }

  // Another engine's movement of the same clip, or none.
  async loadOther(url) {
    if ((url ?? null) === this.otherUrl || !this.movement) return;
    this.otherUrl = url ?? null;
    const { signal } = this.abort;
    try {
      let other = null;
      if (url) {
        const response = await fetch(url, { signal });
        if (!response.ok) throw new Error(String(response.status));
        other = parseTrack(await response.arrayBuffer());
        if (other.frames !== this.movement.frames) throw new Error("another movement");
      }
      if (signal.aborted || this.otherUrl !== (url ?? null)) return;
      this.compare.use(other);
      this.compared();
    } catch (error) {
      if (!signal.aborted) console.warn("compare:", error.message); // the viewer is whole without it
    }
  }

  // What is drawn changed: one engine, the other, or both.
  compared() {
    this.parts.legend.hidden = this.compare.both;
    this.compare.legend.hidden = !this.compare.both;
    this.root.dataset.compare = this.compare.other ? (this.compare.both ? "both" : "one") : "none";
    this.select(this.selected);
    this.show(this.frame);
  }

  close() {
    this.pause();
    this.abort?.abort();
    this.scene?.close();
    this.picture?.close();
    this.curve?.close();
    this.scene = this.picture = this.curve = this.movement = this.source = this.otherUrl = null;
    this.root.replaceChildren();
    delete this.root.dataset.state;
    delete this.root.dataset.clip;
    delete this.root.dataset.compare;
  }

  say(key, values) {
    this.scene?.close();
    this.scene = null;
    this.root.dataset.state = key;
    this.root.replaceChildren(el("p", { class: "pcv-say", role: "status" }, this.t(key, values)));
  }

  // ------------------------------------------------------------------------------------------------------------ page

  build() {
    const parts = (this.parts = {});
    const { movement } = this;
    parts.pictureNote = el("span", { class: "pcv-note" }, this.t("loading_clip"));
    parts.picture = el("div", { class: "pcv-picture" },
      parts.pictureNote, el("video", { playsinline: true, preload: "auto", "aria-label": this.t("clip") }), el("canvas", {}));
    parts.scene = el("div", { class: "pcv-scene", role: "group", "aria-label": this.t("body") });
    parts.tip = el("div", { class: "pcv-tip", hidden: true });
    parts.miss = el("div", { class: "pcv-miss", hidden: true }, this.t("no_body"));
    parts.angles = el("div", { class: "pcv-angles" });
    parts.curve = el("canvas", { class: "pcv-curve", role: "img", "aria-label": this.t("curve") });
    parts.curveTitle = el("span", {});
    this.compare = new Engines(this.t, movement.header.engine, () => this.compared());
    const legend = parts.legend = el("span", { class: "pcv-legend" },
      el("i", { style: `background:${sideColour("left_")}` }), this.t("left"),
      el("i", { style: `background:${sideColour("right_")}` }), this.t("right"));
    const stage = el("div", { class: "pcv-stage" }, parts.scene, this.views(), parts.miss);
    this.root.replaceChildren(
      el("div", { class: "pcv-top" }, el("div", { class: "pcv-clip" }, parts.picture, this.compare.bar), stage),
      this.controls(),
      el("div", { class: "pcv-bottom" }, parts.angles,
        el("div", { class: "pcv-graph" }, el("div", { class: "pcv-head" }, parts.curveTitle, legend, this.compare.legend), parts.curve)),
      this.compare.said,
      el("p", { class: "pcv-keys" }, this.t("keys")), parts.tip);
    this.curve = new Curve(parts.curve, movement.frames, (frame) => this.jump(frame));
    this.buildAngles();
    this.select("knee");
    const canvas = parts.picture.querySelector("canvas");
    const named = movement.header.angles.map((a) => a.joint).filter((j) => j >= 0);
    canvas.addEventListener("pointermove", (event) => this.hover(this.picture?.jointAt(event, named) ?? null, event));
    canvas.addEventListener("pointerleave", () => this.hover(null));
    canvas.addEventListener("click", () => { if (this.hovered) this.select(this.angleAt(this.hovered.joint)); });
  }

  button(key, action, children = [], attributes = {}) {
    const node = el("button", { type: "button", title: this.t(key), "aria-label": this.t(key), ...attributes }, ...children);
    node.addEventListener("click", action);
    return node;
  }

  views() {
    const views = ["front", "side", "top", "reset"].map((name) =>
      this.button(`view_${name}`, () => this.scene.view(name), [this.t(`view_${name}`)], { "data-view": name }));
    const modes = ["both", "mesh", "skeleton"].map((mode) =>
      this.button(`show_${mode}`, () => this.mode(mode), [this.t(`show_${mode}`)], { "data-mode": mode, "aria-pressed": String(mode === "both") }));
    return el("div", { class: "pcv-views" }, el("div", { class: "pcv-set" }, ...modes), el("div", { class: "pcv-set" }, ...views));
  }

  controls() {
    const { parts, movement } = this;
    parts.play = this.button("play", () => this.toggle(), [sign(ICONS.play)], { class: "pcv-play" });
    const back = this.button("back", () => this.step(-1), [sign(ICONS.back)], { "data-step": "-1" });
    const next = this.button("next", () => this.step(1), [sign(ICONS.next)], { "data-step": "1" });
    parts.range = el("input", { type: "range", min: "0", max: String(movement.frames - 1), step: "1", value: "0", "aria-label": this.t("frame") });
    parts.range.addEventListener("input", () => this.jump(Number(parts.range.value)));
    parts.time = el("output", { class: "pcv-time" });
    parts.speed = el("select", { "aria-label": this.t("speed"), title: this.t("speed") },
      ...SPEEDS.map((s) => el("option", { value: String(s), selected: s === 1 }, `${s.toLocaleString(this.language)}×`)));
    parts.speed.addEventListener("change", () => { if (this.playing) { this.pause(); this.play(); } });
    return el("div", { class: "pcv-controls" }, back, parts.play, next, parts.range, parts.time, parts.speed);
  }

  buildAngles() {
    const { movement, parts } = this;
    parts.cells = [];
    const index = Object.fromEntries(movement.header.angles.map((a, i) => [a.name, i]));
    const cell = (name) => {
      const node = el("span", { class: "pcv-value" });
      parts.cells.push([node, index[name]]);
      return node;
    };
    const row = (key, ...cells) => {
      const node = el("button", { type: "button", class: "pcv-row", "data-angle": key }, el("span", {}, this.t(`angle_${key}`)), ...cells);
      node.addEventListener("click", () => this.select(key));
      return node;
    };
    parts.angles.replaceChildren(
      el("div", { class: "pcv-row pcv-title" }, el("span", {}, this.t("angles")), el("span", {}, this.t("left")), el("span", {}, this.t("right"))),
      ...ANGLE_ROWS.map((key) => row(key, cell(`left_${key}`), cell(`right_${key}`))), row("trunk", el("span", {}), cell("trunk")));
  }

  // ------------------------------------------------------------------------------------------------------- movement

  // Draw a frame everywhere but in the video. One drawing at a time: the last wish wins.
  show(frame) {
    this.frame = Math.max(0, Math.min(this.movement.frames - 1, frame));
    if (this.drawing) return this.drawing;
    this.drawing = new Promise((resolve) => requestAnimationFrame(resolve)).then(() => this.draw()).finally(() => { this.drawing = null; });
    return this.drawing;
  }

  async draw() {
    while (this.scene && this.movement) {
      const { frame, movement, parts } = this;
      parts.range.value = String(frame);
      const time = frame / movement.fps;
      parts.range.setAttribute("aria-valuetext", this.t("at", { frame: frame + 1, frames: movement.frames, time }));
      parts.time.textContent = `${clock(time, this.language)} · ${frame + 1}/${movement.frames}`;
      parts.miss.hidden = movement.hasBody(frame);
      for (const [node, row] of parts.cells) node.textContent = this.valueOf(frame, row);
      this.curve.draw(this.lanes, frame);
      this.picture?.draw(frame, this.compare);
      this.refreshTip();
      await this.scene.show(frame);
      this.drawn = frame;
      if (this.frame === frame) return;
    }
  }

  jump(frame) {
    this.pause();
    this.picture?.seek(Math.max(0, Math.min(this.movement.frames - 1, frame)));
    return this.show(frame);
  }

  step(by) {
    return this.jump(this.frame + by);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (!this.movement) return;
    if (this.frame >= this.movement.frames - 1) this.show(0);
    this.playing = true;
    this.setPlayIcon();
    const speed = Number(this.parts.speed.value);
    const { video } = this.picture;
    const run = (this.run = {});
    if (this.picture.ready) {
      video.playbackRate = speed;
      video.currentTime = this.picture.timeOf(this.frame);
      video.play().catch(() => this.pause());
      const follow = (_, meta) => {
        if (this.run !== run) return;
        this.show(this.picture.frameAt(meta ? meta.mediaTime : video.currentTime));
        if (video.ended) return this.pause();
        if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(follow);
        else requestAnimationFrame(() => follow());
      };
      follow();
      video.onended = () => { if (this.run === run) { this.show(this.movement.frames - 1); this.pause(); } };
      return;
    }
    const [start, from] = [performance.now(), this.frame];
    const tick = () => {
      if (this.run !== run) return;
      const frame = from + Math.floor(((performance.now() - start) / 1000) * this.movement.fps * speed);
      this.show(frame);
      if (frame >= this.movement.frames - 1) return this.pause();
      requestAnimationFrame(tick);
    };
    tick();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.run = null;
    this.picture?.video.pause();
    this.setPlayIcon();
    if (this.picture && this.movement) this.picture.seek(this.frame);
  }

  setPlayIcon() {
    const { play } = this.parts;
    const key = this.playing ? "pause" : "play";
    play.replaceChildren(sign(ICONS[key]));
    play.title = this.t(key);
    play.setAttribute("aria-label", this.t(key));
  }

  mode(mode) {
    for (const node of this.root.querySelectorAll("[data-mode]")) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
    return this.scene.setMode(mode, this.frame);
  }

  select(key) {
    this.selected = key;
    this.lanes = this.lanesOf(key);
    this.parts.curveTitle.textContent = this.t(`angle_${key}`);
    for (const node of this.root.querySelectorAll("[data-angle]")) node.setAttribute("aria-pressed", String(node.dataset.angle === key));
    this.curve.draw(this.lanes, this.frame);
  }

  // What the curve shows of an angle: left and right in one lane; with two engines a lane each for left and right.
  lanesOf(key) {
    const { movement, compare } = this;
    const rows = movement.header.angles.map((a, i) => (a.name === key || a.name.endsWith(`_${key}`) ? i : -1)).filter((i) => i >= 0);
    const nameOf = (row) => movement.header.angles[row].name;
    if (!compare.both) return [{ label: "", lines: rows.map((row) => ({ track: movement, row, colour: sideColour(nameOf(row)), dash: [] })) }];
    const tracks = [movement, compare.other];
    return rows.map((row) => ({
      label: rows.length > 1 ? this.t(nameOf(row).split("_")[0]) : "",
      lines: tracks.map((track, i) => ({ track, row, colour: `--pcv-engine-${i}`, dash: DASHES[i] })).filter((_, i) => compare.shown[i]),
    }));
  }

  valueOf(frame, row) {
    const values = [this.movement, ...(this.compare.both ? [this.compare.other] : [])].map((track) => degrees(track.angle(frame, row)));
    return values.join(" / ");
  }

  angleAt(joint) {
    return this.movement.header.angles.find((a) => a.joint === joint).name.split("_").pop();
  }

  hover(joint, event) {
    this.hovered = joint === null ? null : { joint, x: event.clientX, y: event.clientY };
    if (this.picture) {
      this.picture.marked = joint ?? undefined;
      this.picture.draw(this.frame, this.compare);
    }
    this.refreshTip();
  }

  refreshTip() {
    const { tip } = this.parts;
    const row = this.hovered ? this.movement.header.angles.findIndex((a) => a.joint === this.hovered.joint) : -1;
    tip.hidden = row < 0;
    if (row < 0) return;
    const { name } = this.movement.header.angles[row];
    const [side, part] = name.split("_");
    tip.textContent = `${this.t(`angle_${part}`)}, ${this.t(side)}: ${this.valueOf(this.frame, row)}`;
    const box = this.root.getBoundingClientRect();
    tip.style.left = `${Math.min(this.hovered.x - box.left + 14, box.width - 190)}px`;
    tip.style.top = `${this.hovered.y - box.top - 34}px`;
  }

  key(event) {
    if (!this.movement || event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
    const actions = {
      ArrowLeft: () => this.step(event.shiftKey ? -10 : -1),
      ArrowRight: () => this.step(event.shiftKey ? 10 : 1),
      Home: () => this.jump(0),
      End: () => this.jump(this.movement.frames - 1),
    };
    if (event.target.tagName !== "BUTTON") actions[" "] = () => this.toggle();
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }
}

function clock(seconds, language) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${number(seconds - 60 * minutes, language, 2).padStart(5, "0")}`;
}

function degrees(value) {
  return Number.isFinite(value) ? `${Math.round(value)}°` : "–";
}

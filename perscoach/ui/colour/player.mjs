// Playing: the transport bar and the hidden <video> behind it. Every frame that is on is handed over with its number and,
// where it is wanted, the alpha of exactly that frame.

import { FrameClock } from "./clock.mjs";
import { el } from "../web/elements.mjs";
import { Matte } from "./matte.mjs";
import { AlphaError } from "./proxy.mjs";

const REST = 150; // milliseconds without a new wish after which the slider has come to rest
const PATIENCE = 1500; // milliseconds that playing waits for the matte before it begins
const SPEEDS = [0.25, 0.5, 1];
/** @type {Record<string, number>} The same two keys on a Latin and on a Russian keyboard. */
const STEPS = { ",": -1, ".": 1, "б": -1, "ю": 1 };
const H264 = 'video/mp4; codecs="avc1.640028"';

export class Player {
  /**
   * @param {import("../web/words.mjs").Speaker} t
   * @param {Object} options
   * @param {(token: string) => Promise<Colour.Answer<Shared.MatteAnswer>>} options.ask the server's `matte`
   * @param {boolean} [options.still] nothing can show a video here: no playing, single frames only
   * @param {(index: number, picture: Colour.Frame, alpha: Colour.Alpha|null) => void} options.onFrame a frame is on, playing or
   *   while the slider is dragged; `picture` must be used at once
   * @param {() => void} options.onPlay
   * @param {(index: number) => void} options.onStop playing ends; `index` stays chosen
   * @param {(index: number, dragging: boolean) => void} options.onIndex the coach chose a frame; dragging: another may follow,
   *   and the video shows it where it can
   * @param {() => void} [options.onMatte] something about the matte is another now
   * @param {string} [options.id] of the slider: one page may hold several players
   */
  constructor(t, { ask, still = false, onFrame, onPlay, onStop, onIndex, onMatte = () => {}, id = "pcc-frame" }) {
    this.t = t;
    this.still = still;
    this.onFrame = onFrame;
    this.onPlay = onPlay;
    this.onStop = onStop;
    this.onIndex = onIndex;
    /** @type {Shared.Clip|null} */
    this.clip = null;
    this.url = "";
    this.index = 0;
    this.playing = false;
    this.dragging = false;
    this.turns = 0;
    this.waiting = 0; // the turn that waits for the matte
    this.chunk = -1; // of the matte, in which the present frame lies
    this.keyed = false; // the slider is moved by keys
    this.resting = 0;
    /** @type {(() => void)|null} */
    this.unfollow = null;
    /** @type {string|null} key of the text that says why the video cannot be had */
    this.broken = null;
    const button = (/** @type {string} */ name, /** @type {string} */ key, /** @type {() => void} */ click) => el("button", { type: "button", class: `pcp-${name}`, "aria-label": t(key), title: t(key), click }, el("span"));
    this.back = button("back", "colour_play_back", () => this.step(-1));
    this.toggle = button("play", "colour_play", () => this.turn());
    this.on = button("on", "colour_play_on", () => this.step(1));
    this.toggle.hidden = still;
    this.slider = el("input", {
      type: "range", id, min: "0", max: "0", step: "1",
      pointerdown: () => { this.keyed = false; }, keydown: () => { this.keyed = true; },
      input: () => this.choose(Number(this.slider.value)),
      change: () => { if (!this.keyed) this.rest(); },
    });
    this.time = el("output", { class: "pcc-time", for: id, "aria-live": "off" });
    this.speed = el("select", { class: "pcp-speed", "aria-label": t("colour_play_speed"), title: t("colour_play_speed"), hidden: still,
      change: () => { this.video.playbackRate = Number(this.speed.value); } },
    ...SPEEDS.map((speed) => el("option", { value: speed, selected: speed === 1 }, `${speed.toLocaleString(t.language)}×`)));
    this.note = el("p", { class: "pcp-say", role: "status" });
    this.video = el("video", { muted: true, playsinline: true, loop: true, preload: "metadata", tabindex: "-1", "aria-hidden": "true",
      disablepictureinpicture: true, error: () => this.failed() });
    this.video.muted = true; // the attribute alone does not mute a made element
    this.element = el("div", { class: "pcp-bar", role: "group", "aria-label": t("colour_play") },
      el("div", { class: "pcp-keys" }, this.back, this.toggle, this.on),
      el("div", { class: "pcp-line" }, el("label", { for: id, class: "pcp-name" }, t("colour_frame")), this.slider, this.time),
      this.speed, this.note, this.video);
    this.matte = new Matte(ask, () => { this.told(); onMatte(); });
    this.clock = new FrameClock(this.video);
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.pause(); });
    new ResizeObserver(() => { if (this.element.offsetParent === null) this.pause(); }).observe(this.element);
  }

  // the clip -----------------------------------------------------------------------------------------------------------

  /** Another clip, its file at `clipUrl`. The first frame is chosen and nothing plays. @param {{token: string, clip: Shared.Clip, clipUrl: string}} job */
  open({ token, clip, clipUrl }) {
    this.close();
    Object.assign(this, { clip, url: clipUrl, broken: null, index: 0 });
    this.clock.open(clip);
    this.slider.max = String(clip.frames - 1);
    this.matte.open(token);
    if (!this.still && !this.video.canPlayType(H264)) this.broken = "colour_play_codec";
    else if (!this.still) this.load();
    this.show();
    this.told();
  }

  load() {
    this.broken = null;
    this.video.src = new URL(this.url, document.baseURI).href;
    this.video.playbackRate = this.video.defaultPlaybackRate = Number(this.speed.value);
  }

  close() {
    this.halt();
    clearTimeout(this.resting);
    this.dragging = false;
    this.clip = null;
    this.matte.close();
    this.clock.close();
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
    this.note.textContent = "";
  }

  /** Whether the video can be shown now. */
  get live() {
    return this.clip !== null && !this.still && this.broken === null;
  }

  /** The matte is wanted with the frames (or not any more); it is made where it was not yet. @param {boolean} on */
  wantAlpha(on) {
    if (this.still || on === this.matte.wanted) return;
    this.matte.want(on);
    this.told();
  }

  // choosing a frame ---------------------------------------------------------------------------------------------------

  /** Choose a frame from outside, without calling `onIndex`. @param {number} index */
  seek(index) {
    this.halt();
    this.index = this.clock.clamp(index);
    this.show();
    this.park();
  }

  /** @param {number} by */
  step(by) {
    if (!this.clip) return;
    this.choose(Math.min(this.clip.frames - 1, Math.max(0, this.index + by)));
  }

  /** The coach's choice; more of them may follow at once. @param {number} index */
  choose(index) {
    if (!this.clip) return;
    this.pause();
    this.index = this.clock.clamp(index);
    this.show();
    clearTimeout(this.resting);
    if (!this.live) return this.onIndex(this.index, false); // the stills follow by themselves
    this.dragging = true;
    this.resting = window.setTimeout(() => this.rest(), REST);
    this.onIndex(this.index, true);
    this.clock.go(this.index, (at) => this.dragged(at)).catch(() => {});
  }

  /** @param {number} index */
  async dragged(index) {
    const { matte } = this;
    if (!this.dragging) return;
    if (matte.playable && !matte.at(index)) {
      await matte.have(index); // the next wish waits for it, so frames stay in order
      if (!this.dragging || this.playing) return;
    }
    this.onFrame(index, this.video, matte.at(index));
  }

  rest() {
    clearTimeout(this.resting);
    if (!this.dragging) return;
    this.dragging = false;
    this.onIndex(this.index, false);
  }

  park() {
    if (this.live) this.clock.go(this.index).catch(() => {});
  }

  // playing ------------------------------------------------------------------------------------------------------------

  turn() {
    if (this.playing) this.pause();
    else this.play();
  }

  async play() {
    if (this.playing || !this.clip || this.still) return;
    if (this.broken === "colour_play_codec") return this.told();
    if (this.broken) this.load();
    this.rest();
    const mine = this.begin();
    this.told();
    this.onPlay();
    try {
      const from = this.index >= this.clip.frames - 1 ? 0 : this.index;
      await Promise.race([this.matte.have(from), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      if (mine()) await this.clock.go(from);
      if (!mine()) return;
      this.unfollow = this.clock.follow((index) => this.tick(index));
      await this.video.play();
    } catch (error) {
      if (mine()) this.refused(error);
    }
  }

  /** Playing from here on; the answer tells later whether it is still the same playing. */
  begin() {
    const turn = (this.turns += 1);
    this.playing = true;
    return () => this.playing && this.turns === turn;
  }

  /** @param {number} announced */
  tick(announced) {
    if (!this.playing) return;
    if (document.hidden || this.element.offsetParent === null) return this.pause();
    const { index, picture, close } = this.clock.take(announced);
    try {
      const { matte } = this;
      const fresh = this.chunk !== (this.chunk = Math.floor(index / (matte.proxy?.chunk ?? 32)));
      if (matte.playable && !matte.at(index)) return this.wait(index);
      if (fresh) matte.have(index);
      this.index = index;
      this.onFrame(index, picture, matte.at(index));
      this.show();
    } finally {
      close();
    }
  }

  /** The clip stands still until the matte of this frame has come: no frame is shown with another's. @param {number} index */
  async wait(index) {
    const turn = this.turns;
    if (this.waiting === turn) return;
    this.waiting = turn;
    this.video.pause();
    await this.clock.go(index).catch(() => {});
    await this.matte.have(index);
    if (!this.playing || this.turns !== turn) return;
    this.waiting = 0;
    this.tick(index);
    this.video.play().catch((error) => { if (this.playing && this.turns === turn) this.refused(error); });
  }

  pause() {
    if (!this.playing) return;
    this.halt();
    this.show();
    this.park();
    this.onStop(this.index);
  }

  halt() {
    if (!this.playing) return;
    this.playing = false;
    this.unfollow?.();
    this.unfollow = null;
    this.video.pause();
    this.told();
  }

  /** @param {unknown} error */
  refused(error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "AbortError") return;
    if (this.broken === null) this.broken = name === "NotAllowedError" ? "colour_play_refused" : "colour_play_lost";
    this.pause();
    this.told();
  }

  failed() {
    const { error } = this.video;
    if (!error || !this.clip) return;
    this.broken = error.code === MediaError.MEDIA_ERR_DECODE ? "colour_play_codec" : "colour_play_lost";
    if (this.playing) this.pause();
    this.rest();
    this.told();
  }

  // keys and words -----------------------------------------------------------------------------------------------------

  /** Take a keydown event of the step; whether it was for the player. @param {KeyboardEvent} event */
  key(event) {
    if (!this.clip || event.ctrlKey || event.metaKey || event.altKey) return false;
    const target = event.target instanceof Element ? event.target : null;
    const kind = (target instanceof HTMLInputElement ? target.type : target?.tagName) ?? "";
    if (target !== this.slider && ["text", "number", "search", "color", "checkbox", "radio", "file", "SELECT", "TEXTAREA"].includes(kind)) return false;
    if (event.key === " ") {
      if (["BUTTON", "SUMMARY", "A"].includes(kind) || this.still) return false;
      if (!event.repeat) this.turn();
      return true;
    }
    const step = STEPS[event.key];
    if (step && !event.shiftKey) {
      this.step(step);
      return true;
    }
    if ((event.key === "Home" || event.key === "End") && kind !== "range" && !target?.closest("[role=slider]")) {
      this.choose(event.key === "Home" ? 0 : this.clip.frames - 1);
      return true;
    }
    return false;
  }

  show() {
    if (!this.clip) return;
    this.slider.value = String(this.index);
    this.time.textContent = this.t("colour_frame_of", { index: this.index + 1, frames: this.clip.frames, time: this.index / this.clip.fps });
    if (!this.playing) this.slider.setAttribute("aria-valuetext", this.time.textContent); // else a reader would never end
  }

  told() {
    const { t, matte } = this;
    const key = this.playing ? "colour_play_pause" : "colour_play";
    this.toggle.dataset.playing = String(this.playing);
    this.toggle.setAttribute("aria-label", t(key));
    this.toggle.title = this.playing ? t(key) : t("colour_play_help");
    let sentence = "";
    let bad = false;
    if (!this.clip) sentence = "";
    else if (this.broken) [sentence, bad] = [t(this.broken), true];
    else if (matte.wanted && matte.state === "failed") [sentence, bad] = [t(matte.problem instanceof AlphaError ? matte.problem.key : "colour_play_matte_lost"), true];
    else if (matte.wanted && matte.state === "building") sentence = t("colour_play_matte_building", { percent: Math.floor(100 * matte.share) });
    else if (matte.wanted && matte.state === "none" && this.playing) sentence = matte.why ? t.pair(matte.why) : t("colour_play_matte_none");
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
    this.note.classList.toggle("pcc-bad", bad);
  }
}

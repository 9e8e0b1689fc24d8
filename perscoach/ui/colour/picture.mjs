// What is on the screen: a standing frame or the playing clip, two choices of colour side by side, and its measures.

import { el } from "../web/elements.mjs";
import { gradeOf } from "./history.mjs";
import { Pace } from "./pace.mjs";
import { Player } from "./player.mjs";
import { openScreen, shrink } from "./screen.mjs";
import { Stage } from "./stage.mjs";
import { Stills } from "./stills.mjs";
import { partOf, sizeOf } from "./view.mjs";

const REST_MS = 250; // after the last of moving pictures the full one is drawn
const MEASURE_MS = 90; // a playing clip is measured this often

/**
 * The instruments: the pixels they would like, or null while nobody looks; whether they look at the person alone.
 * @typedef {{readonly wanted: Colour.Size|null, readonly inside: boolean, hasMatte: boolean, update: (pixels: Colour.Pixels) => void}} Scope
 * @typedef {Object} On
 * @property {(at: {index: number, cut: boolean, moving: boolean}) => void} painted a picture of `right` has been drawn
 * @property {Colour.Say} say
 * @property {() => void} rested another standing frame is there
 * @property {(on: boolean) => void} wiped the divider has come or gone
 * @property {Scope} scope
 */

export class Picture {
  /** @param {Shared.Setup} setup @param {Colour.Server} server @param {import("../web/words.mjs").Speaker} t @param {On} on */
  constructor(setup, server, t, { painted, say, rested, wiped, scope }) {
    this.setup = setup;
    this.t = t;
    this.painted = painted;
    this.say = say;
    this.rested = rested;
    this.wiped = wiped;
    this.scope = scope;
    /** @type {Shared.Clip|null} */
    this.clip = null;
    this.index = 0;
    this.backdrop = "room";
    this.colour = "";
    /** @type {Shared.Choice} */
    this.neutral = { grade: gradeOf(setup.parameters, (p) => p.neutral), look: null };
    this.right = this.neutral;
    /** @type {Shared.Choice|null} what stands on the left instead of the picture as filmed */
    this.other = null;
    /** @type {{index: number, alpha: Colour.Alpha|null}|null} the frame of the moving clip that is on */
    this.live = null;
    this.wiping = this.holding = false;
    /** @type {{source: Colour.Still, small: Colour.Still, width: number, height: number}|null} */
    this.probed = null;
    /** @type {number|null} */
    this.painting = null;
    this.resting = this.resizing = this.measuring = this.measuredAt = 0;
    this.mark = false;
    this.pace = new Pace();
    this.middle = { x: 0.5, y: 0.5 };
    this.stage = new Stage(setup.maths, t, { wants: (middle) => this.move(middle), split: () => this.paint() });
    this.screen = this.stage.screen;
    this.screen.onrestored = () => this.paint();
    this.probe = openScreen(el("canvas"), el("canvas"), setup.maths);
    this.stills = new Stills(server, t, { changed: () => this.arrived(), say });
    this.player = new Player(t, {
      ask: (token) => server.matte({ token }), still: this.screen.kind !== "gl",
      onFrame: (index, picture, alpha) => this.gotLive(index, picture, alpha),
      onPlay: () => say(""),
      onStop: (index) => this.go(index),
      onIndex: (index, dragging) => { if (!dragging || this.screen.kind !== "gl") this.go(index); },
    });
    this.wipeButton = el("button", { type: "button", "aria-pressed": "false", click: () => this.wipe(!this.wiping) }, t("colour_wipe"));
    this.zooms = ["fit", "pixels"].map((mode) => el("button", { type: "button", "aria-pressed": String(mode === "fit"),
      title: mode === "pixels" ? t("colour_pixels_help") : "", click: () => this.zoom(mode) }, t(`colour_${mode}`)));
    this.bar = el("div", { class: "pcc-bar" }, this.holdButton(), this.wipeButton, el("span", { class: "pcc-gap" }), ...this.zooms);
    new ResizeObserver(() => this.resized()).observe(this.stage.element);
    window.addEventListener("resize", () => this.resized());
    window.addEventListener("perscoach:step", () => { this.stills.forgetPerson(); this.wantPerson(); });
  }

  // the clip -----------------------------------------------------------------------------------------------------------

  /** @param {string} token @param {Shared.Clip|null} clip @param {string} [address] of its file */
  open(token, clip, address = "") {
    Object.assign(this, { clip, live: null, middle: { x: 0.5, y: 0.5 } });
    this.stills.open(token, clip);
    this.pace.reset();
    if (!clip) return this.player.close();
    this.index = Math.floor((clip.frames - 1) / 2);
    this.player.open({ token, clip, clipUrl: address });
    this.player.seek(this.index);
    this.fetch();
  }

  get inSight() {
    return this.clip !== null && this.stage.element.offsetParent !== null; // else the size is not known, and nobody looks
  }

  view() {
    return { ...this.stage.view(), ...this.middle };
  }

  fetch() {
    if (this.inSight) this.stills.ask(this.index, this.view());
  }

  /** @param {number} index */
  go(index) {
    this.index = index;
    this.fetch();
  }

  arrived() {
    const { live, player, stills } = this;
    const cut = !live?.alpha || this.backdrop === "room" || stills.settled; // else the room would flash up on a stop
    if (live && !player.playing && !player.dragging && stills.room?.index === this.index && cut) {
      this.live = null;
      this.pace.rest(); // drawn in full at once
    }
    this.paint();
    this.rested();
  }

  /** A frame of the moving clip: it must be taken now. @param {number} index @param {Colour.Frame} picture @param {Colour.Alpha|null} alpha */
  gotLive(index, picture, alpha) {
    if (!this.inSight || !this.clip) return;
    this.index = index;
    this.live = { index, alpha };
    this.screen.take(picture, this.livePart(this.clip));
    this.paintNow();
  }

  /** @param {Shared.Clip} clip */
  livePart(clip) {
    return partOf(this.view(), clip, this.setup.max_pixels);
  }

  /** @param {Colour.Place} middle in 0..1 of the clip */
  move(middle) {
    this.middle = middle;
    if (this.live) this.paint();
    if (!this.player.playing) this.fetch();
  }

  resized() {
    if (!this.inSight) return;
    this.stage.fit();
    this.pace.reset();
    clearTimeout(this.resizing);
    this.resizing = window.setTimeout(() => {
      if (!this.player.playing && !this.stills.has(this.index, this.view())) this.fetch();
    }, this.stills.room ? 300 : 0);
  }

  // painting -----------------------------------------------------------------------------------------------------------

  /** Draw before the next frame of the display. */
  paint() {
    this.painting ??= requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    if (this.painting !== null) cancelAnimationFrame(this.painting);
    this.painting = null;
    const { stills, live, clip } = this;
    const { room } = stills;
    if (!clip || (!live && !room)) return;
    const cut = this.backdrop !== "room" && Boolean(live ? live.alpha : stills.cutout);
    this.stage.backdrop(cut ? this.backdrop : "room", this.colour);
    const fine = this.screen.kind === "gl" ? this.pace.tick(performance.now(), Boolean(live)) : 1;
    const source = (cut ? stills.cutout : null) ?? room;
    if (live) this.frameLive(live, clip, cut, fine);
    else if (source) {
      this.stage.frame(source, source.part, clip, fine);
      this.screen.still(source);
    }
    this.screen.paint(this.scene());
    this.painted({ index: live?.index ?? room?.index ?? this.index, cut, moving: Boolean(live) || fine < 1 });
    this.sharpen(fine);
    this.measure();
  }

  /** Draw the picture in full once nothing moves any more. @param {number} fine */
  sharpen(fine) {
    clearTimeout(this.resting);
    if (fine === 1 || this.player.playing) return;
    this.resting = window.setTimeout(() => {
      this.pace.rest();
      this.paint();
    }, REST_MS);
  }

  /** @param {{alpha: Colour.Alpha|null}} live @param {Shared.Clip} clip @param {boolean} cut @param {number} fine */
  frameLive(live, clip, cut, fine) {
    const part = this.livePart(clip);
    this.stage.frame(sizeOf(this.view(), part, this.setup.max_pixels), part, clip, fine);
    this.screen.change(part, cut ? live.alpha : null);
  }

  scene() {
    const share = this.stage.share;
    return { left: share > 0 ? (this.other ?? this.neutral) : null, right: this.right, split: share, mark: this.mark };
  }

  // measures -----------------------------------------------------------------------------------------------------------

  /** Give the instruments what they ask for, soon. */
  measure() {
    if (this.measuring || !this.scope.wanted) return;
    const wait = this.live ? Math.max(0, MEASURE_MS - (performance.now() - this.measuredAt)) : 0;
    this.measuring = window.setTimeout(() => {
      this.measuring = 0;
      this.measuredAt = performance.now();
      this.wantPerson();
      if (this.scope.hasMatte !== this.hasMatte) this.scope.hasMatte = this.hasMatte;
      const size = this.scope.wanted;
      const pixels = size && this.pixels(size);
      if (pixels) this.scope.update(pixels);
    }, wait);
  }

  /** The shown picture small: the trainer alone where that is chosen and the matte is there. @param {Colour.Size} size @returns {Colour.Pixels|null} */
  pixels(size) {
    const choice = this.stage.share >= 1 ? (this.other ?? this.neutral) : this.right;
    if (!this.live) {
      const source = this.scope.inside ? this.stills.cutout : this.stills.room;
      return source ? this.sampled(source, choice, size) : null;
    }
    if (this.stage.part) this.screen.change(this.stage.part, this.scope.inside ? this.live.alpha : null);
    return this.screen.read(alone(choice), size);
  }

  /** Whether the matte of the shown frame is at hand. */
  get hasMatte() {
    return Boolean(this.live ? this.live.alpha : this.stills.cutout);
  }

  /** A still's samples with a choice. @param {Colour.Still} source @param {Shared.Choice} choice @param {Colour.Size} size */
  sampled(source, choice, size) {
    const scale = Math.min(1, size.width / source.width, size.height / source.height);
    const fit = { width: Math.max(1, Math.round(source.width * scale)), height: Math.max(1, Math.round(source.height * scale)) };
    let { probed } = this;
    if (probed?.source !== source || probed.width !== fit.width || probed.height !== fit.height) {
      probed = this.probed = { source, ...fit, small: shrink(source, fit) };
    }
    this.probe.still(probed.small);
    return this.probe.read(alone(choice), fit);
  }

  /** The standing picture small, with any choice, for the presets; null while there is none. @param {Shared.Choice} choice @param {Colour.Size} size */
  thumbnail(choice, size) {
    if (this.live || !this.stills.room || !this.inSight) return null;
    return this.screen.read(alone(choice), { ...size, smooth: true });
  }

  /** What the thumbnails show: which picture, its size, and where the person is in it. */
  get subject() {
    const { room, cutout } = this.stills;
    return room && { key: room.key, width: room.width, height: room.height, part: cutout ? boxOf(cutout) : null };
  }

  /** The mean colour around a pixel of the clip, before and after: for the eyedropper. @param {number} x @param {number} y @param {number} radius */
  pick(x, y, radius) {
    const { part } = this.stage;
    if (!part || (!this.live && !this.stills.room)) return null;
    const side = 2 * radius + 1;
    const [left, top, width, height] = part;
    const view = [(x - radius - left) / width, (y - radius - top) / height, side / width, side / height];
    const read = (/** @type {Shared.Choice} */ choice) => mean(this.screen.readPart(alone(choice), view, { width: side, height: side }));
    const [before, after] = [read(this.neutral), read(this.right)];
    return before && after && { before: before.rgb, after: after.rgb, alpha: after.alpha };
  }

  /** @param {string} id @param {Colour.Cube} cube */
  addLook(id, cube) {
    this.screen.addLook(id, cube);
    this.probe.addLook(id, cube);
    this.paint();
  }

  // what the coach chooses ---------------------------------------------------------------------------------------------

  /** @param {string} name of the backdrop @param {string} colour the coach's own */
  choose(name, colour) {
    Object.assign(this, { backdrop: name, colour });
    if (name === "room") this.say("");
    this.wantPerson();
    this.paint();
  }

  /** The person is needed behind another backdrop, and for instruments that look at nothing else. */
  wantPerson() {
    const wanted = this.backdrop !== "room" || this.scope.wanted !== null;
    this.stills.want(wanted);
    this.player.wantAlpha(wanted);
  }

  /** Put another choice (or the picture as filmed: null) on the left of the comparison; the divider comes and goes with it. @param {Shared.Choice|null} choice @param {string} left @param {string} right */
  compareWith(choice, left, right) {
    const changes = (choice === null) !== (this.other === null);
    this.other = choice;
    this.stage.name(left, right);
    if (changes) this.wipe(choice !== null);
    this.paint();
  }

  /** @param {boolean} on */
  wipe(on) {
    if (on === this.wiping) return;
    this.wiping = on;
    this.wipeButton.setAttribute("aria-pressed", String(on));
    this.compare();
    this.wiped(on);
  }

  /** Shows the picture as filmed while it is held. */
  holdButton() {
    const hold = (/** @type {boolean} */ on) => { this.holding = on; button.setAttribute("aria-pressed", String(on)); this.compare(); };
    const button = el("button", { type: "button", "aria-pressed": "false",
      pointerdown: () => hold(true), pointerup: () => hold(false), pointerleave: () => hold(false), pointercancel: () => hold(false),
      blur: () => hold(false),
      click: (event) => { if (event.detail === 0) hold(!this.holding); } }, // the keyboard and screen readers
      this.t("colour_hold_before"));
    return button;
  }

  compare() {
    this.stage.compare(this.holding ? "before" : this.wiping ? "wipe" : "off");
    this.paint();
  }

  /** @param {string} mode */
  zoom(mode) {
    this.stage.mode = mode;
    this.stage.element.dataset.mode = mode;
    this.stage.paper.tabIndex = mode === "pixels" ? 0 : -1;
    this.zooms.forEach((button, i) => button.setAttribute("aria-pressed", String((i === 1) === (mode === "pixels"))));
    if (this.player.playing) this.paint();
    else this.fetch();
  }
}

/** @param {Shared.Choice} choice @returns {Colour.Scene} */
const alone = (choice) => ({ left: null, right: choice, split: 0, mark: false });

/** The mean of the seen pixels; null where nothing is seen. @param {Colour.Pixels|null} pixels */
function mean(pixels) {
  let [r, g, b, a, n] = [0, 0, 0, 0, 0];
  if (!pixels) return null;
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) {
    a += data[i + 3];
    if (data[i + 3] === 0) continue;
    [r, g, b, n] = [r + data[i], g + data[i + 1], b + data[i + 2], n + 1];
  }
  return n ? { rgb: { r: r / n, g: g / n, b: b / n }, alpha: (a * 4) / data.length } : null;
}

/** Where a cut-out is, [x, y, width, height] in 0..1; null where it is empty. @param {Colour.Still} source */
function boxOf(source) {
  const { width, height, alpha } = shrink(source, { width: 120, height: 120 });
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!alpha || alpha[i] < 128) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return right < 0 ? null : [left / width, top / height, (right - left + 1) / width, (bottom - top + 1) / height];
}

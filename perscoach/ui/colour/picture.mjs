// What is on the screen: a standing frame or the playing clip, two choices of colour side by side, and its measures.

import { el } from "../web/elements.mjs";
import { Pace } from "./pace.mjs";
import { Player } from "./player.mjs";
import { openScreen, shrink } from "./screen.mjs";
import { Stage } from "./stage.mjs";
import { Stills } from "./stills.mjs";
import { partOf, sizeOf } from "./view.mjs";

const REST_MS = 250; // after the last of moving pictures the full one is drawn
const MEASURE_MS = 90; // a playing clip is measured this often

export class Picture {
  /**
   * painted({index, cut, moving}): a picture of `right` has been drawn; say(sentence, bad); rested(): another standing frame
   * is there; wiped(on): the divider has come or gone; `scope`: the instruments (`wanted`, `inside`, `hasMatte`, `update`).
   */
  constructor(setup, server, t, { painted, say, rested, wiped = () => {}, scope }) {
    Object.assign(this, { setup, t, painted, say, rested, wiped, scope, clip: null, index: 0, backdrop: "room" });
    this.neutral = { grade: Object.fromEntries(setup.parameters.map((p) => [p.name, p.neutral])), look: null };
    this.right = this.neutral;
    this.other = this.live = null; // `other`: what stands on the left instead of the picture as filmed
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
    this.bar = this.compareBar();
    new ResizeObserver(() => this.resized()).observe(this.stage.element);
    window.addEventListener("resize", () => this.resized());
    window.addEventListener("perscoach:step", () => { this.stills.forgetPerson(); this.wantPerson(); });
  }

  // the clip -----------------------------------------------------------------------------------------------------------

  open(token, clip, address) {
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

  go(index) {
    this.index = index;
    this.fetch();
  }

  arrived() {
    const { live, player, stills } = this;
    const cut = !live?.alpha || this.backdrop === "room" || stills.settled; // else the room would flash up on a stop
    if (live && !player.playing && !player.dragging && stills.room.index === this.index && cut) {
      this.live = null;
      this.pace.rest(); // drawn in full at once
    }
    this.paint();
    this.rested();
  }

  /** A frame of the moving clip: it must be taken now. */
  gotLive(index, picture, alpha) {
    if (!this.inSight) return;
    this.index = index;
    this.live = { index, alpha };
    this.screen.take(picture, this.livePart());
    this.paintNow();
  }

  livePart() {
    return partOf(this.view(), this.clip, this.setup.max_pixels);
  }

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
    this.resizing = setTimeout(() => {
      if (!this.player.playing && !this.stills.has(this.index, this.view())) this.fetch();
    }, this.stills.room ? 300 : 0);
  }

  // painting -----------------------------------------------------------------------------------------------------------

  /** Draw before the next frame of the display. */
  paint() {
    this.painting ??= requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    cancelAnimationFrame(this.painting);
    this.painting = null;
    const { stills, live } = this;
    if (!live && !stills.room) return;
    const cut = this.backdrop !== "room" && Boolean(live ? live.alpha : stills.cutout);
    this.stage.backdrop(cut ? this.backdrop : "room", this.colour);
    const fine = this.screen.kind === "gl" ? this.pace.tick(performance.now(), Boolean(live)) : 1;
    if (live) this.frameLive(cut, fine);
    else {
      const source = cut ? stills.cutout : stills.room;
      this.stage.frame(source, source.part, this.clip, fine);
      this.screen.still(source);
    }
    this.screen.paint(this.scene());
    this.painted({ index: live ? live.index : stills.room.index, cut, moving: Boolean(live) || fine < 1 });
    this.sharpen(fine);
    this.measure();
  }

  /** Draw the picture in full once nothing moves any more. */
  sharpen(fine) {
    clearTimeout(this.resting);
    if (fine === 1 || this.player.playing) return;
    this.resting = setTimeout(() => {
      this.pace.rest();
      this.paint();
    }, REST_MS);
  }

  frameLive(cut, fine) {
    const part = this.livePart();
    this.stage.frame(sizeOf(this.view(), part, this.setup.max_pixels), part, this.clip, fine);
    this.screen.change(part, cut ? this.live.alpha : null);
  }

  scene() {
    const share = this.stage.share;
    return { left: share > 0 ? (this.other ?? this.neutral) : null, right: this.right, split: share, mark: this.mark };
  }

  // measures -----------------------------------------------------------------------------------------------------------

  /** Give the instruments what they ask for, soon. */
  measure() {
    if (this.measuring || !this.scope.wanted) return;
    const wait = this.live ? Math.max(0, MEASURE_MS - (performance.now() - (this.measuredAt ?? 0))) : 0;
    this.measuring = setTimeout(() => {
      this.measuring = null;
      this.measuredAt = performance.now();
      this.wantPerson();
      if (this.scope.hasMatte !== this.hasMatte) this.scope.hasMatte = this.hasMatte;
      const size = this.scope.wanted;
      const pixels = size && this.pixels(size);
      if (pixels) this.scope.update(pixels);
    }, wait);
  }

  /** The shown picture small: the trainer alone where that is chosen and the matte is there. */
  pixels(size) {
    const choice = this.stage.share >= 1 ? (this.other ?? this.neutral) : this.right;
    if (!this.live) {
      const source = this.scope.inside ? this.stills.cutout : this.stills.room;
      return source ? this.sampled(source, choice, size) : null;
    }
    this.screen.change(this.stage.part, this.scope.inside ? this.live.alpha : null);
    return this.screen.read(alone(choice), size);
  }

  /** Whether the matte of the shown frame is at hand. */
  get hasMatte() {
    return Boolean(this.live ? this.live.alpha : this.stills.cutout);
  }

  /** A still's samples with a choice, {width, height, data}. */
  sampled(source, choice, size) {
    const scale = Math.min(1, size.width / source.width, size.height / source.height);
    const fit = { width: Math.max(1, Math.round(source.width * scale)), height: Math.max(1, Math.round(source.height * scale)) };
    if (this.probed?.source !== source || this.probed.width !== fit.width || this.probed.height !== fit.height) {
      this.probed = { source, ...fit, small: shrink(source, fit) };
    }
    this.probe.still(this.probed.small);
    return this.probe.read(alone(choice), fit);
  }

  /** The standing picture small, with any choice, for the presets; null while there is none. */
  thumbnail(choice, size) {
    if (this.live || !this.stills.room || !this.inSight) return null;
    return this.screen.read(alone(choice), { ...size, smooth: true });
  }

  /** What the thumbnails show: which picture, its size, and where the person is in it. */
  get subject() {
    const { room, cutout } = this.stills;
    return { key: room.key, width: room.width, height: room.height, part: cutout ? boxOf(cutout) : null };
  }

  /** The mean colour around a pixel of the clip, before and after: for the eyedropper. */
  pick(x, y, radius) {
    const { part } = this.stage;
    if (!part || (!this.live && !this.stills.room)) return null;
    const side = 2 * radius + 1;
    const [left, top, width, height] = part;
    const view = [(x - radius - left) / width, (y - radius - top) / height, side / width, side / height];
    const read = (choice) => mean(this.screen.readPart(alone(choice), view, { width: side, height: side }));
    const after = read(this.right);
    return after && { before: read(this.neutral).rgb, after: after.rgb, alpha: after.alpha };
  }

  addLook(id, cube) {
    this.screen.addLook(id, cube);
    this.probe.addLook(id, cube);
    this.paint();
  }

  // what the coach chooses ---------------------------------------------------------------------------------------------

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

  /** Put another choice (or the picture as filmed: null) on the left of the comparison; the divider comes and goes with it. */
  compareWith(choice, left, right) {
    const changes = (choice === null) !== (this.other === null);
    this.other = choice;
    this.stage.name(left, right);
    if (changes) this.wipe(choice !== null);
    this.paint();
  }

  wipe(on) {
    if (on === Boolean(this.wiping)) return;
    this.wiping = on;
    this.wipeButton.setAttribute("aria-pressed", String(on));
    this.compare();
    this.wiped(on);
  }

  compareBar() {
    const { t } = this;
    const hold = (on) => { this.holding = on; before.setAttribute("aria-pressed", String(on)); this.compare(); };
    const before = el("button", { type: "button", "aria-pressed": "false",
      pointerdown: () => hold(true), pointerup: () => hold(false), pointerleave: () => hold(false), pointercancel: () => hold(false),
      blur: () => hold(false),
      click: (event) => { if (event.detail === 0) hold(!this.holding); } }, // the keyboard and screen readers
      t("colour_hold_before"));
    const wipe = (this.wipeButton = el("button", { type: "button", "aria-pressed": "false", click: () => this.wipe(!this.wiping) },
      t("colour_wipe")));
    this.hold = hold;
    this.zooms = ["fit", "pixels"].map((mode) => el("button", { type: "button", "aria-pressed": String(mode === "fit"),
      title: mode === "pixels" ? t("colour_pixels_help") : "", click: () => this.zoom(mode) }, t(`colour_${mode}`)));
    return el("div", { class: "pcc-bar" }, before, wipe, el("span", { class: "pcc-gap" }), ...this.zooms);
  }

  compare() {
    this.stage.compare(this.holding ? "before" : this.wiping ? "wipe" : "off");
    this.paint();
  }

  zoom(mode) {
    this.stage.mode = mode;
    this.stage.element.dataset.mode = mode;
    this.stage.paper.tabIndex = mode === "pixels" ? 0 : -1;
    this.zooms.forEach((button, i) => button.setAttribute("aria-pressed", String((i === 1) === (mode === "pixels"))));
    if (this.player.playing) this.paint();
    else this.fetch();
  }
}

const alone = (choice) => ({ left: null, right: choice, split: 0, mark: false });

/** The mean of the seen pixels, {rgb: {r, g, b}, alpha}; null where nothing is seen. */
function mean(pixels) {
  let [r, g, b, a, n] = [0, 0, 0, 0, 0];
  const data = pixels?.data ?? [];
  for (let i = 0; i < data.length; i += 4) {
    a += data[i + 3];
    if (data[i + 3] === 0) continue;
    [r, g, b, n] = [r + data[i], g + data[i + 1], b + data[i + 2], n + 1];
  }
  return n ? { rgb: { r: r / n, g: g / n, b: b / n }, alpha: (a * 4) / data.length } : null;
}

/** Where a cut-out is, [x, y, width, height] in 0..1; null where it is empty. */
function boxOf(source) {
  const { width, height, alpha } = shrink(source, { width: 120, height: 120 });
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (alpha[i] < 128) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), y];
    }
  }
  return right < 0 ? null : [left / width, top / height, (right - left + 1) / width, (bottom - top + 1) / height];
}

// The instruments: a panel that shows what the picture's pixels are, in light and in words.

import { context2d, el } from "../web/elements.mjs";
import { measure } from "./scopes.mjs";
import { SCOPES, clear } from "./traces.mjs";

const KINDS = /** @type {const} */ (["histogram", "parade", "waveform", "vector"]);
const SAMPLES = 45000; // of a picture: enough for a steady trace, measured and drawn within a frame's time
const WORDS_EVERY = 250; // ms; figures that change faster cannot be read
const LABEL_EVERY = 1500; // ms; a screen reader may be reading the last one
const ON_LINE = 4; // degrees from the skin line that the eye does not mind
const A_LITTLE = 10;

/** @typedef {import("./scopes.mjs").Measured} Measured */

/** Histogram, parade, waveform and vectorscope with their buttons. */
export class Instruments {
  /**
   * Set `clip` to the shape of what is shown, and `hasMatte` to whether `update` gets a matte.
   * @param {import("../web/words.mjs").Speaker} t
   * @param {Object} [options]
   * @param {() => void} [options.onChange] opened, closed or resized: look at `wanted` and give pixels with `update`
   * @param {(on: boolean) => void} [options.onMark] clipped places are to be marked in the picture, or not
   * @param {(on: boolean) => void} [options.onInside] the coach wants the person alone, or the whole picture
   * @param {boolean} [options.marks] whether the picture can be marked at all; without it there is no such button
   */
  constructor(t, { onChange = () => {}, onMark = () => {}, onInside = () => {}, marks = true } = {}) {
    this.t = t;
    this.onChange = onChange;
    this.onMark = onMark;
    this.onInside = onInside;
    /** @type {keyof typeof SCOPES} */
    this.kind = "histogram";
    this.closer = this.marking = false;
    /** @type {Colour.Size} */
    this.clip = { width: 9, height: 16 };
    /** @type {Colour.Pixels|null} */
    this.pixels = null;
    /** @type {import("./scopes.mjs").Measured|null} */
    this.measured = null;
    this.wish = true; // the person alone, where that can be
    this.matte = false;
    this.drawing = this.later = this.naming = 0;
    this.said = this.named = -LABEL_EVERY; // when the figures were last written, and read out
    /** @type {CanvasRenderingContext2D|null} */
    this.context = null;
    this.names = Object.fromEntries(["r", "yl", "g", "cy", "b", "mg", "skin"].map((name) => [name, t(`colour_scope_${name}`)]));
    const group = `pci-kind-${Math.random().toString(36).slice(2)}`;
    this.radios = KINDS.map((kind) => el("input", {
      type: "radio", name: group, value: kind, checked: kind === this.kind, change: () => this.choose(kind) }));
    const kinds = el("div", { class: "pci-kinds", role: "radiogroup", "aria-label": t("colour_scopes") },
      ...this.radios.map((radio, i) => el("label", {}, radio, el("span", {}, t(`colour_scope_${KINDS[i]}`)))));
    this.canvas = el("canvas", { class: "pci-scope", role: "img", "aria-label": t("colour_scope_waiting") });
    this.words = el("p", { class: "pci-words" }, t("colour_scope_waiting"));
    this.near = el("button", { type: "button", class: "pci-near", "aria-pressed": "false", title: t("colour_scope_closer_help"),
      click: () => this.comeCloser(!this.closer) }, t("colour_scope_closer"));
    this.mark = el("button", { type: "button", "aria-pressed": "false", title: t("colour_scope_mark_help"),
      click: () => this.setMark(!this.marking) }, t("colour_scope_mark"));
    this.shares = el("span", { class: "pci-shares" });
    this.only = el("input", { type: "checkbox", role: "switch", "aria-describedby": `${group}-why`,
      change: () => { this.wish = this.only.checked; this.onInside(this.inside); this.draw(); } });
    this.why = el("small", { id: `${group}-why` });
    this.element = el("details", { class: "pcc-more pci", toggle: () => this.onChange() },
      el("summary", {}, t("colour_scopes")),
      el("div", { class: "pci-body" }, kinds, this.canvas,
        el("div", { class: "pci-side" },
          el("div", { class: "pci-row" }, this.words, this.near),
          el("div", { class: "pci-row" }, this.mark, this.shares),
          el("label", { class: "pci-only" }, this.only, el("span", {}, t("colour_scope_only"), this.why)))));
    this.mark.hidden = !marks;
    this.hasMatte = false;
    this.choose("histogram");
    new ResizeObserver(() => this.resized()).observe(this.canvas);
  }

  /** Whether a matte comes with the pixels; without one the whole picture is measured. */
  get hasMatte() {
    return this.matte;
  }

  set hasMatte(has) {
    this.matte = Boolean(has);
    this.only.disabled = !this.matte;
    this.only.checked = this.inside;
    this.why.textContent = this.t(this.matte ? "colour_scope_only_help" : "colour_scope_no_matte");
  }

  /** Whether the person alone is measured now. */
  get inside() {
    return this.matte && this.wish;
  }

  /** How many pixels the instruments would like, or null while nobody looks. @returns {Colour.Size|null} */
  get wanted() {
    if (!this.element.open || this.canvas.clientWidth === 0) return null;
    const { width, height } = this.clip;
    const scale = Math.sqrt(SAMPLES / (width * height));
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  }

  /** Show these pixels; drawn with the browser's next frame. @param {Colour.Pixels} pixels */
  update(pixels) {
    this.pixels = pixels;
    this.draw();
  }

  /** Forget the picture: another clip is opened. */
  clear() {
    this.pixels = this.measured = null;
    this.draw();
  }

  /** @param {keyof typeof SCOPES} kind */
  choose(kind) {
    this.kind = kind;
    for (const radio of this.radios) radio.checked = radio.value === kind;
    this.near.hidden = kind !== "vector";
    this.said = this.named = -LABEL_EVERY; // told at once
    this.draw();
  }

  /** @param {boolean} on */
  comeCloser(on) {
    this.closer = on;
    this.near.setAttribute("aria-pressed", String(on));
    this.draw();
  }

  /** @param {boolean} on */
  setMark(on) {
    this.marking = on;
    this.mark.setAttribute("aria-pressed", String(on));
    this.onMark(on);
  }

  resized() {
    if (this.canvas.clientWidth === 0) return;
    this.draw();
    this.onChange();
  }

  draw() {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.redraw();
    });
  }

  redraw() {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    this.context ??= context2d(canvas, { alpha: false });
    this.context.setTransform(size[0] / width, 0, 0, size[1] / height, 0, 0);
    clear(this.context, width, height);
    this.measured = this.pixels ? measure(this.pixels, { inside: this.inside, room: this.measured }) : null;
    if (this.measured) SCOPES[this.kind](this.context, this.measured, width, height, { words: this.names, closer: this.closer });
    this.tell();
  }

  /** Figures in words: at once after a rest, then at most every WORDS_EVERY, and always the last one. */
  tell() {
    const now = performance.now();
    clearTimeout(this.later);
    if (now - this.said < WORDS_EVERY) {
      this.later = window.setTimeout(() => this.tell(), WORDS_EVERY);
      return;
    }
    this.said = now;
    const m = this.measured;
    const words = !m ? this.t("colour_scope_waiting") : m.count === 0 ? this.t("colour_scope_empty") : this.essence(m, this.kind);
    this.words.textContent = words.replaceAll(" %", "\u00a0%");
    this.shares.textContent = m?.count ? this.clipped(m, "clipped") : "";
    this.label(now);
  }

  /** @param {number} now milliseconds */
  label(now) {
    clearTimeout(this.naming);
    const spoken = () => {
      this.named = performance.now();
      const m = this.measured;
      const parts = [this.t(`colour_scope_${this.kind}`), (this.words.textContent ?? "").replaceAll("\u00a0", " ")];
      if (m?.count) {
        if (this.kind !== "histogram" && this.kind !== "waveform") parts.push(this.tones(m));
        parts.push(this.clipped(m, "lost"));
        if (this.kind !== "vector") parts.push(this.skin(m));
      }
      this.canvas.setAttribute("aria-label", parts.map((part) => part.replace(/\.$/, "")).join(". "));
    };
    const rest = LABEL_EVERY - (now - this.named);
    if (rest <= 0) spoken();
    else this.naming = window.setTimeout(spoken, rest);
  }

  /** @param {Measured} m @param {keyof typeof SCOPES} kind */
  essence(m, kind) {
    if (kind === "vector") return this.skin(m);
    if (kind === "parade") {
      const mean = (/** @type {Uint32Array} */ bins) => this.number(bins.reduce((sum, n, code) => sum + n * code, 0) / m.count / 2.55, 0);
      const { r, g, b } = m.histogram;
      return this.t("colour_scope_means", { r: mean(r), g: mean(g), b: mean(b) });
    }
    return this.tones(m);
  }

  /** @param {Measured} m */
  tones(m) {
    const [mean, darkest, brightest] = [m.mean, m.darkest, m.brightest].map((value) => this.number(value, 0));
    return this.t("colour_scope_tones", { mean, darkest, brightest });
  }

  /** @param {Measured} m @param {string} key */
  clipped(m, key) {
    return this.t(`colour_scope_${key}`, { shadows: this.share(m.shadows), highlights: this.share(m.highlights) });
  }

  /** @param {Measured} m */
  skin(m) {
    if (!m.skin) return this.t("colour_scope_skin_none");
    const far = Math.abs(m.skin.off);
    if (far <= ON_LINE) return this.t("colour_scope_skin_on", { degrees: this.number(far, 0) });
    const key = `colour_scope_skin_${far <= A_LITTLE ? "little" : "much"}_${m.skin.off > 0 ? "yellow" : "red"}`;
    return this.t(key, { degrees: this.number(far, 0) });
  }

  /** @param {number} value @param {number} digits at most */
  number(value, digits) {
    return value.toLocaleString(this.t.language, { maximumFractionDigits: digits });
  }

  /** @param {number} share 0..1 */
  share(share) {
    const percent = share * 100;
    if (percent > 0 && percent < 0.1) return `< ${this.number(0.1, 1)}`;
    return this.number(percent, percent < 10 ? 1 : 0);
  }
}

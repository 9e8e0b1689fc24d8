// What is seen in the session: the trainer, the client, what lies over them, the numbers.
import { put } from "./dom.mjs";
import { el, svg } from "./elements.mjs";
import { LIMB } from "./palette.mjs";

/** A standing figure: where the client should be in the picture. */
const FIGURE =
  "M50 5c6 0 10 5 10 11 0 5-2 9-5 11v4c8 1 15 4 17 11l5 26c1 4-4 6-6 2l-8-21-2 20 3 34 1 50c0 6-8 7-9 1L50 112l-6 42c-1 6-9 5-9-1l1-50 3-34-2-20-8 21c-2 4-7 2-6-2l5-26c2-7 9-10 17-11v-4c-3-2-5-6-5-11 0-6 4-11 10-11z";

/** @param {import("./palette.mjs").LimbColour} colour */
function sample(colour) {
  const { colour: stroke, dash, width } = LIMB[colour];
  const line = svg("line", { x1: 4, y1: 8, x2: 44, y2: 8, stroke, "stroke-width": 5 * width, "stroke-linecap": dash.length ? "butt" : "round" });
  if (dash.length) line.setAttribute("stroke-dasharray", dash.map((v) => v * 5).join(" "));
  return svg("svg", { viewBox: "0 0 48 16", "aria-hidden": "true" }, line);
}

export class Stage {
  /** @param {import("./track.mjs").Track} track @param {HTMLVideoElement} video the trainer's @param {import("./dom.mjs").Words} words */
  constructor(track, video, words) {
    this.words = words;
    this.video = video;
    this.clientFlipped = false;
    this.trainerFlipped = false;
    this.trainerLines = el("canvas", { class: "lines", "aria-hidden": "true" });
    this.bodyCanvas = el("canvas", { class: "body", "aria-hidden": "true" });
    this.looks = el("div", { class: "looks" });
    this.trainerPicture = el("div", { class: "picture" }, video, this.trainerLines);
    this.trainer = el("section", { class: "pane trainer", "data-tl": "trainer" }, this.trainerPicture, this.bodyCanvas, this.looks, el("span", { class: "tag", "data-t": "trainer" }));
    this.crop = cropOf(track);
    this.ratio(this.trainer, this.crop.width / this.crop.height);
    this.cropped(this.trainerPicture);
    this.ghost = el("canvas", { class: "ghost", "aria-hidden": "true" });
    this.clientLines = el("canvas", { class: "lines", "aria-hidden": "true" });
    this.guide = svg("svg", { viewBox: "0 0 100 162", class: "guide", "aria-hidden": "true" }, svg("path", { d: FIGURE }));
    this.clientPicture = el("div", { class: "picture" }, this.ghost, this.clientLines);
    this.legend = el("ul", { class: "legend" }, .../** @type {const} */ (["green", "amber", "red"]).map((c) => el("li", {}, sample(c), el("span", { "data-t": `limb.${c}` }))));
    this.out = el("div", { class: "out" }, el("strong", { "data-t": "out" }), el("span", { "data-t": "out.hint" }));
    this.client = el("section", { class: "pane client", "data-tl": "you" }, this.clientPicture, this.guide, this.legend, this.out, el("span", { class: "tag", "data-t": "you" }));
    this.ratio(this.client, 4 / 3);
    this.form = el("output", { class: "value", "aria-live": "off" });
    this.late = el("output", { class: "value", "aria-live": "off" });
    this.reps = el("output", { class: "value", "aria-live": "off" });
    this.seen = el("output", { class: "value", "aria-live": "off" });
    this.bar = el("i", {});
    this.cue = el("p", { class: "cue" });
    const number = (/** @type {string} */ name, /** @type {HTMLElement} */ value, /** @type {HTMLElement|null} */ more) => el("div", { class: `number ${name}` }, value, el("span", { class: "label", "data-t": name }), more);
    this.numbers = el("div", { class: "numbers" }, number("form", this.form, el("span", { class: "bar" }, this.bar)), this.cue,
      el("div", { class: "small" }, number("timing", this.late, null), number("reps", this.reps, null), number("coverage", this.seen, null)));
    this.big = el("p", { class: "big" });
    this.small = el("p", { class: "under" });
    this.actions = el("div", { class: "actions" });
    this.middle = el("div", { class: "middle" }, this.big, this.small, this.actions);
    this.element = el("section", { class: "stage screen", "data-view": "side" }, el("h1", { class: "unseen", "data-t": "title" }), el("div", { class: "panes" }, this.trainer, this.client), this.numbers, this.middle);
  }

  /** @param {HTMLElement} pane @param {number} ratio width by height */
  ratio(pane, ratio) {
    pane.style.setProperty("--ratio", String(ratio));
  }

  /** Shows only the part of the trainer's picture in which they move: they are as large as can be. @param {HTMLElement} picture */
  cropped(picture) {
    const { x, y, width, height, whole } = this.crop;
    picture.classList.add("cropped");
    const values = { x: -x / width, y: -y / height, w: whole[0] / width, h: whole[1] / height };
    for (const [name, value] of Object.entries(values)) picture.style.setProperty(`--c${name}`, `${100 * value}%`);
    this.ratio(picture, width / height);
  }

  /** Shows the client's own picture, or a dark ground where there is none. @param {import("./pose_source.mjs").PoseSource|null} source */
  setClient(source) {
    this.clientPicture.querySelector("video")?.remove();
    if (!source) return;
    const { width, height } = source;
    const ratio = width > 0 && height > 0 ? width / height : 4 / 3;
    this.ratio(this.client, ratio);
    this.client.style.setProperty("--shown", String(Math.min(ratio, 4 / 3)));
    if (source.video) {
      source.video.setAttribute("aria-hidden", "true");
      this.clientPicture.prepend(source.video);
    }
  }

  /** Mirrors by CSS only: the pictures that are looked at stay as they are. @param {boolean} client @param {boolean} trainer */
  flip(client, trainer) {
    this.clientFlipped = client;
    this.trainerFlipped = trainer;
    this.clientPicture.toggleAttribute("data-flip", client);
    this.trainer.toggleAttribute("data-flip", trainer);
  }

  /**
   * The large words in the middle, and what can be done there.
   * @param {string} big @param {string} small @param {{key: string, act: () => void, main?: boolean}[]} actions
   */
  say(big, small = "", actions = []) {
    put(this.big, big);
    put(this.small, small);
    this.big.classList.toggle("digit", /^\d$/.test(big));
    const keys = actions.map((a) => a.key).join();
    if (this.actions.dataset.keys !== keys) {
      this.actions.dataset.keys = keys;
      this.actions.replaceChildren(...actions.map((a) => el("button", { type: "button", class: a.main ? "main" : "", "data-t": a.key, click: a.act })));
      this.words.apply(this.actions);
    }
    this.middle.hidden = !big && !actions.length;
  }

  /** @param {{cue: import("./cues.mjs").Cue|null, words: string, kind?: string}} now */
  showCue({ cue, words, kind = "wait" }) {
    put(this.cue, words);
    this.cue.dataset.kind = words ? (cue ? cue.kind : kind) : "";
  }

  /**
   * @param {import("./live.mjs").Live} live @param {number} now
   */
  showNumbers(live, now) {
    const { words } = this;
    const frame = live.frame;
    const out = live.out(now);
    const scored = frame && frame.state !== "out" && Number.isFinite(frame.form) && !out;
    if (!frame || out || scored) {
      put(this.form, scored ? String(Math.round(frame.form)) : "–");
      this.bar.style.transform = `scaleX(${scored ? frame.form / 100 : 0})`;
    }
    const late = live.comparer.lags.length ? frame && frame.lag : null;
    put(this.late, late === null || late === undefined || out ? "–" : late < 0.15 ? words.t("ontime") : words.t("late", { s: late }));
    put(this.reps, live.track.plan.main ? words.t("of", { a: live.comparer.reps, b: Math.max(live.reps.count, live.comparer.reps) }) : "–");
    put(this.seen, live.comparer.shown > 15 ? `${Math.round(live.coverage)} %` : "–");
    this.element.toggleAttribute("data-out", out);
  }
}

/** Shares of the trainer's height that stay free around their joints: the head and the hands reach beyond them. */
const FREE = { top: 0.16, bottom: 0.07, side: 0.12 };

/** @param {import("./track.mjs").Track} track @returns {{x: number, y: number, width: number, height: number, whole: [number, number]}} pixels of the trainer's picture */
function cropOf(track) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let time = 0; time < track.duration; time += Math.max(0.1, track.duration / 600)) {
    const pixels = track.pixels(time);
    for (let i = 0; pixels && i < pixels.length; i += 2) {
      [left, right] = [Math.min(left, pixels[i]), Math.max(right, pixels[i])];
      [top, bottom] = [Math.min(top, pixels[i + 1]), Math.max(bottom, pixels[i + 1])];
    }
  }
  const tall = bottom - top;
  if (!(tall > 0)) return { x: 0, y: 0, width: track.width, height: track.height, whole: [track.width, track.height] };
  const x = Math.max(0, left - FREE.side * tall);
  const y = Math.max(0, top - FREE.top * tall);
  const width = Math.min(track.width, right + FREE.side * tall) - x;
  const height = Math.min(track.height, bottom + FREE.bottom * tall) - y;
  return { x, y, width, height, whole: [track.width, track.height] };
}

/** Makes a canvas as large as it is shown, at most `most` pixels wide. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} most */
export function fit(canvas, width, height, most = 1280) {
  const scale = Math.min(1, most / width);
  const [w, t] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== t) {
    canvas.width = w;
    canvas.height = t;
  }
  return scale;
}

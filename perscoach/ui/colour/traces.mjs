// Draws what scopes.mjs counts: light on a dark panel with thin lines, as on a grading desk. Nothing here knows the page.

import { context2d } from "../web/elements.mjs";
import { SKIN_LINE, TARGETS } from "./scopes.mjs";

const PANEL = "#0e1114";
const LINE = "#303a43";
const STRONG = "#46525d";
const WORDS = "#aab6c0";
const SKIN = "#e2a27a";
const FONT = "11px system-ui, sans-serif";
/** @type {Record<string, number[]>} */
const LIGHT = { r: [255, 74, 64], g: [64, 224, 96], b: [86, 132, 255], luma: [206, 218, 226] };
/** @type {Record<'r'|'g'|'b', number[]>} */
const FILL = { r: [150, 26, 22], g: [14, 120, 34], b: [30, 44, 150] }; // all three together: a calm grey
const FAINTEST = 0.2; // one pixel alone still shows
const LEVELS = 256;

/**
 * @typedef {import("./scopes.mjs").Measured} Measured
 * @typedef {{x: number, y: number, width: number, height: number}} Box CSS pixels
 * @typedef {{words: Record<string, string>, closer: boolean}} Options
 * @typedef {(context: CanvasRenderingContext2D, m: Measured, width: number, height: number, options: Options) => void} Draw
 */

/** The scopes by name; each draws on a canvas context of width x height CSS pixels, cleared before. @type {Record<'histogram'|'parade'|'waveform'|'vector', Draw>} */
export const SCOPES = { histogram, parade, waveform, vector };

/** The empty panel. @param {CanvasRenderingContext2D} context @param {number} width @param {number} height */
export function clear(context, width, height) {
  context.globalCompositeOperation = "source-over";
  context.fillStyle = PANEL;
  context.fillRect(0, 0, width, height);
  context.font = FONT;
  context.lineWidth = 1;
  context.textBaseline = "middle";
}

/** @param {CanvasRenderingContext2D} context @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {string} colour */
function line(context, x0, y0, x1, y1, colour) {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** @param {number} v */
const crisp = (v) => Math.round(v) + 0.5;

/** Horizontal lines at 0, 25, 50, 75 and 100 % with their labels in the left margin; gives the box of the trace. @param {CanvasRenderingContext2D} context @param {number} width @param {number} height @param {number} [above] */
function levels(context, width, height, above = 12) {
  const box = { x: 46, y: above, width: width - 56, height: height - above - 12 };
  context.textAlign = "right";
  for (const percent of [0, 25, 50, 75, 100]) {
    const y = crisp(box.y + box.height * (1 - percent / 100));
    line(context, box.x, y, box.x + box.width, y, percent % 100 ? LINE : STRONG);
    context.fillStyle = WORDS;
    if (percent % 50 === 0) context.fillText(percent === 100 ? "100 %" : String(percent), box.x - 6, y);
  }
  return box;
}

/** Brightness of a count: by its logarithm, so that a few pixels still show and many do not drown them. @param {number} full */
function glow(full) {
  const scale = (LEVELS - 1) / Math.log1p(full);
  return (/** @type {number} */ count) => (count === 0 ? 0 : Math.min(LEVELS - 1, Math.round((LEVELS - 1) * FAINTEST + (1 - FAINTEST) * Math.log1p(count) * scale)));
}

/** @type {Map<string, Uint32Array>} */
const ramps = new Map();

/** The light of a colour at every level as packed opaque pixels; the strongest turns towards white, as phosphor does. @param {string} name */
function rampOf(name) {
  let ramp = ramps.get(name);
  if (!ramp) {
    ramp = Uint32Array.from({ length: LEVELS }, (_, i) => {
      const level = i / (LEVELS - 1);
      const white = 0.55 * Math.max(0, level - 0.7) ** 1.5;
      const [r, g, b] = LIGHT[name].map((c) => Math.min(255, Math.round(c * level + 255 * white)));
      return (255 << 24) | (b << 16) | (g << 8) | r;
    });
    ramps.set(name, ramp);
  }
  return ramp;
}

/** @typedef {{canvas: HTMLCanvasElement, image: ImageData, pixels: Uint32Array, context: CanvasRenderingContext2D}} Sheet */

/** @type {Map<string, Sheet>} */
const sheets = new Map();

/** A small canvas to fill pixel by pixel, kept by name. @param {string} name @param {number} width @param {number} height @returns {Sheet} */
function sheet(name, width, height) {
  let kept = sheets.get(name);
  if (!kept || kept.canvas.width !== width || kept.canvas.height !== height) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const image = new ImageData(width, height);
    kept = { canvas, image, pixels: new Uint32Array(image.data.buffer), context: context2d(canvas) };
    sheets.set(name, kept);
  }
  return kept;
}

/** Light adds to the panel: black of the sheet leaves the lines as they are. @param {CanvasRenderingContext2D} context @param {Sheet} kept @param {Box} box */
function shine(context, kept, box) {
  kept.context.putImageData(kept.image, 0, 0);
  context.globalCompositeOperation = "lighter";
  context.imageSmoothingEnabled = true;
  context.drawImage(kept.canvas, box.x, box.y, box.width, box.height);
  context.globalCompositeOperation = "source-over";
}

/** @param {CanvasRenderingContext2D} context @param {Uint32Array} counts @param {number} columns @param {number} full @param {string} name @param {Box} box */
function trace(context, counts, columns, full, name, box) {
  const kept = sheet(`trace ${name}`, columns, 256);
  const level = glow(full);
  const ramp = rampOf(name);
  for (let x = 0; x < columns; x++) {
    for (let code = 0, from = x * 256, to = 255 * columns + x; code < 256; code++, to -= columns) {
      kept.pixels[to] = ramp[level(counts[from + code])];
    }
  }
  shine(context, kept, box);
}

/** As many pixels in one place as light it fully: a tenth of a column on one level is a strong trace. @param {Measured} m */
const fullOf = (m) => Math.max(4, m.count / m.columns / 10);

/** @type {Draw} */
function waveform(context, m, width, height) {
  const box = levels(context, width, height);
  trace(context, m.waveform, m.columns, fullOf(m), "luma", box);
}

/** @type {Draw} */
function parade(context, m, width, height, { words }) {
  const box = levels(context, width, height, 26);
  const gap = 6;
  const part = (box.width - 2 * gap) / 3;
  /** @type {const} */ (["r", "g", "b"]).forEach((name, i) => {
    const x = box.x + i * (part + gap);
    if (i) line(context, crisp(x - gap / 2), 8, crisp(x - gap / 2), box.y + box.height, LINE);
    trace(context, m.parade[name], m.columns, fullOf(m), name, { ...box, x, width: part });
    context.fillStyle = `rgb(${LIGHT[name].join(" ")})`;
    context.textAlign = "center";
    context.fillText(words[name], x + part / 2, box.y - 11);
  });
}

/** Counts as they are drawn: a grade spreads 256 codes over gaps, and such a comb would hide the shape. @param {Uint32Array} bins */
function smooth(bins) {
  const at = (/** @type {number} */ i) => bins[Math.min(253, Math.max(2, i))]; // a clipped heap at an end stays there
  return Array.from(bins, (n, i) => (i < 2 || i > 253 ? n : (at(i - 2) + 2 * at(i - 1) + 3 * n + 2 * at(i + 1) + at(i + 2)) / 9));
}

/** @type {Draw} */
function histogram(context, m, width, height) {
  const box = { x: 12, y: 12, width: width - 24, height: height - 36 };
  for (const percent of [0, 25, 50, 75, 100]) {
    const x = crisp(box.x + (box.width * percent) / 100);
    line(context, x, box.y, x, box.y + box.height, percent % 100 ? LINE : STRONG);
    context.fillStyle = WORDS;
    context.textAlign = percent === 0 ? "left" : percent === 100 ? "right" : "center";
    if (percent % 50 === 0) context.fillText(percent === 100 ? "100 %" : String(percent), x, box.y + box.height + 13);
  }
  line(context, box.x, crisp(box.y + box.height), box.x + box.width, crisp(box.y + box.height), STRONG);
  // The square root shows small counts beside large ones; the ends may hold a clipped heap and do not set the scale.
  const shapes = Object.fromEntries(Object.entries(m.histogram).map(([name, bins]) => [name, smooth(bins)]));
  const top = Math.max(1, ...Object.values(shapes).map((shape) => Math.max(...shape.slice(2, 254))));
  const rise = (/** @type {number} */ count) => box.height * Math.min(1, Math.sqrt(count / (top * 1.08)));
  const outline = (/** @type {number[]} */ shape) => {
    const step = box.width / 256;
    context.beginPath();
    context.moveTo(box.x, box.y + box.height);
    for (let i = 0; i < 256; i++) {
      context.lineTo(box.x + (i + 0.5) * step, box.y + box.height - rise(shape[i]));
    }
    context.lineTo(box.x + box.width, box.y + box.height);
  };
  context.globalCompositeOperation = "lighter";
  for (const name of /** @type {const} */ (["r", "g", "b"])) {
    outline(shapes[name]);
    context.fillStyle = `rgb(${FILL[name].join(" ")})`;
    context.fill();
  }
  context.globalCompositeOperation = "source-over";
  outline(shapes.luma);
  context.strokeStyle = "rgb(255 255 255 / 0.9)";
  context.stroke();
}

// The colour in which a place of the vectorscope shines: its own hue at even lightness.
/** @type {Uint8Array|null} */
let hues = null;
const huesOf = () => (hues ??= Uint8Array.from({ length: 65536 * 3 }, (_, i) => {
  const cell = Math.floor(i / 3);
  const cb = ((cell & 255) - 128) / 255;
  const cr = ((cell >> 8) - 128) / 255;
  const far = Math.max(0.06, Math.hypot(cb, cr));
  const [u, v] = [(cb / far) * 0.24, (cr / far) * 0.24];
  const code = [0.68 + 1.5748 * v, 0.68 - (0.2126 * 1.5748 * v + 0.0722 * 1.8556 * u) / 0.7152, 0.68 + 1.8556 * u][i % 3];
  return Math.round(255 * Math.min(1, Math.max(0, code)));
}));

/** @type {Draw} */
function vector(context, m, width, height, { words, closer }) {
  const radius = Math.min(width, height) / 2 - 10;
  const middle = { x: width / 2, y: height / 2 };
  const scale = (closer ? 3 : 1) * (radius / 128);
  const place = (/** @type {number} */ cb, /** @type {number} */ cr) => [middle.x + (cb - 128) * scale, middle.y - (cr - 128) * scale];
  context.save();
  context.beginPath();
  context.arc(middle.x, middle.y, radius, 0, 2 * Math.PI);
  context.clip();
  for (const sign of [0, 1]) {
    const [dx, dy] = sign ? [radius, 0] : [0, radius];
    line(context, crisp(middle.x - dx), crisp(middle.y - dy), crisp(middle.x + dx), crisp(middle.y + dy), LINE);
  }
  rings(context, middle, radius, closer);
  cloud(context, m, place);
  skinLine(context, middle, radius);
  if (!closer) targets(context, place, words);
  context.restore();
  context.strokeStyle = STRONG;
  context.beginPath();
  context.arc(middle.x, middle.y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.fillStyle = SKIN;
  context.textAlign = "right";
  const angle = (SKIN_LINE * Math.PI) / 180;
  context.fillText(words.skin, middle.x + Math.cos(angle) * radius - 8, middle.y - Math.sin(angle) * radius + 2);
}

/** @param {CanvasRenderingContext2D} context @param {{x: number, y: number}} middle @param {number} radius @param {boolean} closer */
function rings(context, middle, radius, closer) {
  context.strokeStyle = LINE;
  for (const share of closer ? [1 / 3, 2 / 3] : [0.25, 0.5, 0.75]) {
    context.beginPath();
    context.arc(middle.x, middle.y, radius * share, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Measured} m @param {(cb: number, cr: number) => number[]} place */
function cloud(context, m, place) {
  const kept = sheet("vector", 256, 256);
  const level = glow(Math.max(8, m.count / 250));
  const colour = huesOf();
  for (let cell = 0; cell < 65536; cell++) {
    const light = level(m.vector[cell]) / (LEVELS - 1);
    const at = ((255 - (cell >> 8)) << 8) | (cell & 255);
    const [r, g, b] = [colour[cell * 3] * light, colour[cell * 3 + 1] * light, colour[cell * 3 + 2] * light];
    kept.pixels[at] = light === 0 ? 0 : (255 << 24) | (b << 16) | (g << 8) | r;
  }
  const [x0, y0] = place(-0.5, 255.5);
  const [x1, y1] = place(255.5, -0.5);
  shine(context, kept, { x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
}

/** @param {CanvasRenderingContext2D} context @param {{x: number, y: number}} middle @param {number} radius */
function skinLine(context, middle, radius) {
  const angle = (SKIN_LINE * Math.PI) / 180;
  line(context, middle.x, middle.y, middle.x + Math.cos(angle) * radius, middle.y - Math.sin(angle) * radius, SKIN);
}

/** @param {CanvasRenderingContext2D} context @param {(cb: number, cr: number) => number[]} place @param {Record<string, string>} words */
function targets(context, place, words) {
  context.textAlign = "center";
  for (const [name, [cb, cr]] of Object.entries(TARGETS)) {
    const [x, y] = place(cb, cr);
    context.strokeStyle = STRONG;
    context.strokeRect(crisp(x) - 5, crisp(y) - 5, 10, 10);
    const far = Math.hypot(cb - 128, cr - 128);
    context.fillStyle = WORDS;
    const [wx, wy] = place(cb - ((cb - 128) / far) * 14, cr - ((cr - 128) / far) * 14);
    context.fillText(words[name], wx, wy);
  }
}

// What draws the picture: WebGL2 where the browser has it, else the page's own arithmetic on a standing frame.

import { context2d } from "../web/elements.mjs";
import { render } from "./grade.mjs";
import { Painter } from "./painter.mjs";

const LOOKS = 8;

/**
 * The screen for two stacked canvases (the second is used without WebGL2 alone); `?webgl=off` tries the way without.
 * @param {HTMLCanvasElement} after @param {HTMLCanvasElement} before @param {Shared.Maths} maths @returns {Colour.Screen}
 */
export function openScreen(after, before, maths) {
  const painter = new URLSearchParams(location.search).get("webgl") === "off" ? null : Painter.create(after, maths);
  if (painter) return new GlScreen(painter);
  const fresh = /** @type {HTMLCanvasElement} */ (after.cloneNode()); // a canvas that WebGL2 was tried on takes nothing else
  after.replaceWith(fresh);
  return new CpuScreen(fresh, before, maths);
}

/** @implements {Colour.Screen} */
class GlScreen {
  /** @param {Painter} painter */
  constructor(painter) {
    this.kind = /** @type {const} */ ("gl");
    this.painter = painter;
    this.canvas = painter.canvas;
    /** @type {Colour.Planes|null} the still that the graphics card holds */
    this.shown = null;
    /** @type {Map<string, Colour.Cube>} */
    this.looks = new Map();
    /** @type {(() => void)|null} */
    this.onrestored = null;
    painter.onrestored = () => {
      this.shown = null;
      for (const [id, cube] of this.looks) painter.addLook(id, cube);
      this.onrestored?.();
    };
  }

  /** Show a still; nothing is sent to the graphics card again for the same one. @param {Colour.Planes} source */
  still(source) {
    if (this.shown !== source) this.painter.still(source);
    this.shown = source;
  }

  /** @param {Colour.Frame} picture @param {number[]} part */
  take(picture, part) {
    if (picture instanceof HTMLVideoElement) this.painter.video(picture, part);
    else this.painter.frame(picture, part);
    this.shown = null;
  }

  /** @param {number[]} part @param {Colour.Alpha|null} alpha */
  change(part, alpha) {
    this.painter.crop(part);
    this.painter.matte(alpha);
  }

  /** @param {string} id @param {Colour.Cube} cube */
  addLook(id, cube) {
    remember(this.looks, id, cube);
    this.painter.addLook(id, cube);
  }

  /** @param {Colour.Scene} scene */
  paint(scene) {
    this.painter.paint(scene);
  }

  /** @param {Colour.Scene} scene @param {Colour.Size & {smooth?: boolean}} size */
  read(scene, size) {
    return this.painter.read(scene, size);
  }

  /** @param {Colour.Scene} scene @param {number[]} part @param {Colour.Size} size */
  readPart(scene, part, size) {
    return this.painter.readPart(scene, part, size);
  }
}

/** @implements {Colour.Screen} */
class CpuScreen {
  /** @param {HTMLCanvasElement} after @param {HTMLCanvasElement} before @param {Shared.Maths} maths */
  constructor(after, before, maths) {
    this.kind = /** @type {const} */ ("cpu");
    this.canvas = after;
    this.before = before;
    this.maths = maths;
    /** @type {Colour.Planes|null} */
    this.source = null;
    this.image = new ImageData(1, 1);
    /** @type {string|null} the choice on the left canvas */
    this.left = null;
    /** @type {Map<string, Colour.Cube>} */
    this.looks = new Map();
    /** @type {(() => void)|null} */
    this.onrestored = null;
  }

  take() {}

  change() {}


  /** @param {Colour.Planes} source */
  still(source) {
    if (this.source === source) return;
    this.source = source;
    this.image = new ImageData(source.width, source.height);
    this.before.width = source.width;
    this.before.height = source.height;
    this.left = null;
  }

  /** @param {string} id @param {Colour.Cube} cube */
  addLook(id, cube) {
    remember(this.looks, id, cube);
  }

  /** @param {Colour.Scene} scene */
  paint({ left, right }) {
    this.draw(this.canvas, right);
    if (left && JSON.stringify(left) !== this.left) this.draw(this.before, left);
    this.left = left ? JSON.stringify(left) : null;
  }

  /** @param {HTMLCanvasElement} canvas @param {Shared.Choice} choice */
  draw(canvas, choice) {
    if (this.source) context2d(canvas).putImageData(this.graded(this.source, choice, this.image), 0, 0);
  }

  /** @param {Colour.Planes} source @param {Shared.Choice} choice @param {ImageData} image */
  graded(source, { grade, look }, image) {
    const cube = look ? this.looks.get(look.id) : null;
    return render(source, source.alpha, grade, this.maths, image, look && cube ? { cube, amount: look.amount } : null);
  }

  /** @param {Colour.Scene} scene @param {Colour.Size} size */
  read(scene, size) {
    return this.readPart(scene, [0, 0, 1, 1], size);
  }

  /** @param {Colour.Scene} scene @param {number[]} part @param {Colour.Size} size */
  readPart(scene, part, size) {
    if (!this.source) return null;
    const small = shrink(this.source, size, part);
    return this.graded(small, scene.right, new ImageData(small.width, small.height));
  }
}

/** Keeps a look's table, the latest last; an older one has to be added again. @param {Map<string, Colour.Cube>} looks @param {string} id @param {Colour.Cube} cube */
function remember(looks, id, cube) {
  looks.delete(id);
  looks.set(id, cube);
  for (const oldest of looks.keys()) if (looks.size > LOOKS) looks.delete(oldest);
}

/**
 * A still's nearest samples on a grid of at most that size; `part` is [x, y, w, h] in 0..1 of it.
 * @template {Colour.Planes} T
 * @param {T} source @param {Colour.Size} size @param {number[]} [part]
 */
export function shrink(source, { width, height }, part = [0, 0, 1, 1]) {
  const [x, y, w, h] = [part[0] * source.width, part[1] * source.height, part[2] * source.width, part[3] * source.height];
  const columns = Math.max(1, Math.min(Math.round(width), Math.ceil(w)));
  const rows = Math.max(1, Math.min(Math.round(height), Math.ceil(h)));
  const place = (/** @type {number} */ i, /** @type {number} */ n, /** @type {number} */ start, /** @type {number} */ length, /** @type {number} */ size) => Math.min(size - 1, Math.max(0, Math.floor(start + ((i + 0.5) * length) / n)));
  const xs = Int32Array.from({ length: columns }, (_, i) => place(i, columns, x, w, source.width));
  const all = source.width * source.height;
  const size = columns * rows;
  const planes = new Uint8Array(3 * size);
  const alpha = source.alpha ? new Uint8Array(size) : null;
  for (let j = 0, at = 0; j < rows; j++) {
    const row = place(j, rows, y, h, source.height) * source.width;
    for (let i = 0; i < columns; i++, at++) {
      const from = row + xs[i];
      for (let c = 0; c < 3; c++) planes[c * size + at] = source.planes[c * all + from];
      if (alpha && source.alpha) alpha[at] = source.alpha[from];
    }
  }
  return { ...source, width: columns, height: rows, planes, alpha };
}

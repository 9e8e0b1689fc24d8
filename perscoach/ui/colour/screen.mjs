// What draws the picture: WebGL2 where the browser has it, else the page's own arithmetic on a standing frame.

import { render } from "./grade.mjs";
import { Painter } from "./painter.mjs";

const LOOKS = 8;

/** The screen for two stacked canvases (the second is used without WebGL2 alone); `?webgl=off` tries the way without. */
export function openScreen(after, before, maths) {
  const painter = new URLSearchParams(location.search).get("webgl") === "off" ? null : Painter.create(after, maths);
  if (painter) return new GlScreen(painter);
  const fresh = after.cloneNode(); // a canvas that WebGL2 was tried on takes nothing else
  after.replaceWith(fresh);
  return new CpuScreen(fresh, before, maths);
}

class GlScreen {
  constructor(painter) {
    this.kind = "gl";
    this.painter = painter;
    this.canvas = painter.canvas;
    this.shown = null;
    this.looks = new Map();
    painter.onrestored = () => {
      this.shown = null;
      for (const [id, cube] of this.looks) painter.addLook(id, cube);
      this.onrestored?.();
    };
  }

  /** Show a still; nothing is sent to the graphics card again for the same one. */
  still(source) {
    if (this.shown !== source) this.painter.still(source);
    this.shown = source;
  }

  /** Take a frame of the clip (a VideoFrame that is open now, or a <video>); `change` says what is shown of it. */
  take(picture, part) {
    if (typeof VideoFrame !== "undefined" && picture instanceof VideoFrame) this.painter.frame(picture, part);
    else this.painter.video(picture, part);
    this.shown = null;
  }

  /** Which part of that frame is shown, and with which alpha, or none. */
  change(part, alpha) {
    this.painter.crop(part);
    this.painter.matte(alpha);
  }

  addLook(id, cube) {
    remember(this.looks, id, cube);
    this.painter.addLook(id, cube);
  }

  paint(scene) {
    this.painter.paint(scene);
  }

  /** The picture small, as pixels {width, height, data}. */
  read(scene, size) {
    return this.painter.read(scene, size);
  }

  /** A part of the canvas, [x, y, w, h] in 0..1, as pixels. */
  readPart(scene, part, size) {
    return this.painter.readPart(scene, part, size);
  }
}

class CpuScreen {
  constructor(after, before, maths) {
    Object.assign(this, { kind: "cpu", canvas: after, before, maths, source: null, looks: new Map() });
  }

  still(source) {
    if (this.source === source) return;
    this.source = source;
    this.image = new ImageData(source.width, source.height);
    this.before.width = source.width;
    this.before.height = source.height;
    this.left = null;
  }

  addLook(id, cube) {
    remember(this.looks, id, cube);
  }

  paint({ left, right }) {
    this.draw(this.canvas, right);
    if (left && JSON.stringify(left) !== this.left) this.draw(this.before, left);
    this.left = left ? JSON.stringify(left) : null;
  }

  draw(canvas, choice) {
    canvas.getContext("2d").putImageData(this.graded(this.source, choice, this.image), 0, 0);
  }

  graded(source, { grade, look }, image) {
    const cube = look ? this.looks.get(look.id) : null;
    return render(source, source.alpha, grade, this.maths, image, cube ? { cube, amount: look.amount } : null);
  }

  read(scene, size) {
    const small = shrink(this.source, size);
    return this.graded(small, scene.right, new ImageData(small.width, small.height));
  }

  readPart(scene, part, { width, height }) {
    const small = shrink(this.source, { width, height }, part);
    return this.graded(small, scene.right, new ImageData(small.width, small.height));
  }
}

/** Keep a look's table, the latest last; whoever wants an older one again brings it again. */
function remember(looks, id, cube) {
  looks.delete(id);
  looks.set(id, cube);
  if (looks.size > LOOKS) looks.delete(looks.keys().next().value);
}

/** A still's nearest samples on a grid of at most that size; `part` is [x, y, w, h] in 0..1 of it. */
export function shrink(source, { width, height }, part = [0, 0, 1, 1]) {
  const [x, y, w, h] = [part[0] * source.width, part[1] * source.height, part[2] * source.width, part[3] * source.height];
  const columns = Math.max(1, Math.min(Math.round(width), Math.ceil(w)));
  const rows = Math.max(1, Math.min(Math.round(height), Math.ceil(h)));
  const place = (i, n, start, length, size) => Math.min(size - 1, Math.max(0, Math.floor(start + ((i + 0.5) * length) / n)));
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
      if (alpha) alpha[at] = source.alpha[from];
    }
  }
  return { ...source, width: columns, height: rows, planes, alpha };
}

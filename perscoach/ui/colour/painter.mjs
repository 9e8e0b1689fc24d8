// The picture of the colour room by WebGL2: a still or a playing clip, graded, with a look, the matte and the marks.
//
// What the graphics driver does is not trusted further than it is known: the program has no pow, a look is interpolated by
// hand, the last rounding is the program's own, and `create` tries it on some colours first (trial.mjs).

import { interleaved } from "./planes.mjs";
import { VERTEX, fragment, linked } from "./shaders.mjs";
import { LookTables, bind, newTexture } from "./textures.mjs";
import { NEUTRAL, sumsAreRight } from "./trial.mjs";
import { watchFrames } from "./watch.mjs";

const MOST_TAPS = 8;
const STRIPE = 8; // CSS pixels from one stripe of the marks to the next
const ABILITIES = /** @type {const} */ (["matted", "smooth", "lifted", "looked", "marked", "straight"]);
const WHOLE = [0, 0, 1, 1];

/**
 * @typedef {{program: WebGLProgram, at: Record<string, WebGLUniformLocation|null>}} Program `at`: its uniforms
 * @typedef {{width: number, height: number, view: number[], straight: boolean, taps: number, mark: number}} Target
 *   view: the part of the canvas in 0..1; taps: places across a pixel that are looked at, 0 for the nearest one alone; mark: the
 *   stripes' period in pixels, 0 for none
 */

/** Draws on one canvas; see `create`. */
export class Painter {
  /**
   * A painter for a canvas that no other context has; null where WebGL2 is missing, cannot hold 32-bit floats in its
   * programs or does the sums wrongly. A canvas that gave null is spent: use a new one for another renderer.
   * @param {HTMLCanvasElement} canvas @param {Shared.Maths} maths
   */
  static create(canvas, maths) {
    // A slow software renderer is welcome too (no failIfMajorPerformanceCaveat): it is quicker than our own loops.
    const gl = canvas.getContext("webgl2", {
      alpha: true, premultipliedAlpha: true, preserveDrawingBuffer: true, antialias: false, depth: false, stencil: false,
    });
    if (!gl || gl.isContextLost()) return null;
    const painter = new Painter(canvas, gl, maths);
    if (painter.build() && sumsAreRight(painter)) return painter;
    painter.dispose();
    return null;
  }

  /** @param {HTMLCanvasElement} canvas @param {WebGL2RenderingContext} gl @param {Shared.Maths} maths */
  constructor(canvas, gl, maths) {
    this.canvas = canvas;
    this.gl = gl;
    this.maths = maths;
    /** @type {(() => void)|null} */
    this.onlost = null;
    /** @type {(() => void)|null} */
    this.onrestored = null;
    this.lost = false;
    this.looks = new LookTables(gl);
    /** @type {Map<string, Program|null>} */
    this.programs = new Map();
    /** @type {((lifted?: boolean) => string)|undefined} the programs' maths */
    this.chunk = undefined;
    this.largest = 0;
    /** @type {WebGLVertexArrayObject|null} */
    this.corners = null;
    /** @type {WebGLTexture|null} */
    this.picture = null;
    /** @type {WebGLTexture|null} */
    this.alpha = null;
    /** @type {WebGLFramebuffer|null} */
    this.target = null;
    /** @type {WebGLRenderbuffer|null} */
    this.targetBuffer = null;
    /** @type {WebGLBuffer|null} */
    this.outbox = null;
    /** @type {(() => void)|null} ends following the present picture */
    this.unfollow = null;
    /** @type {Colour.Planes|null} the still that is shown */
    this.source = null;
    /** @type {HTMLVideoElement|null} the video that is shown */
    this.clip = null;
    this.held = false; // one frame of a clip is shown
    /** @type {number[]|null} which part of the picture */
    this.part = null;
    this.matted = false;
    this.seen = false; // the texture holds a frame of the video
    this.fresh = false; // the video has another frame than the texture
    this.told = false; // the video announces its frames
    this.time = 0;
    this.pictureSize = [0, 0];
    this.targetSize = [0, 0];
    this.losing = (/** @type {Event} */ event) => {
      event.preventDefault(); // else the context would never come back
      this.lost = true;
      this.forget();
      this.onlost?.();
    };
    this.restoring = () => {
      this.lost = !this.build();
      if (!this.lost) this.onrestored?.();
    };
    canvas.addEventListener("webglcontextlost", this.losing);
    canvas.addEventListener("webglcontextrestored", this.restoring);
  }

  forget() {
    this.looks.clear();
    this.unfollow?.();
    this.source = this.clip = this.part = null;
    this.matted = this.seen = this.held = false;
    this.pictureSize = this.targetSize = [0, 0];
  }

  // pictures -----------------------------------------------------------------------------------------------------------

  /** Show a still: its colours exactly. False where it is larger than this machine's pictures. @param {Colour.Planes} source */
  still(source) {
    if (this.lost) return false;
    if (source === this.source) return true;
    const { width, height, planes, alpha } = source;
    if (Math.max(width, height) > this.largest) return false;
    this.unfollow?.();
    const { gl } = this;
    bind(gl, 0, gl.TEXTURE_2D, this.picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, interleaved(planes, alpha, width * height));
    this.pictureSize = [width, height];
    this.source = source;
    this.part = [0, 0, width, height];
    return true;
  }

  /** Paint what this <video> shows from now on: the part [x, y, width, height] of its pixels, or null for all of it. @param {HTMLVideoElement} video @param {number[]|null} part */
  video(video, part) {
    if (this.lost) return;
    if (video !== this.clip) this.follow(video);
    this.part = part;
    this.fresh = true;
  }

  /** Show one VideoFrame: it is taken at once and may be closed then, and stays until another picture comes. False: too large. @param {VideoFrame} frame @param {number[]} part */
  frame(frame, part) {
    const { displayWidth: width, displayHeight: height } = frame;
    if (this.lost || Math.max(width, height) > this.largest) return false;
    this.unfollow?.();
    this.load(frame, width, height);
    Object.assign(this, { source: null, part, held: true });
    this.unfollow = () => Object.assign(this, { unfollow: null, held: false });
    return true;
  }

  /** Another part of the same picture. @param {number[]} part */
  crop(part) {
    this.part = part;
  }

  /** @param {HTMLVideoElement} video */
  follow(video) {
    this.unfollow?.();
    this.source = null;
    this.clip = video;
    this.seen = false; // whether the texture holds a frame of it
    const { announced, stop } = watchFrames(video, () => (this.fresh = true));
    this.told = announced; // else every paint uploads
    this.unfollow = () => {
      stop();
      this.unfollow = this.clip = null;
    };
  }

  /** The alpha of the whole clip's frame {width, height, data} for a video, read with linear filtering; null: opaque. @param {Colour.Alpha|null} alpha */
  matte(alpha) {
    if (this.lost) return;
    this.matted = Boolean(alpha);
    if (!alpha) return;
    const { gl } = this;
    bind(gl, 1, gl.TEXTURE_2D, this.alpha);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, alpha.width, alpha.height, 0, gl.RED, gl.UNSIGNED_BYTE, alpha.data);
  }

  /**
   * Keep a look's table under its id: size^3 triples, red fastest; domain: [[low r, g, b], [high r, g, b]].
   * The least used goes when there are too many; RangeError where size, table and domain do not fit together.
   * @param {string} id @param {Colour.Cube} cube
   */
  addLook(id, { size, table, domain }) {
    if (!this.lost) this.looks.add(id, { size, table, domain });
  }

  /** Whether a look's table is here (it goes when others were used since, and with a lost context). @param {string} id */
  hasLook(id) {
    return this.looks.has(id);
  }

  // painting -----------------------------------------------------------------------------------------------------------

  /**
   * Paint a scene on the canvas; a look that was not added is left out. False where there was nothing to paint.
   * @param {Colour.Scene} scene
   */
  paint(scene) {
    const { gl } = this;
    if (this.lost || !this.taken()) return false;
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    if (!width || !height) return false;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    const [, , partWidth, partHeight] = this.shown();
    const exact = partWidth === width && partHeight === height;
    const mark = scene.mark ? Math.max(2, (STRIPE * width) / (this.canvas.clientWidth || width)) : 0;
    return this.draw(scene, { width, height, view: WHOLE, straight: false, taps: exact ? 0 : this.taps(width, height, WHOLE), mark });
  }

  /**
   * The painted picture at another size, straight alpha, without marks: {width, height, data}, or null where there is none.
   * Pixels are the nearest ones of the clip, graded, or with `smooth` means of all of them (for thumbnails).
   * @param {Colour.Scene} scene @param {Colour.Size & {smooth?: boolean}} size @returns {Colour.Pixels|null}
   */
  read(scene, { width, height, smooth = false }) {
    return this.readPart(scene, WHOLE, { width, height, smooth });
  }

  /**
   * The same of a part [x, y, width, height] in 0..1 of the canvas.
   * @param {Colour.Scene} scene @param {number[]} view @param {Colour.Size & {smooth?: boolean}} size @returns {Colour.Pixels|null}
   */
  readPart(scene, view, { width, height, smooth = false }) {
    const { gl } = this;
    if (this.lost || !((this.clip && this.seen) || this.taken())) return null; // a video's frame stays the painted one
    width = Math.min(this.largest, Math.max(1, Math.round(width)));
    height = Math.min(this.largest, Math.max(1, Math.round(height)));
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    this.reserve(width, height);
    const taps = smooth ? this.taps(width, height, view) : 0;
    const drawn = this.draw(scene, { width, height, view, straight: true, taps, mark: 0 });
    const data = new Uint8ClampedArray(4 * width * height);
    // Through a buffer: reading straight into the page's memory makes Chromium warn on the console.
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, this.outbox);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, 0);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, data);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    return !drawn || gl.isContextLost() ? null : { width, height, data };
  }

  /** Give everything back; the canvas cannot be painted again. */
  dispose() {
    this.canvas.removeEventListener("webglcontextlost", this.losing);
    this.canvas.removeEventListener("webglcontextrestored", this.restoring);
    const { gl } = this;
    this.looks.dispose();
    for (const texture of [this.picture, this.alpha]) gl.deleteTexture(texture);
    gl.deleteRenderbuffer(this.targetBuffer);
    gl.deleteFramebuffer(this.target);
    gl.deleteBuffer(this.outbox);
    for (const made of this.programs.values()) gl.deleteProgram(made?.program ?? null);
    gl.deleteVertexArray(this.corners);
    this.forget();
    this.lost = true;
    gl.getExtension("WEBGL_lose_context")?.loseContext(); // a page may hold few contexts, and waits long to drop one
  }

  // inside -------------------------------------------------------------------------------------------------------------

  /** Everything that does not depend on a picture; false where the driver cannot. @param {(lifted?: boolean) => string} [grade] the programs' maths */
  build(grade) {
    const { gl } = this;
    const precision = gl.getShaderPrecisionFormat(gl.FRAGMENT_SHADER, gl.HIGH_FLOAT);
    if (!precision || precision.precision < 23) return false;
    this.programs = new Map();
    this.chunk = grade;
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), gl.getParameter(gl.MAX_RENDERBUFFER_SIZE));
    this.corners = gl.createVertexArray();
    this.picture = newTexture(gl, gl.TEXTURE_2D, gl.LINEAR);
    this.alpha = newTexture(gl, gl.TEXTURE_2D, gl.LINEAR);
    this.target = gl.createFramebuffer();
    this.targetBuffer = gl.createRenderbuffer();
    this.outbox = gl.createBuffer();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.disable(gl.DITHER); // on by default, and it may change a code
    gl.enable(gl.SCISSOR_TEST);
    gl.bindVertexArray(this.corners);
    return this.program({ straight: true }) !== null && gl.getError() === gl.NO_ERROR;
  }

  /**
   * The program with these abilities: made when it is first needed, null where it cannot be.
   * @param {import("./shaders.mjs").Abilities} abilities @returns {Program|null}
   */
  program(abilities) {
    const key = ABILITIES.filter((name) => abilities[name]).join(" ");
    let made = this.programs.get(key);
    if (made === undefined) {
      const { gl, maths } = this;
      const program = linked(gl, VERTEX, fragment(abilities, this.chunk));
      const at = program && new Proxy(/** @type {Program["at"]} */ ({}), { get: (known, name) => (known[String(name)] ??= gl.getUniformLocation(program, String(name))) });
      made = program && at && { program, at };
      this.programs.set(key, made);
      if (program && at) {
        gl.useProgram(program);
        ["picture", "matte", "cube"].forEach((name, unit) => gl.uniform1i(at[name], unit));
        gl.uniformMatrix3fv(at.toXyz, true, maths.to_xyz.flat());
        gl.uniformMatrix3fv(at.toRgb, true, maths.to_rgb.flat());
      }
    }
    return made;
  }

  /** Whether there is a picture; the video's frame is fetched where it is a new one. */
  taken() {
    const { clip: video } = this;
    if (this.held) return true;
    if (!video) return this.source !== null;
    if (video.readyState < 2 || !video.videoWidth) return this.seen;
    const stale = this.seen && this.told && !this.fresh && video.paused && video.currentTime === this.time;
    if (stale) return true;
    const { videoWidth: width, videoHeight: height } = video;
    if (Math.max(width, height) > this.largest) return false;
    this.load(video, width, height);
    this.time = video.currentTime;
    this.fresh = false;
    this.seen = true;
    return true;
  }

  /** @param {Colour.Frame} picture @param {number} width @param {number} height */
  load(picture, width, height) {
    const { gl } = this;
    bind(gl, 0, gl.TEXTURE_2D, this.picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    this.pictureSize = [width, height];
  }

  /** x, y, width, height of what is shown, in the picture's pixels. */
  shown() {
    return this.part ?? [0, 0, ...this.pictureSize];
  }

  /** How many places across each pixel of a target are looked at where all of the picture should count. @param {number} width @param {number} height @param {number[]} view */
  taps(width, height, [, , viewWidth, viewHeight]) {
    const [, , partWidth, partHeight] = this.shown();
    const scale = Math.max((partWidth * viewWidth) / width, (partHeight * viewHeight) / height);
    return Math.min(MOST_TAPS, Math.max(1, Math.round(scale)));
  }

  /** Room for a picture read back; it only grows. @param {number} width @param {number} height */
  reserve(width, height) {
    const { gl } = this;
    const [had, tall] = this.targetSize;
    if (width <= had && height <= tall) return;
    this.targetSize = [Math.max(width, had), Math.max(height, tall)];
    gl.bindRenderbuffer(gl.RENDERBUFFER, this.targetBuffer);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, this.targetSize[0], this.targetSize[1]);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, this.targetBuffer);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, this.outbox);
    gl.bufferData(gl.PIXEL_PACK_BUFFER, 4 * this.targetSize[0] * this.targetSize[1], gl.STREAM_COPY);
  }

  /** Both sides of the scene on the bound target; straight: to be read, the picture's first row first. @param {Colour.Scene} scene @param {Target} to */
  draw(scene, to) {
    const { split, left, right } = scene;
    const [x, , width] = to.view;
    const share = Math.ceil(((split - x) / width) * to.width - 0.5); // pixels whose middle is left of the divider
    const edge = Math.min(to.width, Math.max(0, split > 0 ? share : 0));
    this.gl.viewport(0, 0, to.width, to.height);
    const before = left ?? { grade: NEUTRAL, look: null };
    return (edge === 0 || this.side(before, 0, edge, to)) && (edge === to.width || this.side(right, edge, to.width - edge, to));
  }

  /** @param {Shared.Choice} choice @param {number} start @param {number} columns of the target @param {Target} to */
  side({ grade, look }, start, columns, { width, height, view, straight, taps, mark }) {
    const { gl } = this;
    const kept = look && look.amount > 0 ? this.looks.use(look.id) : undefined;
    const matted = (this.held || this.clip !== null) && this.matted;
    const lifted = grade.lab_lift !== 0;
    const made = this.program({ matted, straight, lifted, smooth: taps > 0, looked: kept !== undefined, marked: mark > 0 });
    if (!made) return false;
    const { program, at } = made;
    const [x, y, w, h] = straight ? view : [view[0], view[1] + view[3], view[2], -view[3]];
    const [left, top, across, down] = this.shown();
    gl.useProgram(program);
    bind(gl, 0, gl.TEXTURE_2D, this.picture);
    bind(gl, 1, gl.TEXTURE_2D, this.alpha);
    gl.uniform2fv(at.size, this.pictureSize);
    gl.uniform2f(at.origin, left + across * x, top + down * y);
    gl.uniform2f(at.stride, (across * w) / width, (down * h) / height);
    gl.uniform2f(at.tone, grade.contrast, grade.contrast * grade.brightness_boost + 0.5 * (1 - grade.contrast));
    gl.uniform3f(at.gains, grade.red_boost, 1, grade.blue_reduce);
    if (lifted) gl.uniform1f(at.lift, this.maths.lift * grade.lab_lift);
    if (taps > 0) gl.uniform1i(at.taps, taps);
    if (mark > 0) gl.uniform1f(at.period, mark);
    if (look && kept) {
      bind(gl, 2, gl.TEXTURE_3D, kept.texture);
      gl.uniform1f(at.look, Math.min(1, look.amount));
      gl.uniform3fv(at.low, kept.domain[0]);
      gl.uniform3fv(at.high, kept.domain[1]);
    }
    gl.scissor(start, 0, columns, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return true;
  }
}

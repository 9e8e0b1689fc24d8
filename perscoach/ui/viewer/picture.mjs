// The clip with the 2D joints drawn over it.

import { context2d } from "../web/elements.mjs";
import { DASHES, ON_PICTURE } from "./engines.mjs";
import { sideColour } from "./scene.mjs";

const GUESS = { colour: "#aab3bb", dash: [3, 5] };
const BYTES_IN_MEMORY = 250e6; // a clip up to this size is fetched once, so that seeking asks the server nothing

export class Picture {
  /**
   * @param {HTMLElement} box @param {HTMLVideoElement} video @param {HTMLCanvasElement} canvas
   * @param {import("../web/format.mjs").Movement} movement
   */
  constructor(box, video, canvas, movement) {
    this.movement = movement;
    this.video = video;
    this.canvas = canvas;
    /** @type {number|null} the frame that is to be shown next */
    this.wanted = null;
    this.frame = 0;
    /** @type {import("./engines.mjs").Engines|null} */
    this.compare = null;
    /** @type {number|null} the joint under the pointer */
    this.marked = null;
    this.ready = false;
    this.blob = "";
    box.style.setProperty("--pcv-ratio", String(movement.header.width / movement.header.height));
    box.style.aspectRatio = `${movement.header.width} / ${movement.header.height}`;
    this.video.addEventListener("seeked", () => this.seekOn());
    this.resizer = new ResizeObserver(() => this.draw(this.frame, this.compare));
    this.resizer.observe(this.canvas);
  }

  /** @param {string} url @param {AbortSignal} signal */
  async load(url, signal) {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`${response.status}`);
    if (Number(response.headers.get("content-length") || 0) > BYTES_IN_MEMORY) {
      await response.body?.cancel();
      this.video.src = url;
    } else {
      this.blob = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type: "video/mp4" }));
      this.video.src = this.blob;
    }
    await new Promise((resolve, reject) => {
      this.video.addEventListener("loadeddata", resolve, { once: true });
      this.video.addEventListener("error", () => reject(new Error("video")), { once: true });
    });
    this.ready = true;
  }

  /** The middle of the frame's time on screen: never its edge, where browsers round either way. @param {number} frame */
  timeOf(frame) {
    return Math.min((frame + 0.5) / this.movement.fps, Math.max(0, (this.video.duration || 1e9) - 1e-3));
  }

  /** @param {number} seconds */
  frameAt(seconds) {
    return Math.max(0, Math.min(this.movement.frames - 1, Math.floor(seconds * this.movement.fps + 0.01)));
  }

  /** @param {number} frame */
  seek(frame) {
    this.wanted = frame;
    if (this.ready && !this.video.seeking) this.seekOn();
  }

  // One seek at a time; the last wish wins.
  seekOn() {
    if (this.wanted === null || !this.ready) return;
    const time = this.timeOf(this.wanted);
    this.wanted = null;
    if (Math.abs(this.video.currentTime - time) > 1e-4) this.video.currentTime = time;
  }

  /** @param {number} frame @param {import("./engines.mjs").Engines|null} compare null: the movement's own lines in the colours of its sides */
  draw(frame, compare) {
    Object.assign(this, { frame, compare });
    const { movement, canvas } = this;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = context2d(canvas);
    context.clearRect(0, 0, width, height);
    const place = { ratio, scale: width / movement.header.width };
    if (!compare?.other || compare.shown[0]) this.drawTrack(context, movement, place, compare?.both ? 0 : null);
    if (compare?.other && compare.both) this.drawTrack(context, compare.other, place, 1);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {import("../web/format.mjs").Track} track
   * @param {{ratio: number, scale: number}} place @param {number|null} engine whose colour and line; null: the colours of the sides
   */
  drawTrack(context, track, { ratio, scale }, engine) {
    const { frame } = this;
    if (!track.hasBody(frame)) return;
    const at = (/** @type {number} */ j) => track.point(frame, j).map((value) => value * scale);
    for (const { under, size } of [{ under: true, size: 5.5 }, { under: false, size: 3 }]) {
      for (const [a, b] of track.edges) {
        const guess = track.guessed(frame, a) || track.guessed(frame, b);
        const dash = guess ? GUESS.dash : DASHES[engine ?? 0];
        context.lineCap = dash.length ? "butt" : "round";
        context.setLineDash(dash.map((length) => length * ratio));
        const sure = Math.min(track.confidence(frame, a), track.confidence(frame, b));
        context.globalAlpha = (under ? 0.5 : 1) * (sure < 0.35 ? 0.3 : 1);
        const [p, q] = [at(a), at(b)];
        context.strokeStyle = under ? "#0b0e11" : guess ? GUESS.colour : engine === null ? boneColour(track.joints, a, b) : ON_PICTURE[engine];
        context.lineWidth = size * ratio;
        context.beginPath();
        context.moveTo(p[0], p[1]);
        context.lineTo(q[0], q[1]);
        context.stroke();
      }
    }
    context.setLineDash([]);
    track.joints.forEach((name, j) => {
      if (track.guessed(frame, j)) return;
      const [x, y] = at(j);
      const marked = track === this.movement && j === this.marked;
      context.globalAlpha = track.confidence(frame, j) < 0.35 ? 0.35 : 1;
      context.fillStyle = engine === null || marked ? "#ffffff" : ON_PICTURE[engine];
      context.beginPath();
      context.arc(x, y, (marked ? 6.5 : engine === null ? 2.6 : 1.9) * ratio, 0, 7);
      context.fill();
      if (!marked) return;
      context.fillStyle = sideColour(name);
      context.beginPath();
      context.arc(x, y, 4.2 * ratio, 0, 7);
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /** The joint of `joints` nearest to the pointer, or null. @param {PointerEvent} event @param {number[]} joints */
  jointAt(event, joints) {
    const box = this.canvas.getBoundingClientRect();
    const scale = box.width / this.movement.header.width;
    /** @type {number|null} */
    let best = null;
    let nearest = 26;
    for (const j of joints) {
      const [x, y] = this.movement.point(this.frame, j);
      const distance = Math.hypot(x * scale - (event.clientX - box.left), y * scale - (event.clientY - box.top));
      if (distance < nearest) [best, nearest] = [j, distance];
    }
    return best;
  }

  close() {
    this.resizer.disconnect();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    if (this.blob) URL.revokeObjectURL(this.blob);
  }
}

/** @param {string[]} joints @param {number} a @param {number} b */
function boneColour(joints, a, b) {
  const one = sideColour(joints[a]);
  return one === sideColour(joints[b]) ? one : "#e8edf1";
}

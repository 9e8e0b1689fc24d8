// Angles over time with a cursor, in one lane or several below each other. What does not move is drawn once and kept.

import { context2d } from "../web/elements.mjs";

/**
 * A colour that begins with -- is one of the page's.
 * @typedef {{track: import("../web/format.mjs").Track, row: number, colour: string, dash: number[]}} Line
 * @typedef {{label: string, lines: Line[]}} Lane
 */

const LEFT = 36; // room for the degrees, CSS pixels

export class Curve {
  /** @param {HTMLCanvasElement} canvas @param {number} frames @param {(frame: number) => void} onSeek */
  constructor(canvas, frames, onSeek) {
    this.canvas = canvas;
    this.frames = frames;
    this.still = document.createElement("canvas");
    /** @type {Lane[]} */
    this.lanes = [];
    this.frame = 0;
    this.key = "";
    /** @type {(frame: number) => number} */
    this.x = () => 0;
    /** @type {((value: number) => number)[]} one for each lane */
    this.y = [];
    const seek = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      const part = (event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT - 4);
      onSeek(Math.round(Math.max(0, Math.min(1, part)) * (frames - 1)));
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); seek(event); });
    canvas.addEventListener("pointermove", (event) => { if (event.buttons) seek(event); });
    this.resizer = new ResizeObserver(() => { if (this.lanes.length) this.draw(this.lanes, this.frame); });
    this.resizer.observe(canvas);
  }

  /** @param {Lane[]} lanes @param {number} frame */
  draw(lanes, frame) {
    const { canvas, still } = this;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    const ink = getComputedStyle(canvas).color;
    const key = [width, height, ink].join();
    const same = key === this.key && lanes === this.lanes;
    Object.assign(this, { lanes, frame });
    if (!width || !height) return;
    if (!same) {
      Object.assign(canvas, { width, height });
      Object.assign(still, { width, height });
      this.key = key;
      this.drawStill(ratio, ink);
    }
    const context = context2d(canvas);
    context.clearRect(0, 0, width, height);
    context.drawImage(still, 0, 0);
    context.fillStyle = ink;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(this.x(frame)), 0, Math.max(1, ratio), height);
    context.globalAlpha = 1;
    lanes.forEach(({ lines }, i) => {
      for (const line of lines) {
        const now = line.track.angle(frame, line.row);
        if (!Number.isFinite(now)) continue;
        context.fillStyle = this.colourOf(line);
        context.beginPath();
        context.arc(this.x(frame), this.y[i](now), 4 * ratio, 0, 7);
        context.fill();
      }
    });
  }

  /** @param {Line} line */
  colourOf({ colour }) {
    return colour.startsWith("--") ? getComputedStyle(this.canvas).getPropertyValue(colour).trim() : colour;
  }

  /** The degrees that all lanes span, so that left and right can be compared by eye. */
  range() {
    let [low, high] = [Infinity, -Infinity];
    for (const { track, row } of this.lanes.flatMap(({ lines }) => lines)) {
      for (let f = 0; f < this.frames; f++) {
        const value = track.angle(f, row);
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (low > high) return [0, 180];
    return [Math.floor((low - 4) / 10) * 10, Math.ceil((high + 4) / 10) * 10];
  }

  /** @param {number} ratio @param {string} ink */
  drawStill(ratio, ink) {
    const { still, frames, lanes } = this;
    const { width, height } = still;
    const context = context2d(still);
    const [low, high] = this.range();
    const lane = height / lanes.length;
    this.x = (f) => LEFT * ratio + ((width - (LEFT + 4) * ratio) * f) / Math.max(1, frames - 1);
    const top = lanes.map(({ label }) => (label ? 24 : 8) * ratio); // a label has a line of its own
    this.y = lanes.map((_, i) => (value) => lane * (i + 1) - 8 * ratio - ((lane - 8 * ratio - top[i]) * (value - low)) / (high - low));
    const step = [10, 15, 30, 45, 90].find((degrees) => ((lane / ratio - 24) * degrees) / (high - low) >= 24) ?? 180; // pixels a label wants
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    lanes.forEach(({ label, lines }, i) => {
      context.fillStyle = ink;
      context.textAlign = "right";
      for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
        context.globalAlpha = 0.75;
        context.fillText(`${value}°`, (LEFT - 6) * ratio, this.y[i](value));
        context.globalAlpha = 0.16;
        context.fillRect(LEFT * ratio, this.y[i](value), width, Math.max(1, ratio / 2));
      }
      context.globalAlpha = 1;
      for (const line of lines) this.drawLine(context, line, this.y[i], ratio, width);
      context.textAlign = "left";
      context.fillStyle = ink;
      if (label) context.fillText(label, (LEFT + 6) * ratio, lane * i + 12 * ratio);
      context.globalAlpha = 0.35;
      if (i) context.fillRect(0, lane * i, width, Math.max(1, ratio / 2));
      context.globalAlpha = 1;
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Line} line @param {(value: number) => number} y @param {number} ratio
   * @param {number} width
   */
  drawLine(context, line, y, ratio, width) {
    const { frames } = this;
    const every = Math.max(1, Math.floor(frames / (2 * width)));
    context.strokeStyle = this.colourOf(line);
    context.lineWidth = 1.8 * ratio;
    context.lineJoin = "round";
    context.setLineDash(line.dash.map((length) => length * ratio));
    context.beginPath();
    let pen = false;
    for (let f = 0; f < frames; f += every) {
      const value = line.track.angle(f, line.row);
      if (!Number.isFinite(value)) pen = false;
      else if (pen) context.lineTo(this.x(f), y(value));
      else {
        context.moveTo(this.x(f), y(value));
        pen = true;
      }
    }
    context.stroke();
    context.setLineDash([]);
  }

  close() {
    this.resizer.disconnect();
  }
}

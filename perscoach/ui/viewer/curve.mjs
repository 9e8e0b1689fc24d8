// Angles over time with a cursor. What does not move is drawn once and kept.

import { sideColour } from "./scene.mjs";

const LEFT = 36; // room for the degrees, CSS pixels

export class Curve {
  constructor(canvas, movement, onSeek) {
    this.canvas = canvas;
    this.movement = movement;
    this.still = document.createElement("canvas");
    const seek = (event) => {
      const box = canvas.getBoundingClientRect();
      const part = (event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT - 4);
      onSeek(Math.round(Math.max(0, Math.min(1, part)) * (movement.frames - 1)));
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); seek(event); });
    canvas.addEventListener("pointermove", (event) => { if (event.buttons) seek(event); });
    this.resizer = new ResizeObserver(() => { if (this.rows) this.draw(this.rows, this.frame); });
    this.resizer.observe(canvas);
  }

  draw(rows, frame) {
    this.rows = rows;
    this.frame = frame;
    const { canvas, still, movement } = this;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return;
    const ink = getComputedStyle(canvas).color;
    const key = [width, height, ink, rows].join();
    if (key !== this.key) {
      Object.assign(canvas, { width, height });
      Object.assign(still, { width, height });
      this.key = key;
      this.drawStill(ratio, ink);
    }
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.drawImage(still, 0, 0);
    context.fillStyle = ink;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(this.x(frame)), 0, Math.max(1, ratio), height);
    context.globalAlpha = 1;
    for (const row of rows) {
      const now = movement.angle(frame, row);
      if (!Number.isFinite(now)) continue;
      context.fillStyle = sideColour(movement.header.angles[row].name);
      context.beginPath();
      context.arc(this.x(frame), this.y(now), 4 * ratio, 0, 7);
      context.fill();
    }
  }

  drawStill(ratio, ink) {
    const { still, movement, rows } = this;
    const { width, height } = still;
    const context = still.getContext("2d");
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      for (let f = 0; f < movement.frames; f++) {
        const value = movement.angle(f, row);
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (low > high) [low, high] = [0, 180];
    low = Math.floor((low - 4) / 10) * 10;
    high = Math.ceil((high + 4) / 10) * 10;
    this.x = (f) => LEFT * ratio + ((width - (LEFT + 4) * ratio) * f) / Math.max(1, movement.frames - 1);
    this.y = (value) => height - 8 * ratio - ((height - 16 * ratio) * (value - low)) / (high - low);
    const step = high - low > 120 ? 45 : high - low > 60 ? 30 : high - low > 30 ? 15 : 10;
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    context.fillStyle = ink;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
      context.globalAlpha = 0.75;
      context.fillText(`${value}°`, (LEFT - 6) * ratio, this.y(value));
      context.globalAlpha = 0.16;
      context.fillRect(LEFT * ratio, this.y(value), width, Math.max(1, ratio / 2));
    }
    context.globalAlpha = 1;
    for (const row of rows) this.drawLine(context, row, ratio, width);
  }

  drawLine(context, row, ratio, width) {
    const { movement } = this;
    const every = Math.max(1, Math.floor(movement.frames / (2 * width)));
    context.strokeStyle = sideColour(movement.header.angles[row].name);
    context.lineWidth = 1.7 * ratio;
    context.lineJoin = "round";
    context.beginPath();
    let pen = false;
    for (let f = 0; f < movement.frames; f += every) {
      const value = movement.angle(f, row);
      if (!Number.isFinite(value)) pen = false;
      else if (pen) context.lineTo(this.x(f), this.y(value));
      else {
        context.moveTo(this.x(f), this.y(value));
        pen = true;
      }
    }
    context.stroke();
  }

  close() {
    this.resizer.disconnect();
  }
}

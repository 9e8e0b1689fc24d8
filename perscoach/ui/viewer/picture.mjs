// The clip with the 2D joints drawn over it.

import { sideColour } from "./scene.mjs";

const BYTES_IN_MEMORY = 250e6; // a clip up to this size is fetched once, so that seeking asks the server nothing

export class Picture {
  constructor(box, movement) {
    this.movement = movement;
    this.video = box.querySelector("video");
    this.canvas = box.querySelector("canvas");
    this.wanted = null;
    this.overlay = true;
    box.style.setProperty("--pcv-ratio", movement.header.width / movement.header.height);
    box.style.aspectRatio = `${movement.header.width} / ${movement.header.height}`;
    this.video.addEventListener("seeked", () => this.seekOn());
    this.resizer = new ResizeObserver(() => this.draw(this.frame ?? 0));
    this.resizer.observe(this.canvas);
  }

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

  // The middle of the frame's time on screen: never its edge, where browsers round either way.
  timeOf(frame) {
    return Math.min((frame + 0.5) / this.movement.fps, Math.max(0, (this.video.duration || 1e9) - 1e-3));
  }

  frameAt(seconds) {
    return Math.max(0, Math.min(this.movement.frames - 1, Math.floor(seconds * this.movement.fps + 0.01)));
  }

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

  draw(frame) {
    this.frame = frame;
    const { movement, canvas } = this;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (!this.overlay || !movement.hasBody(frame)) return;
    const scale = width / movement.header.width;
    const at = (j) => movement.point(frame, j).map((value) => value * scale);
    context.lineCap = "round";
    for (const [under, size] of [[true, 5.5], [false, 3]]) {
      for (const [a, b] of movement.edges) {
        const sure = Math.min(movement.confidence(frame, a), movement.confidence(frame, b));
        context.globalAlpha = (under ? 0.5 : 1) * (sure < 0.35 ? 0.3 : 1);
        const [p, q] = [at(a), at(b)];
        context.strokeStyle = under ? "#0b0e11" : boneColour(movement.joints, a, b);
        context.lineWidth = size * ratio;
        context.beginPath();
        context.moveTo(...p);
        context.lineTo(...q);
        context.stroke();
      }
    }
    movement.joints.forEach((name, j) => {
      const [x, y] = at(j);
      context.globalAlpha = movement.confidence(frame, j) < 0.35 ? 0.35 : 1;
      context.fillStyle = "#ffffff";
      context.beginPath();
      context.arc(x, y, (j === this.marked ? 6.5 : 2.6) * ratio, 0, 7);
      context.fill();
      if (j !== this.marked) return;
      context.fillStyle = sideColour(name);
      context.beginPath();
      context.arc(x, y, 4.2 * ratio, 0, 7);
      context.fill();
    });
    context.globalAlpha = 1;
  }

  // The joint with an angle nearest to the pointer, or null.
  jointAt(event, joints) {
    const box = this.canvas.getBoundingClientRect();
    const scale = box.width / this.movement.header.width;
    let best = null;
    let nearest = 26;
    for (const j of joints) {
      const [x, y] = this.movement.point(this.frame ?? 0, j);
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

function boneColour(joints, a, b) {
  const one = sideColour(joints[a]);
  return one === sideColour(joints[b]) ? one : "#e8edf1";
}

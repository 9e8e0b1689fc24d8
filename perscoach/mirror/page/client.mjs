// The client's side of the session: the source of poses opened and closed, and the look of its picture.
import { hint, Stillness } from "./framing.mjs";

const LOOK_EVERY = 1; // seconds between two measurements of the light

export class Client {
  /** @param {{pose: (pose: import("./pose_source.mjs").Pose) => void, failed: (code: string) => void, opened: () => void, state: (state: string) => void}} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {import("./pose_source.mjs").PoseSource|null} */
    this.source = null;
    /** @type {AbortController|null} given up when the source is closed before it is open */
    this.opening = null;
    this.stillness = new Stillness();
    this.started = false;
    this.brightness = NaN;
    this.looked = -Infinity;
    /** @type {HTMLCanvasElement|null} */
    this.little = null;
  }

  /** @param {{kind: import("./pose_source.mjs").Wish["kind"], file?: File|null, deviceId?: string}} wish */
  async open(wish) {
    this.close();
    const opening = new AbortController();
    this.opening = opening;
    try {
      const { openSource } = await import("./source.mjs");
      const source = await openSource({
        kind: wish.kind, file: wish.file || undefined, deviceId: wish.deviceId || undefined, signal: opening.signal,
        onState: (state) => opening === this.opening && this.tell.state(state),
        onLost: (error) => opening === this.opening && this.tell.failed(error.code || "lost"),
      });
      if (opening !== this.opening) {
        source.stop();
        return;
      }
      source.onPose((pose) => source === this.source && this.tell.pose(pose));
      this.source = source;
      this.started = false;
      if (wish.kind === "webcam") await this.go();
      if (source === this.source) this.tell.opened();
    } catch (error) {
      if (opening === this.opening) this.tell.failed(/** @type {any} */ (error).code || "unknown");
    }
  }

  /** The first time it starts, later it goes on. */
  async go() {
    const { source } = this;
    if (!source) return;
    if (!this.started) {
      this.started = true;
      await source.start();
    } else await source.resume();
  }

  /** Only files can stand still. @param {string|null} kind */
  hold(kind) {
    if (!this.source || !this.started || kind === "webcam") return;
    this.source.pause();
  }

  close() {
    this.opening?.abort();
    this.opening = null;
    const { source } = this;
    this.source = null;
    this.brightness = NaN;
    source?.stop();
  }

  /** Whether the client's own file is over. @param {number} now @param {number} last when the last pose was taken */
  over(now, last) {
    const { source } = this;
    if (!source || !this.started || source.wish?.kind === "webcam") return false;
    return source.video ? source.video.ended : now - last > 1.5;
  }

  /** Seconds of the client's own file; null for a camera. */
  get fileTime() {
    const { source } = this;
    if (!source || source.wish?.kind === "webcam") return null;
    return source.time;
  }

  /** What the client should change to be seen well. @param {import("./pose_source.mjs").Pose} pose @param {number} now @returns {string|null} */
  hint(pose, now) {
    if (now - this.looked > LOOK_EVERY) {
      this.looked = now;
      this.brightness = this.light();
    }
    return hint(pose.image, pose.visibility, this.brightness);
  }

  /** Mean brightness of the picture, 0..255; NaN where there is none. */
  light() {
    const video = this.source?.video;
    if (!video || video.readyState < 2) return NaN;
    this.little ??= document.createElement("canvas");
    this.little.width = 16;
    this.little.height = 12;
    const ctx = this.little.getContext("2d", { willReadFrequently: true });
    if (!ctx) return NaN;
    ctx.drawImage(video, 0, 0, 16, 12);
    const { data } = ctx.getImageData(0, 0, 16, 12);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
    return sum / (data.length / 4);
  }
}

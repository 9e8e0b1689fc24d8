// Shows a moment of the session again: the trainer, and the client's own file or skeleton beside them.
import { context2d, el } from "./elements.mjs";
import { PLAIN } from "./palette.mjs";
import { fit } from "./stage.mjs";

/** What was recorded was seen. */
const SEEN = new Float64Array(33).fill(1);

export class Player {
  /** @param {import("./stage.mjs").Stage} stage @param {import("./clock.mjs").TrainerClock} clock @param {Shared.Rules} rules @param {typeof import("./overlay.mjs")} overlay */
  constructor(stage, clock, rules, overlay) {
    this.stage = stage;
    this.clock = clock;
    this.rules = rules;
    this.plain = rules.bones.map(() => PLAIN);
    this.overlay = overlay;
    this.trainer = el("div", { class: "picture" });
    this.lines = el("canvas", { class: "lines", "aria-hidden": "true" });
    this.client = el("div", { class: "picture" }, this.lines);
    stage.cropped(this.trainer);
    this.element = el("div", { class: "player" }, el("div", {}, this.trainer), el("div", {}, this.client));
    /** @type {import("./report.mjs").Stretch|null} */
    this.stretch = null;
    /** @type {HTMLVideoElement|null} the client's own */
    this.video = null;
    /** @type {string|null} */
    this.address = null;
  }

  /**
   * @param {import("./live.mjs").Live} live @param {{file: File|null, kind: string|null, width: number, height: number, flip: boolean}} about
   */
  open(live, about) {
    this.close();
    this.live = live;
    this.size = { width: about.width || 640, height: about.height || 480 };
    this.trainer.append(this.stage.video);
    this.client.style.setProperty("--ratio", String(this.size.width / this.size.height));
    this.client.toggleAttribute("data-flip", about.flip);
    if (about.file && about.kind === "video") {
      this.address = URL.createObjectURL(about.file);
      this.video = el("video", { src: this.address, muted: true, playsinline: true, preload: "auto", "aria-hidden": "true" });
      this.video.muted = true;
      this.client.prepend(this.video);
    }
  }

  /** @param {import("./report.mjs").Stretch} stretch @param {boolean} [play] or only its beginning */
  async jump(stretch, play = true) {
    this.stretch = stretch;
    this.clock.loop(null);
    this.clock.wait(false);
    this.clock.setSpeed(1);
    this.clock.seek(stretch.start);
    this.frame(stretch.start);
    if (this.video && stretch.clientTime !== null) this.video.currentTime = Math.max(0, stretch.clientTime - (stretch.at - stretch.from));
    if (!play) return;
    await this.clock.play();
    this.video?.play().catch(() => {});
  }

  /** A frame of the trainer's video. @param {number} time */
  frame(time) {
    const { stretch, live } = this;
    if (!stretch || !live || !this.size) return;
    if (time >= stretch.stop) {
      this.clock.pause();
      this.video?.pause();
    }
    fit(this.lines, this.size.width, this.size.height);
    const ctx = context2d(this.lines);
    ctx.clearRect(0, 0, this.lines.width, this.lines.height);
    const share = (time - stretch.start) / Math.max(stretch.stop - stretch.start, 0.01); // the trainer may have waited in it
    const image = live.trail.near(stretch.from + share * (stretch.at - stretch.from));
    if (image) this.overlay.drawClient(ctx, image, SEEN, this.plain, { x: 0, y: 0, width: this.lines.width, height: this.lines.height }, this.rules);
  }

  /** Gives the trainer's video back. */
  close() {
    this.stretch = null;
    this.live = null;
    this.clock.pause();
    this.stage.trainerPicture.prepend(this.stage.video);
    this.video?.remove();
    this.video = null;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
  }
}

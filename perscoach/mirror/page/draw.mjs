// Draws once per picture of the screen: the trainer's skeleton or body, the client's own skeleton, the trainer over the client.
import { context2d } from "./elements.mjs";
import { transposed } from "./geometry.mjs";
import { PLAIN } from "./palette.mjs";
import { fit } from "./stage.mjs";

/** How quickly the trainer over the client's picture follows the client's place, seconds. */
const GLIDE = 0.4;

export class Drawer {
  /**
   * @param {import("./stage.mjs").Stage} stage @param {import("./live.mjs").Live} live @param {import("./app.mjs").Settings} settings @param {Shared.Rules} rules
   * @param {typeof import("./overlay.mjs")} overlay the drawing functions
   */
  constructor(stage, live, settings, rules, overlay) {
    this.stage = stage;
    this.live = live;
    this.settings = settings;
    this.rules = rules;
    this.overlay = overlay;
    /** @type {import("./body.mjs").BodyView|null} */
    this.body = null;
    /** @type {import("./pose_source.mjs").PoseSource|null} */
    this.source = null;
    /** @type {number[]|null} */
    this.place = null;
    this.last = 0;
    this.drawn = "";
    this.plain = rules.bones.map(() => PLAIN);
    this.retarget = new overlay.Retarget(rules);
  }

  /** @param {number} now seconds @param {number} time of the trainer's video @param {number} frame its index @param {boolean} guided */
  draw(now, time, frame, guided) {
    const { settings } = this;
    this.trainer(time, frame);
    if (this.source) this.client(now, time, guided);
    const over = settings.view === "over" && this.source && this.live.pose;
    this.stage.ghost.hidden = !over;
    if (over) this.overClient(now, time);
    this.last = now;
  }

  /** @param {number} time @param {number} frame */
  trainer(time, frame) {
    const { stage, live, settings, overlay } = this;
    const body = settings.figure === "body" ? this.body : null;
    stage.trainerLines.hidden = Boolean(body) || !settings.skeleton;
    if (body) {
      body.show(frame);
      return;
    }
    if (!settings.skeleton) return;
    const canvas = stage.trainerLines;
    const { width, height } = live.track;
    fit(canvas, width, height);
    const ctx = context2d(canvas);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const pixels = live.track.pixels(time);
    if (pixels) overlay.drawTrack(ctx, pixels, { width, height }, whole(canvas), this.rules, live.track.guessed(time));
  }

  /** @param {number} now @param {number} time @param {boolean} guided */
  client(now, time, guided) {
    const { stage, live, settings, overlay } = this;
    const pose = live.pose;
    const canvas = stage.clientLines;
    const size = sizeOf(this.source);
    fit(canvas, size.width, size.height);
    const state = `${pose?.time} ${guided} ${settings.view} ${settings.skeleton} ${canvas.width} ${settings.view === "over" ? time : ""}`;
    if (state === this.drawn) return; // nothing new since the last picture
    this.drawn = state;
    const ctx = context2d(canvas);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    if (!pose || !pose.image || now - pose.time > 1) return;
    const limbs = guided && live.frame ? live.frame.limbs : [];
    const ghost = guided ? this.wanted(now, time, pose, size) : null;
    if (ghost && settings.view === "over") overlay.drawTrainer(ctx, ghost, whole(canvas), this.rules, this.guessed(time));
    const plain = settings.skeleton && settings.mode !== "test"; // a test shows nothing that could be taken for a verdict
    if (plain || !this.source?.video) overlay.drawClient(ctx, pose.image, pose.visibility, limbs.length ? limbs : this.plain, whole(canvas), this.rules);
    if (ghost && limbs.length) overlay.drawArrows(ctx, pose.image, ghost, limbs, whole(canvas), this.rules);
  }

  /** Where the client's points should be, in the client's picture; with the trainer as late as the client follows. @param {number} now @param {number} time @param {import("./pose_source.mjs").Pose} pose @param {{width: number, height: number}} size */
  wanted(now, time, pose, size) {
    const { live, settings } = this;
    const frame = live.frame;
    const moment = live.track.at(time - this.late());
    return moment && this.retarget.points(now, pose, size, moment.points, frame ? frame.yaw : 0, settings.mirror, transposed(live.comparer.level));
  }

  /** The trainer's points that nobody saw, as the client's picture has them. @param {number} time @returns {ArrayLike<number>} */
  guessed(time) {
    const own = this.live.track.guessed(time - this.late());
    return this.settings.mirror ? this.rules.other_side.map((/** @type {number} */ from) => own[from]) : own;
  }

  /** Seconds of the trainer's video by which the client follows. */
  late() {
    const { frame, waiting } = this.live;
    return frame && !waiting ? frame.lag * this.settings.speed : 0;
  }

  /** The trainer's picture laid over the client's, hips on hips, as large as the client. @param {number} now @param {number} time */
  overClient(now, time) {
    const { stage, live, settings } = this;
    const canvas = stage.ghost;
    const size = sizeOf(this.source);
    fit(canvas, size.width, size.height, 960);
    const ctx = context2d(canvas);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const pixels = live.track.pixels(time);
    const image = live.pose?.image;
    if (!pixels || !image || settings.figure !== "video" || stage.video.readyState < 2) return;
    const wanted = torso((i, k) => image[2 * this.rules.joints.mediapipe33[i] + k] * (k ? canvas.height : canvas.width));
    const share = this.place ? 1 - Math.exp(-Math.max(0, now - this.last) / GLIDE) : 1;
    this.place = this.place ? this.place.map((v, i) => v + share * (wanted[i] - v)) : wanted;
    const theirs = torso((i, k) => pixels[2 * i + k]);
    const larger = this.place[2] / Math.max(theirs[2], 1);
    const turn = stage.trainerFlipped !== stage.clientFlipped ? -1 : 1;
    ctx.globalAlpha = 0.55;
    ctx.setTransform(turn * larger, 0, 0, larger, this.place[0] - turn * larger * theirs[0], this.place[1] - larger * theirs[1]);
    ctx.drawImage(stage.video, 0, 0, live.track.width, live.track.height);
  }
}

/** @param {(point: number, axis: number) => number} at @returns {number[]} the hips' middle and the length of the trunk */
function torso(at) {
  const middle = (/** @type {number} */ a, /** @type {number} */ b) => [(at(a, 0) + at(b, 0)) / 2, (at(a, 1) + at(b, 1)) / 2];
  const [hips, shoulders] = [middle(6, 7), middle(0, 1)];
  return [...hips, Math.hypot(hips[0] - shoulders[0], hips[1] - shoulders[1])];
}

/** @param {import("./pose_source.mjs").PoseSource|null} source */
const sizeOf = (source) => ({ width: source?.width || 640, height: source?.height || 480 });

/** @param {HTMLCanvasElement} canvas */
const whole = (canvas) => ({ x: 0, y: 0, width: canvas.width, height: canvas.height });

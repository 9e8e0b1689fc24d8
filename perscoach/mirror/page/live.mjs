// The workout as it runs: the client's poses against the trainer's clock, the cue of the moment, the trainer who waits.
// No page elements here; what is to be seen stands in the fields.
import { Comparer } from "./score.mjs";
import { CueMaker } from "./cues.mjs";
import { isUpright } from "./level.mjs";
import { keyPoses, Matcher, MATCH, repEnds } from "./keyposes.mjs";
import { History, Passed, Trail } from "./pace.mjs";
import { makeReport } from "./report.mjs";

/**
 * @typedef {import("./pose_source.mjs").Pose} Pose
 * @typedef {import("./score.mjs").Frame} Frame
 */

/** Seconds out of the picture before it is said: a single lost frame is no news. */
const OUT_AFTER = 0.6;

export class Live {
  /** @param {import("./track.mjs").Track} track @param {Shared.Rules} rules @param {{wait: boolean, mirror: boolean, mode: string}} settings @param {Record<string, number>} [accepted] what the client's accepted repetitions measured */
  constructor(track, rules, settings, accepted = {}) {
    this.accepted = accepted;
    this.track = track;
    this.rules = rules;
    this.settings = settings;
    this.poses = keyPoses(track, rules.bones);
    this.cues = new CueMaker(rules, track.plan, settings.mirror);
    this.matcher = new Matcher(rules.bones);
    this.history = new History();
    this.stops = new Passed(this.poses);
    this.comparer = new Comparer(track, rules, { mirror: settings.mirror, accepted });
    this.trail = new Trail();
    this.reps = new Passed(repEnds(track));
    /** @type {{from: number, at: number, clientTime: number|null}[]} when each repetition began and ended in the session */
    this.noted = [];
    /** @type {Frame|null} */
    this.frame = null;
    /** @type {Pose|null} */
    this.pose = null;
    this.running = false;
    this.waiting = false;
    this.near = false;
    /** seconds of workout before the present run; when that began */
    this.before = 0;
    this.began = 0;
    /** @type {number|null} */
    this.outSince = null;
    this.time = 0;
  }

  /** A new session: nothing of the last one remains. */
  clear() {
    Object.assign(this, new Live(this.track, this.rules, this.settings, this.accepted));
  }

  /** Both run from now on. @param {number} now seconds */
  run(now) {
    this.running = true;
    this.began = now;
    this.outSince = null;
    this.history.clear();
    this.stops.last = null;
  }

  /** @param {number} now */
  hold(now) {
    if (this.running) this.before += now - this.began;
    this.running = false;
    this.waiting = false;
    this.cues.current = null;
  }

  /** Seconds of workout so far. @param {number} now */
  at(now) {
    return this.before + (this.running ? Math.max(0, now - this.began) : 0);
  }

  /** What keeps the client from the trainer's starting pose. @param {Float64Array} world @returns {string|null} */
  posture(world) {
    const { comparer, rules, track } = this;
    const trainer = track.at(track.plan.rest);
    return trainer && isUpright(trainer.points, rules) && !isUpright(comparer.points(comparer.chosen(world)), rules) ? "upright" : null;
  }

  /** @param {Float64Array[]} worlds @param {number} time of the trainer's video @returns {boolean} */
  calibrate(worlds, time) {
    return this.comparer.calibrate(worlds, time);
  }

  /**
   * A frame of the trainer's video.
   * @param {number} now @param {number} time @param {number} rate
   * @returns {'wait'|null} 'wait': a key pose is reached and the client is to follow there first
   */
  trainer(now, time, rate) {
    this.time = time;
    if (!this.running) return null;
    if (rate > 0) this.history.add(now, time, rate); // a frame that comes after the end says nothing about the pace
    this.reps.step(time);
    const stops = this.stops.step(time);
    if (!stops || !this.settings.wait || this.settings.mode !== "follow" || this.waiting) return null;
    this.waiting = true;
    this.near = false;
    this.matcher.start(now);
    this.history.add(now, time, 0);
    return "wait";
  }

  /**
   * A pose of the client.
   * @param {Pose} pose @param {number|null} clientTime of the client's own file
   * @returns {{cue: import("./cues.mjs").Cue|null, reached: 'yes'|'tired'|null}}
   */
  client(pose, clientTime) {
    this.pose = pose;
    const none = { cue: null, reached: null };
    if (!this.running || this.settings.mode === "watch" || pose.time < this.began) return none;
    const where = this.history.at(pose.time);
    if (!where) return none;
    const frame = this.comparer.step(pose.time, where.time, pose.world, inPicture(pose), where.rate);
    this.frame = frame;
    this.note(pose.time, clientTime);
    if (pose.image) this.trail.add(this.at(pose.time), pose.image);
    this.outSince = frame.state === "out" ? (this.outSince ?? pose.time) : null;
    const follow = this.settings.mode === "follow";
    const cue = follow ? this.cues.step(pose.time, frame.rep) : null;
    return { cue, reached: this.waiting ? this.reached(pose.time, frame) : null };
  }

  /** @param {number} time @param {Frame} frame @returns {'yes'|'tired'|null} */
  reached(time, frame) {
    const answer = this.matcher.step(time, frame.limbs);
    this.near = answer === "near";
    if (answer !== "yes" && answer !== "tired") return null;
    this.goOn();
    return answer;
  }

  /** The trainer waits no longer. */
  goOn() {
    this.waiting = false;
    this.near = false;
  }

  /** Whether the wait is long enough to say how to go on. @param {number} now */
  longWait(now) {
    return this.waiting && now - this.matcher.began > MATCH.hint;
  }

  /** @param {number} now @returns {boolean} the client is out of the picture, for long enough to say it */
  out(now) {
    return this.running && this.outSince !== null && now - this.outSince > OUT_AFTER;
  }

  /** Remember when each repetition began and ended. @param {number} time @param {number|null} clientTime */
  note(time, clientTime) {
    const { reps } = this.comparer.judge;
    while (this.noted.length < reps.length) {
      const { start, stop } = reps[this.noted.length];
      this.noted.push({ from: this.at(start), at: this.at(stop), clientTime: clientTime === null ? null : clientTime - (time - stop) });
    }
  }

  /** 0..100: how much of the time the client could be scored. */
  get coverage() {
    return this.comparer.shown ? (100 * this.comparer.scored) / this.comparer.shown : 0;
  }

  /** @param {number} now @returns {import("./report.mjs").Report} */
  report(now) {
    const seconds = this.at(now);
    return makeReport(this.comparer, this.rules, this.noted, { trainerReps: this.reps.count, seconds });
  }
}

/** How far out of the picture a point may lie, as a share of its size. */
const EDGE = 0.02;

/** Visibilities with 0 for what lies outside the picture: there the model only guesses. @param {Pose} pose @returns {ArrayLike<number>} */
function inPicture({ visibility, image }) {
  if (!image) return visibility;
  const inside = (/** @type {number} */ v) => v >= -EDGE && v <= 1 + EDGE;
  return Float64Array.from(visibility, (v, i) => (inside(image[2 * i]) && inside(image[2 * i + 1]) ? v : 0));
}

/**
 * The score, frame by frame: `perscoach/score/comparer.py` in the browser, equal to it within rounding (the method
 * stands there). Pure functions and one class; no DOM.
 */
import { LagSearch, YawMedian } from './align.mjs';
import { LimbColours } from './colour.mjs';
import { OneEuro } from './filter.mjs';
import { angleBetween, bonesOf, flattened, rotate, rotationBetween, turned, unit, yawOf } from './geometry.mjs';
import { RepCounter } from './track.mjs';

/**
 * @typedef {import('./track.mjs').Track} Track
 * @typedef {import('./track.mjs').Moment} Moment
 * @typedef {{angle: number, form: number, weight: number, colour: import('./colour.mjs').Colour, arrow: [number, number, number]}} Limb
 *   one of the client's own limbs: degrees off, form 0..1 over the window (NaN where unknown), and where it should go
 * @typedef {{state: 'scored'|'out'|'waiting'|'no trainer', form: number, lag: number, yaw: number, reps: number, limbs: Limb[]}} Frame
 *   form 0..100 over the window, NaN where nothing is scored
 * @typedef {{start: number, stop: number, form: number, weight: number, limbs: number[]}} Window
 *   a finished stretch on the trainer's clock
 */

const COLUMNS = 8; // weight, weight x angle², weight x the client's direction (3), weight x the trainer's (3)
const TORSO = [0, 1, 6, 7];

export class Comparer {
  /**
   * @param {Track} track the trainer
   * @param {Shared.Rules} rules
   * @param {{mirror?: boolean}} [options] mirror: the client moves as a mirror image of the trainer
   */
  constructor(track, rules, { mirror = false } = {}) {
    this.track = track;
    this.rules = rules;
    this.mirror = mirror;
    /** @type {number[]} */
    this.joints = rules.joints.mediapipe33;
    this.filter = new OneEuro(rules.one_euro);
    this.yaw = new YawMedian(rules);
    this.search = new LagSearch(track, rules);
    this.colours = new LimbColours(rules);
    /** @type {[number, number, number][]} */
    this.bias = rules.bones.map(() => [0, 0, 0]);
    this.counter = track.reps ? new RepCounter(track.reps.low, track.reps.high, rules) : null;
    /** @type {{time: number, part: Float64Array}[]} */
    this.recent = [];
    this.sums = this.zeros();
    /** @type {number|null} */
    this.windowStart = null;
    /** @type {[number, number]|null} */
    this.last = null;
    this.segment = 0;
    /** @type {Window[]} */
    this.windows = [];
    /** @type {number[]} */
    this.lags = [];
    this.scored = 0;
    this.shown = 0;
  }

  /** Complete repetitions of the client. */
  get reps() {
    return this.counter ? this.counter.count : 0;
  }

  /**
   * Learn how this client's limbs lie where the trainer's do: both hold the pose of `trainerTime`.
   * @param {Float64Array[]} worlds landmarks (33 x 3) of about two seconds
   * @param {number} trainerTime seconds
   * @returns {boolean} whether it could be used
   */
  calibrate(worlds, trainerTime) {
    const { calibration, yaw, bones } = this.rules;
    const trainer = this.track.at(trainerTime);
    if (!trainer || worlds.length < calibration.least_frames) return false;
    const client = new Float64Array(this.rules.points.length * 3);
    for (const world of worlds) {
      this.points(this.chosen(world)).forEach((v, i) => {
        client[i] += v / worlds.length;
      });
    }
    const mine = yawOf(client, yaw.least_width);
    const theirs = yawOf(trainer.points, yaw.least_width);
    const here = bonesOf(client, bones);
    const there = turned(bonesOf(trainer.points, bones), mine === null || theirs === null ? 0 : mine - theirs);
    this.bias = this.bias.map((_, b) => rotationBetween(unit(here, 3 * b), unit(there, 3 * b), calibration.most));
    return true;
  }

  /**
   * One frame of the client.
   * @param {number} time seconds on the client's clock, growing
   * @param {number} trainerTime seconds on the trainer's video at that moment
   * @param {Float64Array|null} world 33 x 3 MediaPipe world landmarks, metres; `null` where nobody is seen
   * @param {ArrayLike<number>} visibility 33 numbers 0..1
   * @param {number} [rate] the trainer's playback rate; 0 where it stands and waits
   * @returns {Frame}
   */
  step(time, trainerTime, world, visibility, rate = 1) {
    this.followClock(time, trainerTime, rate);
    if (!world || TORSO.some((i) => !(visibility[this.joints[i]] >= this.rules.visible))) {
      this.shown += 1;
      return this.frame('out');
    }
    const points = this.points(this.filter.filter(time, this.chosen(world)));
    const seen = this.visible(visibility);
    const vectors = bonesOf(points, this.rules.bones);
    this.bias.forEach((turn, b) => rotate(vectors, 3 * b, turn));
    const trainer = this.track.at(trainerTime - this.search.lag * rate);
    this.observe(time, trainerTime, rate, points, vectors, seen, trainer);
    if (!trainer) return this.frame('no trainer');
    const early = trainerTime - this.search.lag * rate < this.segment - 1e-9;
    if ((rate > 0 && !this.search.ready) || early) return this.frame('waiting');
    return this.score(time, trainerTime, vectors, seen, trainer);
  }

  /** Close the last window if it is at least half full. */
  finish() {
    if (this.windowStart === null || !this.last) return;
    if (this.last[1] - this.windowStart >= this.track.window / 2) this.close(this.last[1]);
    this.windowStart = null;
  }

  // what is seen

  /** @param {Float64Array} world */
  chosen(world) {
    const out = new Float64Array(this.joints.length * 3);
    this.joints.forEach((joint, i) => {
      for (let k = 0; k < 3; k++) out[3 * i + k] = world[3 * joint + k];
    });
    return out;
  }

  /** Hip-centred points, mirrored where the client mirrors the trainer. @param {Float64Array} points */
  points(points) {
    const centre = [0, 1, 2].map((k) => (points[18 + k] + points[21 + k]) / 2);
    const out = new Float64Array(points.length);
    for (let i = 0; i < points.length / 3; i++) {
      const from = this.mirror ? this.rules.other_side[i] : i;
      for (let k = 0; k < 3; k++) out[3 * i + k] = points[3 * from + k] - centre[k];
      if (this.mirror) out[3 * i] = -out[3 * i];
    }
    return out;
  }

  /** The least visibility of each bone's points, 0 below the gate, in the trainer's order. @param {ArrayLike<number>} visibility */
  visible(visibility) {
    const own = this.rules.bones.map((bone) => {
      const least = Math.min(...[...bone.from, ...bone.to].map((i) => visibility[this.joints[i]]));
      return least >= this.rules.visible ? least : 0;
    });
    return Float64Array.from(own, (v, b) => (this.mirror ? own[this.rules.bones[b].other_side] : v));
  }

  /** Notice a jump of the trainer's video. @param {number} time @param {number} trainerTime @param {number} rate */
  followClock(time, trainerTime, rate) {
    if (!this.last) {
      this.segment = trainerTime;
    } else if (Math.abs(trainerTime - (this.last[1] + (time - this.last[0]) * rate)) > this.rules.jump) {
      this.segment = trainerTime;
      this.search.forget();
      this.finish();
      this.recent = [];
    }
    this.last = [time, trainerTime];
  }

  /**
   * Feed what is slow: the yaw, the lag, the repetitions.
   * @param {number} time @param {number} trainerTime @param {number} rate @param {Float64Array} points
   * @param {Float64Array} vectors @param {Float64Array} seen @param {Moment|null} trainer
   */
  observe(time, trainerTime, rate, points, vectors, seen, trainer) {
    const { yaw, depth } = this.rules;
    const mine = yawOf(points, yaw.least_width);
    const theirs = trainer && yawOf(trainer.points, yaw.least_width);
    if (mine !== null && theirs !== null) this.yaw.add(time, mine - theirs);
    const { directions, share } = flattened(vectors, depth);
    const weights = share.map((v, b) => v * seen[b]);
    if (this.search.add({ time, trainerTime, rate, directions, weights }, this.segment, this.yaw.value)) {
      this.lags.push(this.search.lag);
    }
    const { reps } = this.track;
    if (!this.counter || !reps) return;
    const back = turned(vectors, -this.yaw.value);
    let gone = 0;
    for (let i = 0; i < back.length; i += 3) {
      unit(back, i).forEach((v, k) => {
        gone += (v - reps.mean[i + k]) * reps.axis[i + k];
      });
    }
    this.counter.add(time, gone);
  }

  // the score

  /**
   * @param {number} time @param {number} trainerTime @param {Float64Array} vectors @param {Float64Array} seen
   * @param {Moment} trainer
   */
  score(time, trainerTime, vectors, seen, trainer) {
    const { bones, depth, weight, colour } = this.rules;
    const theirs = turned(bonesOf(trainer.points, bones), this.yaw.value);
    const mineFlat = flattened(vectors, depth);
    const theirFlat = flattened(theirs, depth);
    const part = this.zeros();
    const angles = new Float64Array(bones.length);
    for (let b = 0; b < bones.length; b++) {
      const angle = angleBetween(mineFlat.directions, 3 * b, theirFlat.directions, 3 * b);
      const moves = weight.floor + (1 - weight.floor) * trainer.motion[b];
      const w = seen[b] * theirFlat.share[b] * moves; // the trainer's alone: a limb must not weigh less for being wrong
      angles[b] = angle;
      part[COLUMNS * b] = w;
      part[COLUMNS * b + 1] = w * angle * angle;
      for (let k = 0; k < 3; k++) {
        part[COLUMNS * b + 2 + k] = w * mineFlat.directions[3 * b + k];
        part[COLUMNS * b + 5 + k] = w * theirFlat.directions[3 * b + k];
      }
    }
    this.shown += 1;
    this.scored += 1;
    this.add(time, trainerTime, part);
    const { form, limbs } = formOf(this.lately(time), this.rules);
    const colours = this.colours.step(
      time,
      flattened(vectors, colour.depth).directions,
      flattened(theirs, colour.depth).directions,
      seen,
    );
    return this.frame('scored', form, this.own(angles, limbs, part, colours, vectors, theirs, seen));
  }

  /** @param {number} time @param {number} trainerTime @param {Float64Array} part */
  add(time, trainerTime, part) {
    this.recent.push({ time, part });
    if (this.windowStart === null) {
      this.windowStart = trainerTime;
      this.sums = this.zeros();
    }
    part.forEach((v, i) => {
      this.sums[i] += v;
    });
    if (trainerTime - this.windowStart >= this.track.window) this.close(trainerTime);
  }

  /** @param {number} trainerTime */
  close(trainerTime) {
    const { form, limbs } = formOf(this.sums, this.rules);
    let weight = 0;
    for (let i = 0; i < this.sums.length; i += COLUMNS) weight += this.sums[i];
    if (this.windowStart !== null && weight > 0) {
      this.windows.push({ start: this.windowStart, stop: trainerTime, form, weight, limbs: Array.from(limbs) });
    }
    this.windowStart = null;
    this.sums = this.zeros();
  }

  /** The sums over the last window's length, on the client's clock. @param {number} time */
  lately(time) {
    while (this.recent.length && time - this.recent[0].time > this.track.window) this.recent.shift();
    const sums = this.zeros();
    for (const { part } of this.recent) {
      for (let i = 0; i < sums.length; i++) sums[i] += part[i];
    }
    return sums;
  }

  /**
   * In the client's own order of sides.
   * @param {Float64Array} angles @param {Float64Array} limbs @param {Float64Array} part
   * @param {import('./colour.mjs').Colour[]} colours @param {Float64Array} vectors @param {Float64Array} theirs
   * @param {Float64Array} seen
   * @returns {Limb[]}
   */
  own(angles, limbs, part, colours, vectors, theirs, seen) {
    return this.rules.bones.map((bone, index) => {
      const b = this.mirror ? bone.other_side : index;
      const mine = unit(vectors, 3 * b);
      const wanted = unit(theirs, 3 * b);
      const x = wanted[0] - mine[0];
      return {
        angle: seen[b] > 0 ? angles[b] : NaN,
        form: limbs[b],
        weight: part[COLUMNS * b],
        colour: colours[b],
        arrow: [this.mirror ? -x : x, wanted[1] - mine[1], wanted[2] - mine[2]],
      };
    });
  }

  /**
   * @param {'scored'|'out'|'waiting'|'no trainer'} state @param {number} [form] @param {Limb[]} [limbs]
   * @returns {Frame}
   */
  frame(state, form = NaN, limbs = []) {
    return { state, form, lag: this.search.lag, yaw: this.yaw.value, reps: this.reps, limbs };
  }

  zeros() {
    return new Float64Array(this.rules.bones.length * COLUMNS);
  }
}

/**
 * The form over a stretch: 0..100, and of each bone 0..1; NaN where nothing was seen.
 * @param {Float64Array} sums eight numbers a bone, summed over the frames
 * @param {Shared.Rules} rules
 */
function formOf(sums, rules) {
  const { least_range: leastRange, full_range: fullRange, enough } = rules.taking_part;
  const limbs = new Float64Array(rules.bones.length);
  let total = 0;
  let gained = 0;
  rules.bones.forEach(({ ok, bad }, b) => {
    const weight = sums[COLUMNS * b];
    total += weight;
    if (weight <= 1e-9) {
      limbs[b] = NaN;
      return;
    }
    const angle = Math.sqrt(sums[COLUMNS * b + 1] / weight);
    const mine = spread(sums, COLUMNS * b + 2, weight);
    const theirs = spread(sums, COLUMNS * b + 5, weight);
    const asked = clamp((theirs - leastRange) / (fullRange - leastRange));
    const given = clamp(mine / Math.max(theirs, 1e-9) / enough);
    limbs[b] = clamp((bad - angle) / (bad - ok)) * (1 - asked * (1 - given));
    gained += limbs[b] * weight;
  });
  return { form: total <= 1e-9 ? NaN : (gained / total) * 100, limbs };
}

/**
 * How far directions of length 1 lie from their mean (root mean square), from their weighted sum.
 * @param {Float64Array} sums @param {number} i @param {number} weight
 */
function spread(sums, i, weight) {
  let size = 0;
  for (let k = 0; k < 3; k++) size += (sums[i + k] / weight) ** 2;
  return Math.sqrt(Math.max(1 - size, 0));
}

/** @param {number} value */
function clamp(value) {
  return Math.min(Math.max(value, 0), 1);
}

/**
 * A session in numbers; `null` where nothing is known (`perscoach/score/report.py`). Closes the last window.
 * @param {Comparer} comparer
 */
export function summary(comparer) {
  comparer.finish();
  const { rules, windows, lags, track } = comparer;
  const total = windows.reduce((sum, w) => sum + w.weight, 0);
  const form = total > 0 ? windows.reduce((sum, w) => sum + w.form * w.weight, 0) / total : null;
  const limbs = rules.bones.map((bone, index) => {
    const own = comparer.mirror ? bone.other_side : index;
    const known = windows.filter((w) => !Number.isNaN(w.limbs[own]));
    const weight = known.reduce((sum, w) => sum + w.weight, 0);
    return { name: bone.name, form: weight > 0 ? known.reduce((sum, w) => sum + w.limbs[own] * w.weight, 0) / weight : null };
  });
  const { free, late: dear, unsteady: shaky } = rules.timing;
  const late = lags.length ? percentile(lags, 50) : null;
  const unsteady = lags.length ? Math.max(0, percentile(lags, 90) - percentile(lags, 10)) : null;
  const timing = late === null || unsteady === null ? null : 100 * clamp(1 - Math.max(0, late - free) / dear - unsteady / shaky);
  return {
    form,
    timing,
    late,
    unsteady,
    coverage: comparer.shown ? (100 * comparer.scored) / comparer.shown : 0,
    reps: track.reps ? comparer.reps : null,
    trainerReps: track.reps ? track.reps.count : null,
    limbs,
    windows,
  };
}

/** Linear between neighbours, as NumPy's default. @param {number[]} values @param {number} percent */
function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const first = Math.floor(position);
  const share = position - first;
  return sorted[first] * (1 - share) + sorted[Math.min(first + 1, sorted.length - 1)] * share;
}

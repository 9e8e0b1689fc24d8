/**
 * The client frame by frame: `perscoach/score/comparer.py` in the browser, equal to it within rounding (the method
 * stands there). Pure functions and one class; no DOM.
 */
import { LagSearch, YawMedian } from './align.mjs';
import { OneEuro } from './filter.mjs';
import { angleBetween, bonesOf, flattened, rotate, rotationBetween, times, transposed, turned, unit, yawOf } from './geometry.mjs';
import { Judge } from './judge.mjs';
import { IDENTITY } from './level.mjs';
import { median, percentile } from './numbers.mjs';

/**
 * @typedef {import('./track.mjs').Track} Track
 * @typedef {import('./judge.mjs').Rep} Rep
 * @typedef {'grey'|'green'|'amber'|'red'} Colour
 * @typedef {{angle: number, form: number, weight: number, colour: Colour, arrow: [number, number, number]}} Limb
 *   one of the client's own limbs: degrees off, form 0..1 in the last repetition (NaN where nothing judges it), and where it should go
 * @typedef {{state: 'scored'|'out'|'waiting'|'no trainer', form: number, lag: number, yaw: number, reps: number, attempts: number, limbs: Limb[], rep: Rep|null}} Frame
 *   form 0..100 of the last repetitions, NaN before the first; rep: the repetition that ends here
 */

const TORSO = [0, 1, 6, 7];
/** Repetitions whose mean is the form of the moment. */
const LATELY = 3;

export class Comparer {
  /**
   * @param {Track} track the trainer
   * @param {Shared.Rules} rules
   * @param {{mirror?: boolean, accepted?: Record<string, number>}} [options] mirror: the client moves as a mirror image of
   *   the trainer; accepted: what the client's accepted repetitions measured
   */
  constructor(track, rules, { mirror = false, accepted = {} } = {}) {
    this.track = track;
    this.rules = rules;
    this.mirror = mirror;
    /** @type {number[]} */
    this.joints = rules.joints.mediapipe33;
    this.judge = new Judge(track.plan, rules, accepted);
    this.filter = new OneEuro(rules.one_euro);
    this.yaw = new YawMedian(rules);
    this.search = new LagSearch(track, rules);
    /** @type {[number, number, number][]} */
    this.bias = rules.bones.map(() => [0, 0, 0]);
    /** each limb's worst mark in the last repetition, the trainer's sides */
    this.marks = new Float64Array(rules.bones.length).fill(NaN);
    /** @type {[number, number]|null} */
    this.last = null;
    this.segment = 0;
    /** @type {number[]} */
    this.lags = [];
    this.scored = 0;
    this.shown = 0;
  }

  /** Full repetitions of the client. */
  get reps() {
    return this.judge.reps.filter((rep) => rep.kind === 'full').length;
  }

  /** Repetitions that did not go far enough to count. */
  get attempts() {
    return this.judge.reps.filter((rep) => rep.kind === 'attempt').length;
  }

  /** Takes the tilt of the client's camera off. */
  get level() {
    return this.judge.finder.rest?.level ?? IDENTITY;
  }

  /**
   * Learn this client's rest, and how their limbs lie where the trainer's do: both hold the pose of `trainerTime`.
   * @param {Float64Array[]} worlds landmarks (33 x 3) of about two seconds
   * @param {number} trainerTime seconds
   * @returns {boolean} whether it could be used
   */
  calibrate(worlds, trainerTime) {
    const { calibration, yaw, bones } = this.rules;
    const trainer = this.track.at(trainerTime);
    if (!trainer || worlds.length < calibration.least_frames) return false;
    const poses = worlds.map((world) => this.points(this.chosen(world)));
    this.judge.finder.take(poses);
    const mean = Float64Array.from(poses[0], (_, i) => poses.reduce((sum, pose) => sum + pose[i], 0) / poses.length);
    const client = times(this.level, mean);
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
    const late = trainerTime - this.search.lag * rate;
    const early = (rate > 0 && !this.search.ready) || late < this.segment - 1e-9;
    const rep = this.track.plan.main || !early ? this.judge.step(time, late, rate, points, this.seenPoints(visibility)) : null;
    if (rep) this.marks = limbsOf(rep, this.rules);
    const seen = this.visible(visibility);
    const levelled = times(this.level, points);
    const vectors = bonesOf(levelled, this.rules.bones);
    this.bias.forEach((turn, b) => rotate(vectors, 3 * b, turn));
    const trainer = this.track.at(late);
    this.observe(time, trainerTime, rate, levelled, vectors, seen, trainer);
    if (!trainer) return this.frame('no trainer', [], rep);
    if (early) return this.frame('waiting', [], rep);
    this.shown += 1;
    this.scored += 1;
    return this.frame('scored', this.own(vectors, seen, trainer), rep);
  }

  /** The end of the session. */
  finish() {
    this.judge.finish();
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

  /** Whether each point is seen, in the trainer's order. @param {ArrayLike<number>} visibility @returns {boolean[]} */
  seenPoints(visibility) {
    const own = this.joints.map((joint) => visibility[joint] >= this.rules.visible);
    return own.map((v, i) => (this.mirror ? own[this.rules.other_side[i]] : v));
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
      if (!this.track.plan.main) this.judge.forget();
    }
    this.last = [time, trainerTime];
  }

  /**
   * Feed what is slow: the yaw and the lag.
   * @param {number} time @param {number} trainerTime @param {number} rate @param {Float64Array} points
   * @param {Float64Array} vectors @param {Float64Array} seen @param {import('./track.mjs').Moment|null} trainer
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
  }

  // what is shown

  /**
   * The limbs in the client's own order of sides.
   * @param {Float64Array} vectors @param {Float64Array} seen @param {import('./track.mjs').Moment} trainer
   * @returns {Limb[]}
   */
  own(vectors, seen, trainer) {
    const { bones, depth } = this.rules;
    const theirs = turned(bonesOf(trainer.points, bones), this.yaw.value);
    const mineFlat = flattened(vectors, depth).directions;
    const theirFlat = flattened(theirs, depth).directions;
    const back = transposed(this.level);
    return bones.map((bone, index) => {
      const b = this.mirror ? bone.other_side : index;
      const mine = unit(vectors, 3 * b);
      const arrow = times(back, Float64Array.from(unit(theirs, 3 * b), (v, k) => v - mine[k]));
      const form = seen[b] > 0 ? this.marks[b] : NaN;
      return {
        angle: seen[b] > 0 ? angleBetween(mineFlat, 3 * b, theirFlat, 3 * b) : NaN,
        form,
        weight: seen[b],
        colour: this.colour(form),
        arrow: [this.mirror ? -arrow[0] : arrow[0], arrow[1], arrow[2]],
      };
    });
  }

  /** Red needs the client's own accepted repetitions. @param {number} form @returns {Colour} */
  colour(form) {
    const { green, red } = this.rules.colour;
    if (Number.isNaN(form)) return 'grey';
    if (form >= green) return 'green';
    return form < red && Object.keys(this.judge.accepted).length ? 'red' : 'amber';
  }

  /**
   * @param {'scored'|'out'|'waiting'|'no trainer'} state @param {Limb[]} [limbs] @param {Rep|null} [rep]
   * @returns {Frame}
   */
  frame(state, limbs = [], rep = null) {
    const forms = this.judge.reps.slice(-LATELY).map((one) => one.form).filter((form) => !Number.isNaN(form));
    const form = forms.length ? forms.reduce((sum, v) => sum + v, 0) / forms.length : NaN;
    return { state, form, lag: this.search.lag, yaw: this.yaw.value, reps: this.reps, attempts: this.attempts, limbs, rep };
  }
}

/** Each limb's worst mark in a repetition, the trainer's sides; NaN where no measure speaks for it. @param {Rep} rep @param {Shared.Rules} rules */
export function limbsOf(rep, rules) {
  const out = new Float64Array(rules.bones.length).fill(NaN);
  for (const { name, mark } of rep.findings) {
    for (const bone of /** @type {Shared.Measure} */ (rules.measures.find((m) => m.name === name)).bones) {
      out[bone] = Math.min(mark, Number.isNaN(out[bone]) ? 1 : out[bone]);
    }
  }
  return out;
}

/** @param {number} value */
function clamp(value) {
  return Math.min(Math.max(value, 0), 1);
}

/** @param {number[]} values */
const mean = (values) => (values.length ? values.reduce((sum, v) => sum + v, 0) / values.length : null);

/**
 * @typedef {{name: string, group: string, mark: number, amount: number, unit: 'cm'|'deg', cue: string}} MeasureSum
 */

/**
 * A session in numbers; `null` where nothing is known (`perscoach/score/report.py`). Ends the open repetition.
 * @param {Comparer} comparer
 */
export function summary(comparer) {
  comparer.finish();
  const { rules, lags, track, judge, mirror } = comparer;
  const { reps } = judge;
  /** @type {Record<string, number|null>} */
  const groups = {};
  for (const group of rules.groups) {
    const known = mean(reps.filter((rep) => group in rep.groups).map((rep) => rep.groups[group]));
    groups[group] = known === null ? null : 100 * known;
  }
  const marks = reps.filter((rep) => rep.findings.length).map((rep) => limbsOf(rep, rules));
  const limbs = rules.bones.map((bone, index) => {
    const own = mirror ? bone.other_side : index;
    return { name: bone.name, form: mean(marks.map((mark) => mark[own]).filter((v) => !Number.isNaN(v))) };
  });
  const late = lags.length ? percentile(lags, 50) : null;
  const unsteady = lags.length ? Math.max(0, percentile(lags, 90) - percentile(lags, 10)) : null;
  const tempo = tempoOf(reps, track.plan);
  return {
    form: mean(reps.map((rep) => rep.form).filter((v) => !Number.isNaN(v))),
    groups,
    measures: measuresOf(comparer),
    timing: timingOf(late, unsteady, tempo, rules),
    late,
    unsteady,
    tempo,
    coverage: comparer.shown ? (100 * comparer.scored) / comparer.shown : 0,
    reps: track.plan.main ? comparer.reps : null,
    attempts: track.plan.main ? comparer.attempts : null,
    trainerReps: track.plan.main ? track.plan.turns.length : null,
    limbs,
    repetitions: reps,
  };
}

/** @param {number|null} late @param {number|null} unsteady @param {number|null} tempo @param {Shared.Rules} rules */
function timingOf(late, unsteady, tempo, { timing }) {
  if (late === null && tempo === null) return null;
  const slow = tempo === null ? 0 : Math.max(0, Math.abs(Math.log(tempo)) - timing.free_tempo) / timing.tempo;
  return 100 * clamp(1 - Math.max(0, (late ?? 0) - timing.free) / timing.late - (unsteady ?? 0) / timing.unsteady - slow);
}

/** How many times the trainer's pace. @param {Rep[]} reps @param {Shared.PlanJson} plan */
function tempoOf(reps, plan) {
  const done = reps.filter((rep) => rep.kind === 'full' || rep.kind === 'attempt');
  if (done.length < 2 || plan.turns.length < 2 || done.length < reps.length) return null;
  const steps = (/** @type {number[]} */ at) => median(at.slice(1).map((v, i) => v - at[i]));
  const [mine, theirs] = [steps(done.map((rep) => rep.turn)), steps(plan.turns.map(([, turn]) => turn))];
  return mine > 0 && theirs > 0 ? theirs / mine : null;
}

/** The measures over the session, the client's own sides. @param {Comparer} comparer @returns {MeasureSum[]} */
function measuresOf({ judge, rules, mirror, track }) {
  const all = judge.reps.flatMap((rep) => rep.findings);
  return [...new Set(all.map((one) => one.name))].map((name) => {
    const mine = all.filter((one) => one.name === name);
    const measure = /** @type {Shared.Measure} */ (rules.measures.find((m) => m.name === name));
    return {
      name: (mirror && measure.other_side) || name,
      group: measure.group,
      mark: median(mine.map((one) => one.mark)),
      amount: median(mine.map((one) => one.amount)),
      unit: measure.unit === 'deg' ? 'deg' : 'cm',
      cue: track.plan.targets.find((target) => target.name === name)?.cue ?? '',
    };
  });
}

/** The measures to work on first: the worst of each of the worst groups, only those that are really off. @param {MeasureSum[]} measures @param {Shared.Rules} rules @param {number} [count] */
export function worstOf(measures, rules, count = 2) {
  /** @type {Map<string, MeasureSum>} */
  const found = new Map();
  for (const one of [...measures].sort((a, b) => a.mark - b.mark)) {
    if (one.mark < rules.curve.at_tolerance && !found.has(one.group)) found.set(one.group, one);
  }
  return [...found.values()].slice(0, count);
}

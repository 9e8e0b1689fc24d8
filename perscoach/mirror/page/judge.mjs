/** Judges a client's repetitions at their key poses: `perscoach/score/judge.py` in the browser (the method stands there). */
import { times } from './geometry.mjs';
import { RestFinder } from './level.mjs';
import { fromOneSide, measureOf, signalOf } from './measures.mjs';
import { median } from './numbers.mjs';
import { alike, readShape, shapeOf } from './shape.mjs';
import { TurnFinder } from './turns.mjs';

/**
 * @typedef {import('./level.mjs').Rest} Rest
 * @typedef {{name: string, off: number, mark: number, amount: number}} Finding
 * @typedef {Object} Rep
 * @property {'full'|'attempt'|'missed'|'moment'} kind
 * @property {number} start
 * @property {number} turn
 * @property {number} stop
 * @property {[number, number]} at of start and stop on the trainer's clock
 * @property {number} share
 * @property {number} form 0..100; NaN where nothing could be judged
 * @property {Record<string, number>} groups 0..1
 * @property {Finding[]} findings
 * @typedef {{time: number, trainerTime: number, share: number, values: Float64Array, pose: Float64Array}} Seen
 */

/** 0..1 from tolerances. @param {number} off @param {Shared.Rules} rules */
export function markOf(off, rules) {
  const { at_tolerance: there, nothing_at: end } = rules.curve;
  return off <= 1 ? 1 - (1 - there) * Math.max(off, 0) : Math.max(0, (there * (end - off)) / (end - 1));
}

/** A difference in tolerances: the first is `free` wide, each further one `beyond`. @param {number} more @param {number} free @param {number} beyond */
const tolerancesOf = (more, free, beyond) => (more <= free ? more / free : 1 + (more - free) / beyond);

export class Judge {
  /** @param {Shared.PlanJson} plan @param {Shared.Rules} rules @param {Record<string, number>} [accepted] */
  constructor(plan, rules, accepted = {}) {
    this.plan = plan;
    this.rules = rules;
    this.accepted = accepted;
    /** @type {Rep[]} */
    this.reps = [];
    this.finder = new RestFinder(plan.main, plan.travel, rules);
    this.index = new Map(rules.measures.map((m, i) => [m.name, i]));
    this.turns = new TurnFinder(rules);
    this.shapes = (plan.shapes ?? []).map((one) => readShape(one, rules));
    this.arms = plan.targets.some((t) => t.weight > 0 && rules.measures[this.at(t.name)].group === 'arms');
    /** @type {Seen[]} */
    this.kept = [];
    this.idle = 0;
    /** @type {number|null} */
    this.last = null;
    /** @type {[number, number, (number|null)[]]|null} */
    this.moment = null;
  }

  /**
   * One frame of the client.
   * @param {number} time @param {number} trainerTime @param {number} rate
   * @param {Float64Array} points hip-centred, the camera's axes, the trainer's sides @param {boolean[]} seen
   * @returns {Rep|null} the repetition that ends here
   */
  step(time, trainerTime, rate, points, seen) {
    const { plan } = this;
    const { points: sided, known } = fromOneSide(points, seen, this.rules);
    const rest = this.findRest(time, sided, seen, known);
    if (!rest) return null;
    const levelled = times(rest.level, sided);
    const values = Float64Array.from(this.rules.measures, (m, i) => (known[i] ? measureOf(levelled, m.name, rest.lengths) : NaN));
    if (!plan.main) return this.flow(time, trainerTime, values, rest);
    this.wait(time, trainerTime, rate);
    if (Number.isNaN(values[this.at(plan.main)])) return this.missing();
    const share = (signalOf(sided, plan.main, rest.lengths) - rest.signal) / plan.travel;
    this.kept.push({ time, trainerTime, share, values, pose: levelled });
    const found = this.turns.add(time, share);
    return found ? this.repetition(found, rest) : this.missing();
  }

  /** The end of the recording. @returns {Rep|null} */
  finish() {
    const { rest } = this.finder;
    if (!rest) return null;
    if (!this.plan.main) return this.momentOver(rest);
    const found = this.turns.finish();
    if (found) return this.repetition(found, rest);
    const none = !this.reps.length && this.plan.period > 0 && this.idle >= 0.6 * this.plan.period;
    return none ? this.miss() : null;
  }

  /** The trainer's video has jumped: an open stretch means nothing. */
  forget() {
    this.turns = new TurnFinder(this.rules);
    this.kept = [];
    this.idle = 0;
    this.last = null;
    this.moment = null;
  }

  // between repetitions

  /** @param {string} name */
  at(name) {
    return /** @type {number} */ (this.index.get(name));
  }

  /** @param {number} time @param {Float64Array} points @param {boolean[]} seen @param {boolean[]} known each measure */
  findRest(time, points, seen, known) {
    const { finder, plan } = this;
    if ([0, 1, 6, 7].every((p) => seen[p]) && (!plan.main || known[this.at(plan.main)])) finder.add(time, points);
    return finder.rest;
  }

  /** Add up the time in which the trainer moves. @param {number} time @param {number} trainerTime @param {number} rate */
  wait(time, trainerTime, rate) {
    const moves = rate > 0 && this.plan.turns.some(([start, , stop]) => start <= trainerTime && trainerTime <= stop);
    if (this.last !== null && moves) this.idle += Math.min(Math.max(time - this.last, 0), 0.5);
    this.last = time;
  }

  /** @returns {Rep|null} */
  missing() {
    const { missed_after: after, missed_least: least } = this.rules.turns;
    return this.idle >= Math.max(after * this.plan.period, least) ? this.miss() : null;
  }

  miss() {
    const last = this.kept[this.kept.length - 1] ?? { time: this.last ?? 0, trainerTime: 0 };
    const start = last.time - this.idle;
    this.idle = 0;
    return this.add({
      kind: 'missed', start, turn: last.time, stop: last.time, share: 0, form: 0, groups: {}, findings: [],
      at: [Math.max(last.trainerTime - (last.time - start), 0), last.trainerTime],
    });
  }

  /** @param {Rep} rep */
  add(rep) {
    this.reps.push(rep);
    return rep;
  }

  // judging

  /** @param {import('./turns.mjs').Turn} turn @param {Rest} rest */
  repetition(turn, rest) {
    const kept = this.kept.filter((s) => turn.start <= s.time && s.time <= turn.stop);
    this.kept = this.kept.slice(-1);
    this.idle = 0;
    const near = turn.high - this.rules.turns.near * (turn.high - turn.low);
    const there = kept.filter((s) => s.share >= near - 1e-12);
    const key = knownMedian(there.map((s) => s.values));
    const [start, stop] = [kept[0].trainerTime, kept[kept.length - 1].trainerTime];
    const pose = there[0].pose.map((_, i) => median(there.map((s) => s.pose[i])));
    if (!this.same(shapeOf(pose, key, rest.values, this.rules), key)) {
      return this.add({ kind: 'missed', start: turn.start, turn: turn.turn, stop: turn.stop, at: [start, stop], share: turn.high, form: 0, groups: {}, findings: [] });
    }
    const findings = this.findings(key, turn.high, rest);
    const { form, groups } = formOf(findings, this.plan.targets, this.rules);
    return this.add({
      kind: turn.high >= this.rules.turns.full ? 'full' : 'attempt',
      start: turn.start, turn: turn.turn, stop: turn.stop, at: [start, stop],
      share: turn.high, form, groups, findings,
    });
  }

  /** Whether a key pose may be the trainer's movement. @param {import('./shape.mjs').Shape|null} shape @param {Float64Array} key */
  same(shape, key) {
    if (!shape || !this.shapes.length) return true;
    const arms = this.arms && !Number.isNaN(key[this.at('arms')]);
    return this.shapes.some((one) => alike(one, shape, arms, this.rules));
  }

  /** @param {Float64Array} key @param {number} high @param {Rest} rest @returns {Finding[]} */
  findings(key, high, rest) {
    const { main, targets } = this.plan;
    let share = Math.min(Math.max(high, 0), 1);
    const chief = targets.find((t) => t.name === main);
    if (chief && !Number.isNaN(key[this.at(main)])) {
      const gone = key[this.at(main)] - rest.values[this.at(main)];
      share = Math.min(Math.max(gone / (chief.key - chief.rest), 0), 1);
    }
    return targets
      .filter((t) => t.weight > 0 && !Number.isNaN(key[this.at(t.name)]))
      .map((t) => this.finding(t, key[this.at(t.name)], share, rest));
  }

  /** @param {Shared.Target} target @param {number} value @param {number} share @param {Rest} rest @returns {Finding} */
  finding(target, value, share, rest) {
    const measure = this.rules.measures[this.at(target.name)];
    const own = rest.values[this.at(target.name)];
    const { tolerance, room = 0 } = target;
    let more;
    let amount;
    let free;
    let beyond;
    if (measure.kind === 'travel') {
      const travel = target.key - target.rest;
      more = (value - own) / travel - 1;
      amount = more * Math.abs(travel);
      [free, beyond] = [tolerance + room, Math.max(tolerance - room, tolerance / 4)];
    } else {
      const start = measure.own_rest ? target.rest : 0;
      const wanted = target.rest + (target.key - target.rest) * share - start;
      more = value - (measure.own_rest ? own : 0) - wanted;
      amount = more;
      [free, beyond] = [tolerance + room * share, tolerance];
    }
    let off = tolerancesOf(target.worse === 0 ? Math.abs(more) : target.worse * more, free, beyond);
    if (target.name in this.accepted) off = (off - this.accepted[target.name]) / this.rules.own;
    return { name: target.name, off, mark: markOf(off, this.rules), amount: amount * wordsScale(measure, rest) };
  }

  // movements that do not repeat

  /** @param {number} time @param {number} trainerTime @param {Float64Array} values @param {Rest} rest */
  flow(time, trainerTime, values, rest) {
    const moment = this.plan.moments.find(([start, stop]) => start <= trainerTime && trainerTime < stop) ?? null;
    const rep = moment === this.moment ? null : this.momentOver(rest);
    this.moment = moment;
    if (moment) this.kept.push({ time, trainerTime, share: 0, values, pose: values });
    return rep;
  }

  /** @param {Rest} rest @returns {Rep|null} */
  momentOver(rest) {
    const { kept, moment, rules } = this;
    this.kept = [];
    if (!moment || kept.length < 3) return null;
    const key = knownMedian(kept.map((s) => s.values));
    /** @type {Finding[]} */
    const findings = [];
    for (const name of rules.moments.measures) {
      const index = this.at(name);
      const wanted = moment[2][index];
      if (wanted === null || Number.isNaN(key[index])) continue;
      const measure = rules.measures[index];
      const off = Math.abs(key[index] - wanted) / (measure.unit === 'deg' ? rules.moments.deg : rules.moments.leg);
      findings.push({ name, off, mark: markOf(off, rules), amount: (key[index] - wanted) * wordsScale(measure, rest) });
    }
    const { form, groups } = formOf(findings, [], rules);
    if (Number.isNaN(form)) return null;
    const last = kept[kept.length - 1];
    return this.add({
      kind: 'moment', start: kept[0].time, turn: last.time, stop: last.time, at: [kept[0].trainerTime, last.trainerTime],
      share: 1, form, groups, findings,
    });
  }
}

/** What turns a measure's unit into centimetres of this person, or 1 for degrees. @param {Shared.Measure} measure @param {Rest} rest */
function wordsScale(measure, rest) {
  if (measure.unit === 'deg') return 1;
  return 100 * (measure.unit === 'feet' ? rest.feet : rest.lengths[/** @type {'leg'|'arm'|'shank'} */ (measure.unit)]);
}

/** Medians of what is known; NaN where less than a third of the rows knows it. @param {Float64Array[]} rows */
function knownMedian(rows) {
  return rows[0].map((_, i) => {
    const known = rows.map((row) => row[i]).filter((v) => !Number.isNaN(v));
    return known.length && known.length * 3 >= rows.length ? median(known) : NaN;
  });
}

/**
 * Half the mean over the groups, half the worst of them.
 * @param {Finding[]} findings @param {Shared.Target[]} targets @param {Shared.Rules} rules
 * @returns {{form: number, groups: Record<string, number>}}
 */
export function formOf(findings, targets, rules) {
  const weights = new Map(targets.map((t) => [t.name, t.weight]));
  /** @type {Record<string, number>} */
  const groups = {};
  /** @type {Record<string, number>} */
  const heavy = {};
  for (const { name, mark } of findings) {
    const { group } = /** @type {Shared.Measure} */ (rules.measures.find((m) => m.name === name));
    const weight = weights.get(name) ?? 1;
    groups[group] = Math.min(groups[group] ?? 1, 1 - (1 - mark) * Math.min(weight, 1));
    heavy[group] = Math.max(heavy[group] ?? 0, weight);
  }
  const names = Object.keys(groups);
  if (!names.length) return { form: NaN, groups };
  const sum = names.reduce((s, g) => s + groups[g] * heavy[g], 0);
  const mean = sum / names.reduce((s, g) => s + heavy[g], 0);
  const worst = Math.min(...names.map((g) => groups[g]));
  return { form: 100 * ((1 - rules.curve.worst) * mean + rules.curve.worst * worst), groups };
}

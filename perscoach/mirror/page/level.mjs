/** A person's own rest, and the tilt of their camera: `perscoach/score/level.py` in the browser (the method stands there). */
import { matrixBetween, times } from './geometry.mjs';
import { angle, lengthsOf, measureOf, middle, minus, signalOf } from './measures.mjs';
import { median, percentile } from './numbers.mjs';

/**
 * @typedef {Object} Rest
 * @property {import('./measures.mjs').Lengths} lengths
 * @property {Float64Array} level 3 x 3, turns the camera's axes so that the person's upright is vertical
 * @property {boolean} upright
 * @property {number} signal of the movement that repeats
 * @property {Float64Array} values measures at rest
 * @property {number} feet metres between the ankles
 */

export const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/** Takes as rest the poses in which the repeating movement is at its lower end. */
export class RestFinder {
  /** @param {string} main the measure that repeats, or '' @param {number} travel of its signal @param {Shared.Rules} rules */
  constructor(main, travel, rules) {
    this.main = main;
    this.travel = travel;
    this.rules = rules;
    /** @type {{time: number, points: Float64Array, lengths: number[]}[]} */
    this.kept = [];
    /** @type {Rest|null} */
    this.rest = null;
  }

  /** @param {number} time seconds @param {Float64Array} points hip-centred, the camera's axes */
  add(time, points) {
    const { every, samples } = this.rules.rest;
    if (this.kept.length && time - this.kept[this.kept.length - 1].time < every - 1e-6) return;
    this.kept.push({ time, points, lengths: lengthsOf(points) });
    if (this.kept.length > samples) this.kept.shift();
    this.update();
  }

  /** Begin anew with these poses; who stands straighter later corrects it. @param {Float64Array[]} poses */
  take(poses) {
    this.kept = poses.map((points) => ({ time: -Infinity, points, lengths: lengthsOf(points) }));
    this.update();
  }

  update() {
    const { percentile: percent, within, used } = this.rules.rest;
    const [leg, arm, shank] = [0, 1, 2].map((k) => Math.max(median(this.kept.map((one) => one.lengths[k])), 0.05));
    const lengths = { leg, arm, shank };
    let chosen = this.kept.map((one) => one.points);
    if (this.main) {
      const sign = this.travel > 0 ? 1 : -1;
      const toward = chosen.map((points) => sign * signalOf(points, this.main, lengths));
      const limit = percentile(toward, percent) + within * Math.abs(this.travel);
      chosen = chosen.filter((_, i) => toward[i] <= limit + 1e-12).slice(-used);
    } else {
      chosen = chosen.slice(0, used);
    }
    const pose = Float64Array.from(chosen[0], (_, i) => median(chosen.map((points) => points[i])));
    this.rest = restOf(pose, lengths, this.main, this.rules);
  }
}

/** Whether a person stands straight, whatever the camera's tilt. @param {Float64Array} pose hip-centred @param {Shared.Rules} rules */
export function isUpright(pose, rules) {
  const line = minus(middle(pose, 0, 1), middle(pose, 10, 11));
  const trunk = minus(middle(pose, 0, 1), middle(pose, 6, 7));
  const legs = minus(middle(pose, 6, 7), middle(pose, 10, 11));
  return angle(line, [0, -1, 0]) < rules.rest.upright && angle(trunk, legs) < rules.rest.straight;
}

/** @param {Float64Array} pose @param {import('./measures.mjs').Lengths} lengths @param {string} main @param {Shared.Rules} rules @returns {Rest} */
function restOf(pose, lengths, main, rules) {
  const line = minus(middle(pose, 0, 1), middle(pose, 10, 11));
  const upright = isUpright(pose, rules);
  const level = upright ? matrixBetween(line, [0, -1, 0]) : IDENTITY;
  const levelled = times(level, pose);
  return {
    lengths, level, upright,
    signal: main ? signalOf(pose, main, lengths) : 0,
    values: Float64Array.from(rules.measures, (m) => measureOf(levelled, m.name, lengths)),
    feet: Math.max(Math.hypot(levelled[30] - levelled[33], levelled[32] - levelled[35]), 0.05),
  };
}

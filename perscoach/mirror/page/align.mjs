/**
 * The two slow unknowns: how the client is turned against the trainer, and how late they follow.
 * `perscoach/score/align.py` in the browser.
 */
import { angleBetween, bonesOf, circularMedian, flattened, turned } from './geometry.mjs';

/** @typedef {import('./track.mjs').Track} Track */

/** The circular median of the last seconds' differences of yaw; one sample every tenth of a second is kept. */
export class YawMedian {
  /** @param {Shared.Rules} rules */
  constructor(rules) {
    this.rules = rules;
    /** @type {{time: number, angle: number}[]} */
    this.kept = [];
    this.value = 0;
  }

  /** @param {number} time seconds @param {number} difference radians */
  add(time, difference) {
    const { kept, rules } = this;
    if (kept.length && time - kept[kept.length - 1].time < rules.sample_every - 1e-6) return;
    kept.push({ time, angle: difference });
    while (time - kept[0].time > rules.yaw.window) kept.shift();
    this.value = circularMedian(kept.map((one) => one.angle));
  }
}

/**
 * The client at one moment: directions with their depth scaled, and weights.
 * @typedef {{time: number, trainerTime: number, rate: number, directions: Float64Array, weights: Float64Array}} Seen
 */

/** The lag under which the last second and a half fits best. Once found it moves by a little at a time. */
export class LagSearch {
  /** @param {Track} track @param {Shared.Rules} rules */
  constructor(track, rules) {
    this.track = track;
    this.rules = rules;
    /** @type {Seen[]} */
    this.kept = [];
    this.next = -Infinity;
    /** @type {number|null} set when the first lag is found: a while longer it may move freely */
    this.freeUntil = null;
    this.lag = 0;
    this.ready = false;
  }

  /** After a jump of the trainer's video. */
  forget() {
    this.kept = [];
  }

  /**
   * Take a moment of the client; whether the lag was looked for again.
   * @param {Seen} seen
   * @param {number} segment where on the trainer's clock the present stretch began
   * @param {number} yaw radians by which the trainer is turned to stand as the client does
   */
  add(seen, segment, yaw) {
    const { kept, rules } = this;
    if (seen.rate <= 0 || (kept.length && seen.time - kept[kept.length - 1].time < rules.sample_every - 1e-6)) return false;
    kept.push(seen);
    while (seen.time - kept[0].time > rules.lag.window) kept.shift();
    if (seen.time < this.next || seen.time - kept[0].time < rules.lag.window * 0.9) return false;
    this.next = seen.time + rules.lag.every;
    this.ready = true;
    this.search(seen.time, segment, yaw);
    return true;
  }

  /** @param {number} time @param {number} segment @param {number} yaw */
  search(time, segment, yaw) {
    const { most, step, change, least_gain: leastGain, free } = this.rules.lag;
    const steps = Math.round(most / step);
    const costs = Array.from({ length: steps + 1 }, (_, i) => this.cost(i * step, segment, yaw));
    let best = 0;
    costs.forEach((cost, i) => {
      if (cost < costs[best]) best = i;
    });
    const now = Math.min(steps, Math.round(this.lag / step));
    if (!Number.isFinite(costs[best]) || costs[now] - costs[best] < leastGain) return;
    if (this.freeUntil === null) this.freeUntil = time + free;
    const limit = time <= this.freeUntil ? most : change;
    this.lag += Math.min(Math.max(best * step - this.lag, -limit), limit);
  }

  /**
   * Mean angle, degrees, over what is kept; infinite where the lag reaches before the stretch for most of it.
   * @param {number} lag @param {number} segment @param {number} yaw
   */
  cost(lag, segment, yaw) {
    const { bones, depth } = this.rules;
    let total = 0;
    let weight = 0;
    let used = 0;
    for (const seen of this.kept) {
      const when = seen.trainerTime - lag * seen.rate;
      const trainer = when >= segment - 1e-9 ? this.track.at(when) : null;
      if (!trainer) continue;
      const theirs = flattened(turned(bonesOf(trainer.points, bones), yaw), depth).directions;
      for (let b = 0; b < bones.length; b++) {
        if (seen.weights[b] === 0) continue;
        total += seen.weights[b] * angleBetween(seen.directions, 3 * b, theirs, 3 * b);
        weight += seen.weights[b];
      }
      used += 1;
    }
    return weight <= 1e-9 || used * 2 < this.kept.length ? Infinity : total / weight;
  }
}

/**
 * Which limb is red: the slow mean of its difference, so that noise averages out, with a delay both ways.
 * `perscoach/score/colour.py` in the browser.
 */

/** @typedef {'grey'|'green'|'amber'|'red'} Colour */

export class LimbColours {
  /** @param {Shared.Rules} rules */
  constructor(rules) {
    this.values = rules.colour;
    this.limbs = rules.bones.map(() => ({
      mean: [0, 0, 0],
      /** @type {number|null} */ last: null,
      /** @type {number|null} */ since: null,
      red: false,
    }));
  }

  /**
   * @param {number} time seconds
   * @param {Float64Array} mine directions of length 1 @param {Float64Array} theirs @param {Float64Array} seen weights
   * @returns {Colour[]}
   */
  step(time, mine, theirs, seen) {
    return this.limbs.map((limb, i) => {
      if (seen[i] <= 0) {
        limb.last = limb.since = null;
        limb.red = false;
        return 'grey';
      }
      const fresh = limb.last === null || time - limb.last > 1;
      const share = fresh ? 1 : 1 - Math.exp(-(time - /** @type {number} */ (limb.last)) / this.values.smoothing);
      for (let k = 0; k < 3; k++) {
        const difference = theirs[3 * i + k] - mine[3 * i + k];
        limb.mean[k] = fresh ? difference : limb.mean[k] + share * (difference - limb.mean[k]);
      }
      limb.last = time;
      const size = Math.sqrt(limb.mean[0] ** 2 + limb.mean[1] ** 2 + limb.mean[2] ** 2);
      const angle = (2 * Math.asin(Math.min(size / 2, 1)) * 180) / Math.PI;
      this.turn(limb, time, angle);
      if (limb.red) return 'red';
      return angle < this.values.red_off ? 'green' : 'amber';
    });
  }

  /**
   * Red after half a second above one angle, back after a shorter time below a smaller one.
   * @param {{since: number|null, red: boolean}} limb @param {number} time @param {number} angle
   */
  turn(limb, time, angle) {
    const { red_on: on, red_off: off, after_on: afterOn, after_off: afterOff } = this.values;
    if (limb.red ? angle >= off : angle <= on) {
      limb.since = null;
      return;
    }
    if (limb.since === null) limb.since = time;
    if (time - limb.since >= (limb.red ? afterOff : afterOn)) {
      limb.red = !limb.red;
      limb.since = null;
    }
  }
}

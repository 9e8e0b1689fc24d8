/**
 * The One Euro filter (Casiez, Roussel and Vogel, CHI 2012): steady when still, quick when fast.
 * `perscoach/score/filter.py` in the browser.
 */

/** @typedef {{min_cutoff: number, beta: number, derivative_cutoff: number, reset_after: number}} OneEuroValues */

export class OneEuro {
  /** @param {OneEuroValues} values cut-offs in Hz, `reset_after` in seconds */
  constructor(values) {
    this.values = values;
    this.reset();
  }

  /** Forget everything. */
  reset() {
    /** @type {number|null} */
    this.time = null;
    /** @type {Float64Array|null} */
    this.last = null;
    /** @type {Float64Array|null} */
    this.speed = null;
  }

  /**
   * The filtered value; a new array.
   * @param {number} time seconds, growing
   * @param {Float64Array} value
   */
  filter(time, value) {
    const { last, speed, values } = this;
    const stale = this.time === null || time - this.time > values.reset_after || time <= this.time;
    if (stale || !last || !speed || this.time === null) {
      this.time = time;
      this.last = Float64Array.from(value);
      this.speed = new Float64Array(value.length);
      return Float64Array.from(value);
    }
    const step = time - this.time;
    const slow = share(values.derivative_cutoff, step);
    for (let i = 0; i < value.length; i++) {
      speed[i] += slow * ((value[i] - last[i]) / step - speed[i]);
      last[i] += share(values.min_cutoff + values.beta * Math.abs(speed[i]), step) * (value[i] - last[i]);
    }
    this.time = time;
    return Float64Array.from(last);
  }
}

/** @param {number} cutoff Hz @param {number} step seconds */
function share(cutoff, step) {
  return 1 / (1 + 1 / (2 * Math.PI * cutoff * step));
}

/** Finds repetitions in a signal: `perscoach/score/turns.py` in the browser. */

/** @typedef {{start: number, turn: number, stop: number, low: number, high: number}} Turn */

/** Tells a repetition as soon as the way back has begun, however far the person went. */
export class TurnFinder {
  /** @param {Shared.Rules} rules */
  constructor(rules) {
    this.values = rules.turns;
    this.away = false;
    this.low = NaN;
    this.high = NaN;
    this.start = 0;
    this.turn = 0;
    this.last = 0;
  }

  /** @param {number} time seconds, growing @param {number} share of the trainer's travel @returns {Turn|null} */
  add(time, share) {
    const { rise, fall, least_fall: leastFall } = this.values;
    this.last = time;
    if (!this.away) {
      if (!(this.low <= share)) {
        this.low = share;
        this.start = time;
      }
      if (share - this.low >= rise) {
        this.away = true;
        this.high = share;
        this.turn = time;
      }
      return null;
    }
    if (share > this.high) {
      this.high = share;
      this.turn = time;
    }
    return this.high - share < Math.max(leastFall, fall * (this.high - this.low)) ? null : this.told(time, share);
  }

  /** The repetition that the end cuts off. */
  finish() {
    return this.away ? this.told(this.last, NaN) : null;
  }

  /** @param {number} time @param {number} share @returns {Turn|null} */
  told(time, share) {
    const found = { start: this.start, turn: this.turn, stop: time, low: this.low, high: this.high };
    this.away = false;
    this.low = share;
    this.start = time;
    return time - found.start >= this.values.least_seconds ? found : null;
  }
}

// Where the trainer was when the client's picture was taken, and what the client did, for looking back. Pure.

/** The trainer's time at moments of the last seconds. */
export class History {
  constructor() {
    /** @type {{now: number, time: number, rate: number}[]} */
    this.kept = [];
  }

  /** @param {number} now seconds on the page's clock @param {number} time seconds of the trainer's video @param {number} rate */
  add(now, time, rate) {
    this.kept.push({ now, time, rate });
    while (this.kept.length > 2 && now - this.kept[1].now > 3) this.kept.shift();
  }

  clear() {
    this.kept = [];
  }

  /**
   * Between two frames of the trainer by their times; after the last one by its speed. A page that stuttered tells the
   * poses of that time late, and they must not look like a jump of the trainer.
   * @param {number} now @param {number} [beyond] seconds that may be added after the last frame
   * @returns {{time: number, rate: number}|null} null before the first frame
   */
  at(now, beyond = 1) {
    const { kept } = this;
    if (!kept.length || now < kept[0].now - 1) return null;
    let i = 0;
    while (i + 1 < kept.length && kept[i + 1].now <= now) i += 1;
    const [found, next] = [kept[i], kept[i + 1]];
    const passed = Math.max(now - found.now, 0);
    const moved = next ? next.time - found.time : 0;
    if (next && moved >= 0 && moved < (next.now - found.now) * found.rate + 0.3) {
      return { time: found.time + moved * Math.min(1, passed / Math.max(next.now - found.now, 1e-6)), rate: found.rate };
    }
    return { time: found.time + Math.min(passed, beyond) * found.rate, rate: found.rate };
  }
}

const HZ = 10;
const MINUTES = 30;
const WIDTH = 66;

/** The client's points in the picture, ten a second, the last half hour, in memory only; always the same size. */
export class Trail {
  constructor(capacity = HZ * 60 * MINUTES) {
    this.capacity = capacity;
    /** @type {Float32Array|null} allocated with the first pose */
    this.points = null;
    this.times = new Float64Array(capacity);
    this.count = 0;
  }

  /** @param {number} at seconds since the workout began @param {ArrayLike<number>} image 66 numbers */
  add(at, image) {
    if (this.count && at - this.times[(this.count - 1) % this.capacity] < 1 / HZ) return;
    if (!this.points) this.points = new Float32Array(this.capacity * WIDTH);
    const slot = this.count % this.capacity;
    this.points.set(image, slot * WIDTH);
    this.times[slot] = at;
    this.count += 1;
  }

  /** @param {number} at @returns {Float32Array|null} the nearest pose that is not half a second away */
  near(at) {
    let best = -1;
    let least = 0.5;
    const used = Math.min(this.count, this.capacity);
    for (let i = 0; i < used; i++) {
      const away = Math.abs(this.times[i] - at);
      if (away < least) [best, least] = [i, away];
    }
    return best < 0 || !this.points ? null : this.points.subarray(best * WIDTH, (best + 1) * WIDTH);
  }
}

/** Counts marks that the trainer's clock passes by playing, not by jumping. */
export class Passed {
  /** @param {number[]} marks seconds, growing */
  constructor(marks) {
    this.marks = marks;
    /** @type {number|null} */
    this.last = null;
    this.count = 0;
  }

  /** @param {number} time @returns {number} how many marks lie between the last time and this */
  step(time) {
    const last = this.last;
    this.last = time;
    if (last === null || time <= last || time - last > 0.6) return 0;
    const passed = this.marks.filter((mark) => mark > last && mark <= time).length;
    this.count += passed;
    return passed;
  }
}

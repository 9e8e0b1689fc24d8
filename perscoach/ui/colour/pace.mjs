// How finely a moving picture is drawn: where the machine cannot keep up (WebGL2 without a graphics card), with fewer pixels
// until it rests. What stands still is always drawn in full.

const SLOW_MS = 50; // between two pictures: below this the eye takes it for moving
const FRESH_MS = 300; // pictures this close to each other belong to one movement,
const LIVE_MS = 1500; // and so do those of a clip that plays
const FEW = 4; // pictures that are looked at before anything is changed
const LEAST = 0.35; // of the width and height

export class Pace {
  constructor() {
    this.fine = 1;
    this.last = -Infinity;
    /** @type {number[]} */
    this.gaps = [];
  }

  /** Another clip or another size of the window: begin in full again. */
  reset() {
    Object.assign(this, new Pace());
  }

  /** A picture is drawn now; `moving` where more are sure to follow. How finely: 1 in full, less of width and height. @param {number} now @param {boolean} moving */
  tick(now, moving) {
    const gap = now - this.last;
    this.last = now;
    if (gap > (moving ? LIVE_MS : FRESH_MS)) {
      this.gaps = [];
      return moving ? this.fine : 1;
    }
    this.gaps.push(gap);
    if (this.gaps.length === FEW) {
      const middle = this.gaps.sort((a, b) => a - b)[FEW >> 1];
      this.gaps = [];
      if (middle > SLOW_MS) this.fine = Math.max(LEAST, this.fine * Math.max(0.5, Math.sqrt(SLOW_MS / middle)));
    }
    return this.fine;
  }

  /** The next picture stands by itself. */
  rest() {
    this.last = -Infinity;
  }
}

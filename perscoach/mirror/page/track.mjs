/** The trainer's movement as the comparison reads it: `perscoach/score/track.py` in the browser. */

/**
 * @typedef {{axis: Float64Array, mean: Float64Array, low: number, high: number, period: number, count: number}} Reps
 * @typedef {{points: Float64Array, motion: Float64Array}} Moment
 */

/** @param {string} text base64 @returns {ArrayBuffer} */
function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
}

export class Track {
  /**
   * @param {Shared.TrackJson} json what `Track.to_json` wrote
   * @param {Shared.Rules} rules
   */
  constructor(json, rules) {
    if (json.schema !== 'perscoach.track.1' || json.rules !== rules.version) {
      throw new Error(`track: expected perscoach.track.1 of rules ${rules.version}, got ${json.schema} of ${json.rules}`);
    }
    this.fps = Number(json.fps);
    this.width = Number(json.width);
    this.height = Number(json.height);
    this.frames = Number(json.frames);
    this.duration = this.frames / this.fps;
    this.joints = rules.points.length;
    this.bones = rules.bones.length;
    this.valid = new Uint8Array(bytes(json.valid));
    this.points = Float64Array.from(new Int16Array(bytes(json.points)), (v) => v * json.step);
    this.places = new Int16Array(bytes(json.pixels));
    this.motion = Float64Array.from(new Uint8Array(bytes(json.motion)), (v) => v / 255);
    const expected = [this.frames, this.frames * this.joints * 3, this.frames * this.joints * 2, this.frames * this.bones];
    const found = [this.valid.length, this.points.length, this.places.length, this.motion.length];
    if (!(this.frames > 0 && this.fps > 0) || expected.some((n, i) => n !== found[i])) {
      throw new Error(`track: expected arrays of ${expected} numbers, got ${found}`);
    }
    /** @type {Reps|null} */
    this.reps = json.reps && {
      ...json.reps,
      axis: Float64Array.from(json.reps.axis.flat()),
      mean: Float64Array.from(json.reps.mean.flat()),
    };
    const { least, most, otherwise } = rules.window;
    /** Seconds over which the form is judged: one repetition where the movement repeats. */
    this.window = this.reps && this.reps.period > 0 ? Math.min(Math.max(this.reps.period, least), most) : otherwise;
  }

  /**
   * Where `time` lies: two frames and the share of the second; `null` where the trainer is missing.
   * @param {number} time seconds
   * @returns {[number, number, number]|null}
   */
  between(time) {
    const position = Math.min(Math.max(time * this.fps, 0), this.frames - 1);
    const first = Math.floor(position);
    const second = Math.min(first + 1, this.frames - 1);
    if (this.valid[first] && this.valid[second]) return [first, second, position - first];
    if (this.valid[first]) return [first, first, 0];
    return this.valid[second] ? [second, second, 0] : null;
  }

  /**
   * Points (17 x 3, metres) and how much each bone moves around `time`; `null` where the trainer is missing.
   * @param {number} time seconds
   * @returns {Moment|null}
   */
  at(time) {
    const where = this.between(time);
    if (!where) return null;
    return { points: mixed(this.points, this.joints * 3, where), motion: mixed(this.motion, this.bones, where) };
  }

  /**
   * Places in the trainer's picture (17 x 2, pixels); `null` where the trainer is missing.
   * @param {number} time seconds
   */
  pixels(time) {
    const where = this.between(time);
    return where && mixed(this.places, this.joints * 2, where);
  }
}

/**
 * @param {Float64Array|Int16Array} values @param {number} size @param {[number, number, number]} where
 */
function mixed(values, size, [first, second, share]) {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) out[i] = values[first * size + i] * (1 - share) + values[second * size + i] * share;
  return out;
}

/** @param {Shared.TrackJson} json @param {Shared.Rules} rules */
export function readTrack(json, rules) {
  return new Track(json, rules);
}

/** Counts movements away from rest and back, by hysteresis between two levels of a projection. */
export class RepCounter {
  /** @param {number} low where the trainer rests @param {number} high the other end @param {Shared.Rules} rules */
  constructor(low, high, rules) {
    this.down = low + (high - low) * rules.reps.low;
    this.up = low + (high - low) * rules.reps.high;
    this.least = rules.reps.least_seconds;
    this.away = false;
    this.since = -Infinity;
    this.count = 0;
  }

  /** @param {number} time seconds @param {number} value the projection */
  add(time, value) {
    const changes = this.away ? value <= this.down : value >= this.up;
    if (changes && time - this.since >= this.least) {
      this.away = !this.away;
      this.since = time;
      if (!this.away) this.count += 1;
    }
    return this.count;
  }
}

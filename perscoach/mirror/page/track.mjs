/** The trainer's movement as the comparison reads it: `perscoach/score/track.py` in the browser. */
import { times } from './geometry.mjs';

/**
 * @typedef {{points: Float64Array}} Moment
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
    if (json.schema !== 'perscoach.track.2' || json.rules !== rules.version) {
      throw new Error(`track: expected perscoach.track.2 of rules ${rules.version}, got ${json.schema} of ${json.rules}`);
    }
    this.fps = Number(json.fps);
    this.width = Number(json.width);
    this.height = Number(json.height);
    this.frames = Number(json.frames);
    this.duration = this.frames / this.fps;
    this.joints = rules.points.length;
    this.valid = new Uint8Array(bytes(json.valid));
    this.points = Float64Array.from(new Int16Array(bytes(json.points)), (v) => v * json.step);
    this.places = new Int16Array(bytes(json.pixels));
    this.hidden = new Uint8Array(bytes(json.guessed));
    const expected = [this.frames, this.frames * this.joints * 3, this.frames * this.joints * 2, this.frames * this.joints];
    const found = [this.valid.length, this.points.length, this.places.length, this.hidden.length];
    if (!(this.frames > 0 && this.fps > 0) || expected.some((n, i) => n !== found[i])) {
      throw new Error(`track: expected arrays of ${expected} numbers, got ${found}`);
    }
    this.plan = json.plan;
    this.level = Float64Array.from(json.plan.level);
    if (this.level.length !== 9 || json.plan.targets.some((one) => !rules.measures.some((m) => m.name === one.name))) {
      throw new Error('track: a plan that these rules do not know');
    }
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
   * Points (17 x 3, metres), levelled; `null` where the trainer is missing.
   * @param {number} time seconds
   * @returns {Moment|null}
   */
  at(time) {
    const where = this.between(time);
    if (!where) return null;
    return { points: times(this.level, mixed(this.points, this.joints * 3, where)) };
  }

  /**
   * Places in the trainer's picture (17 x 2, pixels); `null` where the trainer is missing.
   * @param {number} time seconds
   */
  pixels(time) {
    const where = this.between(time);
    return where && mixed(this.places, this.joints * 2, where);
  }

  /** 1 for each of the 17 points that nobody saw. @param {number} time seconds */
  guessed(time) {
    const frame = Math.round(Math.min(Math.max(time * this.fps, 0), this.frames - 1));
    return this.hidden.subarray(frame * this.joints, (frame + 1) * this.joints);
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

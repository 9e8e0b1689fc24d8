/**
 * Body measures of a pose: `perscoach/score/measures.py` in the browser (meaning and units stand there). Points lie one
 * after the other in a flat array: x, y, z, x, y, z …
 */

/**
 * @typedef {{leg: number, arm: number, shank: number}} Lengths metres
 * @typedef {[number, number, number]} Vector
 */

const DEGREES = 180 / Math.PI;

/** @param {ArrayLike<number>} p @param {number} a @param {number} b @returns {Vector} from a to b */
const from = (p, a, b) => [p[3 * b] - p[3 * a], p[3 * b + 1] - p[3 * a + 1], p[3 * b + 2] - p[3 * a + 2]];

/** @param {ArrayLike<number>} p @param {number} a @param {number} b @returns {Vector} */
export const middle = (p, a, b) => [(p[3 * a] + p[3 * b]) / 2, (p[3 * a + 1] + p[3 * b + 1]) / 2, (p[3 * a + 2] + p[3 * b + 2]) / 2];

/** @param {Vector} a @param {Vector} b @returns {Vector} */
export const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @param {Vector} v */
const size = (v) => Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

/** Degrees between two directions. @param {Vector} a @param {Vector} b */
export function angle(a, b) {
  const by = Math.max(size(a) * size(b), 1e-9);
  return Math.acos(Math.min(Math.max((a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / by, -1), 1)) * DEGREES;
}

/** Degrees above the horizontal. @param {Vector} v */
const rise = (v) => Math.atan2(-v[1], Math.hypot(v[0], v[2])) * DEGREES;

/** Degrees by which a joint is bent. @param {ArrayLike<number>} p @param {number} a @param {number} joint @param {number} b */
const bend = (p, a, joint, b) => 180 - angle(from(p, joint, a), from(p, joint, b));

/** @param {ArrayLike<number>} p @param {number} a @param {number} b */
const flat = (p, a, b) => Math.hypot(p[3 * a] - p[3 * b], p[3 * a + 2] - p[3 * b + 2]);

/** @param {ArrayLike<number>} p @param {number} knee @param {number} ankle */
function forwardLean(p, knee, ankle) {
  const x = p[0] - p[3] + p[18] - p[21];
  const z = p[2] - p[5] + p[20] - p[23];
  const shin = from(p, ankle, knee);
  const forward = (shin[0] * z - shin[2] * x) / Math.max(Math.hypot(x, z), 1e-9);
  return Math.atan2(forward, -shin[1]) * DEGREES;
}

/** @param {Vector} a @param {Vector} b */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Degrees between both hips: the mean of two ways to tell. @param {ArrayLike<number>} p */
export function hipsDiffer(p) {
  const trunk = minus(middle(p, 0, 1), middle(p, 6, 7));
  const [x, y, z] = [0, 1, 2].map((k) => p[k] - p[3 + k] + p[18 + k] - p[21 + k]);
  /** @type {Vector} */
  const forward = [trunk[1] * z - trunk[2] * y, trunk[2] * x - trunk[0] * z, trunk[0] * y - trunk[1] * x];
  const by = size(trunk) / Math.max(size(forward), 1e-9);
  const swings = [from(p, 6, 8), from(p, 7, 9)].map((thigh) => Math.atan2(dot(thigh, forward) * by, -dot(thigh, trunk)) * DEGREES);
  const apart = Math.abs(swings[0] - swings[1]);
  return (Math.min(apart, 360 - apart) + Math.abs(bend(p, 0, 6, 8) - bend(p, 1, 7, 9))) / 2;
}

/** Leg, arm and shank, metres. @param {ArrayLike<number>} p @returns {Vector} */
export function lengthsOf(p) {
  const both = (/** @type {number} */ a, /** @type {number} */ b) => (size(from(p, a, b)) + size(from(p, a + 1, b + 1))) / 2;
  return [both(6, 8) + both(8, 10), both(0, 2) + both(2, 4), both(8, 10)];
}

/** @type {Record<string, (p: ArrayLike<number>, lengths: Lengths) => number>} */
const MEASURES = {
  hip_drop: (p, { leg }) => -minus(middle(p, 10, 11), middle(p, 6, 7))[1] / leg,
  chest_drop: (p, { arm }) => -minus(middle(p, 4, 5), middle(p, 0, 1))[1] / arm,
  left_elbow: (p) => bend(p, 0, 2, 4),
  right_elbow: (p) => bend(p, 1, 3, 5),
  left_arm: (p) => angle(from(p, 0, 2), minus(middle(p, 6, 7), middle(p, 0, 1))),
  right_arm: (p) => angle(from(p, 1, 3), minus(middle(p, 6, 7), middle(p, 0, 1))),
  elbows: (p) => (bend(p, 0, 2, 4) + bend(p, 1, 3, 5)) / 2,
  arms: (p, lengths) => (MEASURES.left_arm(p, lengths) + MEASURES.right_arm(p, lengths)) / 2,
  knee_bend: (p) => (bend(p, 6, 8, 10) + bend(p, 7, 9, 11)) / 2,
  hip_bend: (p) => (bend(p, 0, 6, 8) + bend(p, 1, 7, 9)) / 2,
  feet_apart: (p, { leg }) => size(from(p, 10, 11)) / leg,
  trunk_lean: (p) => angle(minus(middle(p, 0, 1), middle(p, 6, 7)), [0, -1, 0]),
  body_line: (p) => Math.abs(rise(minus(middle(p, 0, 1), middle(p, 6, 7))) - rise(minus(middle(p, 6, 7), middle(p, 10, 11)))),
  knees_apart: (p) => flat(p, 8, 9) / Math.max(flat(p, 10, 11), 0.05),
  heels: (p, { shank }) => ((p[46] - p[40]) / shank + (p[49] - p[43]) / shank) / 2,
  ankles: (p, { shank }) => ((p[46] - p[31]) / shank + (p[49] - p[34]) / shank) / 2,
  shin_lean: (p) => (forwardLean(p, 8, 10) + forwardLean(p, 9, 11)) / 2,
};

/** One measure of levelled points. @param {ArrayLike<number>} p @param {string} name @param {Lengths} lengths */
export function measureOf(p, name, lengths) {
  return MEASURES[name](p, lengths);
}

/** A measure from which repetitions are told; it needs no levelling. @param {ArrayLike<number>} p @param {string} name @param {Lengths} lengths */
export function signalOf(p, name, lengths) {
  return name === 'hip_drop' ? -size(minus(middle(p, 10, 11), middle(p, 6, 7))) / lengths.leg : MEASURES[name](p, lengths);
}

/** The left limb's joints, the right one's, and where each of them begins: elbow, wrist, knee and ankle, heel and toes. */
const CHAINS = [[[2], [3], [0, 1]], [[4], [5], [0, 1]], [[8, 10], [9, 11], [6, 7]], [[13, 15], [14, 16], [10, 11]]];

/**
 * Filmed from the side, the near limbs hide the far ones: these are taken to do what the near ones do.
 * @param {Float64Array} points @param {boolean[]} seen @param {Shared.Rules} rules
 * @returns {{points: Float64Array, known: boolean[]}} known: each measure
 */
export function fromOneSide(points, seen, rules) {
  const out = Float64Array.from(points);
  const [usable, own] = [[...seen], [...seen]];
  for (const [left, right, [a, b]] of CHAINS) {
    for (const [far, near, here, there] of /** @type {[number[], number[], number, number][]} */ ([[left, right, a, b], [right, left, b, a]])) {
      if (far.every((p) => seen[p]) || !near.every((p) => seen[p])) continue;
      far.forEach((to, i) => {
        for (let k = 0; k < 3; k++) out[3 * to + k] = out[3 * near[i] + k] + out[3 * here + k] - out[3 * there + k];
        usable[to] = true;
        own[to] = false;
      });
    }
  }
  return { points: out, known: rules.measures.map((m) => m.points.every((p) => (m.either ? usable[p] : own[p]))) };
}

/**
 * Directions, turns about the vertical and the difference of two directions: `perscoach/score/geometry.py` in the
 * browser. Vectors lie one after the other in flat arrays: x, y, z, x, y, z …
 */

const DEGREES = 180 / Math.PI;

/**
 * Points (P x 3) to bones (B x 3), metres.
 * @param {Float64Array} points
 * @param {Shared.Bone[]} bones
 * @param {Float64Array} [out]
 */
export function bonesOf(points, bones, out = new Float64Array(bones.length * 3)) {
  bones.forEach((bone, b) => {
    for (let axis = 0; axis < 3; axis++) {
      out[3 * b + axis] = middle(points, bone.to, axis) - middle(points, bone.from, axis);
    }
  });
  return out;
}

/** @param {Float64Array} points @param {number[]} which @param {number} axis */
function middle(points, which, axis) {
  let sum = 0;
  for (const i of which) sum += points[3 * i + axis];
  return sum / which.length;
}

/**
 * The turn of shoulders and hips about the vertical, radians; `null` where they are too narrow to tell.
 * @param {Float64Array} points @param {number} leastWidth metres
 */
export function yawOf(points, leastWidth) {
  const x = points[0] - points[3] + (points[18] - points[21]);
  const z = points[2] - points[5] + (points[20] - points[23]);
  return Math.hypot(x, z) < leastWidth ? null : Math.atan2(z, x);
}

/**
 * Turned about the vertical so that `yawOf` grows by `angle`.
 * @param {Float64Array} vectors @param {number} angle radians @param {Float64Array} [out]
 */
export function turned(vectors, angle, out = new Float64Array(vectors.length)) {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  for (let i = 0; i < vectors.length; i += 3) {
    const x = vectors[i];
    const z = vectors[i + 2];
    out[i] = x * c - z * s;
    out[i + 1] = vectors[i + 1];
    out[i + 2] = x * s + z * c;
  }
  return out;
}

/** To -π … π. @param {number} angle */
function wrap(angle) {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** Of the angles the one with the least sum of distances to all; the earliest of equals. @param {number[]} angles */
export function circularMedian(angles) {
  let best = 0;
  let least = Infinity;
  for (const one of angles) {
    let total = 0;
    for (const other of angles) total += Math.abs(wrap(other - one));
    if (total < least - 1e-12) {
      best = one;
      least = total;
    }
  }
  return best;
}

/**
 * Directions of length 1 with their depth scaled by `depth`, and how much of each vector's length that leaves (0..1).
 * @param {Float64Array} vectors @param {number} depth
 * @param {Float64Array} [directions] @param {Float64Array} [share]
 */
export function flattened(
  vectors,
  depth,
  directions = new Float64Array(vectors.length),
  share = new Float64Array(vectors.length / 3),
) {
  for (let i = 0, b = 0; i < vectors.length; i += 3, b++) {
    const x = vectors[i];
    const y = vectors[i + 1];
    const z = vectors[i + 2];
    const flat = z * depth;
    const length = Math.sqrt(x * x + y * y + flat * flat);
    const whole = Math.sqrt(x * x + y * y + z * z);
    const by = Math.max(length, 1e-9);
    directions[i] = x / by;
    directions[i + 1] = y / by;
    directions[i + 2] = flat / by;
    share[b] = length / Math.max(whole, 1e-9);
  }
  return { directions, share };
}

/**
 * The angle between two directions of length 1 that begin at `i` and `j`, degrees.
 * @param {Float64Array} a @param {number} i @param {Float64Array} b @param {number} j
 */
export function angleBetween(a, i, b, j) {
  const x = a[i] - b[j];
  const y = a[i + 1] - b[j + 1];
  const z = a[i + 2] - b[j + 2];
  return 2 * Math.asin(Math.min(Math.sqrt(x * x + y * y + z * z) / 2, 1)) * DEGREES;
}

/**
 * The vector that begins at `i`, with length 1.
 * @param {Float64Array} vectors @param {number} i @returns {[number, number, number]}
 */
export function unit(vectors, i) {
  const x = vectors[i];
  const y = vectors[i + 1];
  const z = vectors[i + 2];
  const by = Math.max(Math.sqrt(x * x + y * y + z * z), 1e-9);
  return [x / by, y / by, z / by];
}

/**
 * The shortest rotation from direction `a` to `b`, at most `most` degrees of it, as axis times radians.
 * @param {number[]} a @param {number[]} b @param {number} most @returns {[number, number, number]}
 */
export function rotationBetween(a, b, most) {
  const axis = cross(a, b);
  const size = Math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2);
  if (size < 1e-9) return [0, 0, 0];
  const angle = Math.min(Math.atan2(size, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]), most / DEGREES);
  return [(axis[0] / size) * angle, (axis[1] / size) * angle, (axis[2] / size) * angle];
}

/**
 * Rotate the vector that begins at `i`, in place, by axis times radians; Rodrigues' formula.
 * @param {Float64Array} vectors @param {number} i @param {number[]} turn
 */
export function rotate(vectors, i, turn) {
  const angle = Math.sqrt(turn[0] ** 2 + turn[1] ** 2 + turn[2] ** 2);
  if (angle < 1e-12) return;
  const axis = [turn[0] / angle, turn[1] / angle, turn[2] / angle];
  const v = [vectors[i], vectors[i + 1], vectors[i + 2]];
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const across = cross(axis, v);
  const along = (axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2]) * (1 - c);
  for (let k = 0; k < 3; k++) vectors[i + k] = v[k] * c + across[k] * s + axis[k] * along;
}

/** @param {number[]} a @param {number[]} b */
function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Every point turned by a 3 x 3 matrix. @param {Float64Array} matrix @param {Float64Array} points */
export function times(matrix, points) {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      out[i + k] = matrix[3 * k] * points[i] + matrix[3 * k + 1] * points[i + 1] + matrix[3 * k + 2] * points[i + 2];
    }
  }
  return out;
}

/**
 * The shortest rotation that brings the direction of `a` to that of `b`, 3 x 3.
 * @param {number[]} a @param {number[]} b
 */
export function matrixBetween(a, b) {
  const [u, v] = [unit(Float64Array.from(a), 0), unit(Float64Array.from(b), 0)];
  const [x, y, z] = cross(u, v);
  const cosine = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  if (cosine < -1 + 1e-9) return Float64Array.of(-1, 0, 0, 0, -1, 0, 0, 0, 1);
  const by = 1 / (1 + cosine);
  return Float64Array.of(
    1 - (y * y + z * z) * by, -z + x * y * by, y + x * z * by,
    z + x * y * by, 1 - (x * x + z * z) * by, -x + y * z * by,
    -y + x * z * by, x + y * z * by, 1 - (x * x + y * y) * by,
  );
}

/** The rotation back. @param {Float64Array} m 3 x 3 */
export const transposed = (m) => Float64Array.of(m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]);

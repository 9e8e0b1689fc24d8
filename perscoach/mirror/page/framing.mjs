// Is the whole body in the picture, and if not, what should the client do? Pure; the client's own left and right.

/** Of MediaPipe's 33: the twelve that are compared and the nose. */
export const NEEDED = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];
const FEET = [27, 28, 29, 30, 31, 32];
const VISIBLE = 0.5;
const EDGE = 0.01;

/** Shares of the picture's height and its mean brightness (0..255), set by looking at ordinary rooms. */
const LIMITS = { tall: 0.94, small: 0.42, dark: 45 };

/**
 * @param {ArrayLike<number>|null} image 66 numbers, x and y from 0 to 1, the picture as the camera gives it (not flipped)
 * @param {ArrayLike<number>} visibility 33 numbers
 * @param {number} brightness mean of the picture, 0..255; NaN where there is none
 * @returns {string|null} a hint's name, or null where the body is well in the picture
 */
export function hint(image, visibility, brightness = NaN) {
  const dark = brightness < LIMITS.dark;
  if (!image) return dark ? "light" : "nobody";
  const box = bounds(image);
  const height = box.bottom - box.top;
  const trunk = trunkOf(image);
  if (height > LIMITS.tall) return "back";
  if (box.left < EDGE && box.right > 1 - EDGE) return "back";
  // The camera's left is the right hand of someone who faces it, so they move to their own left.
  if (box.left < EDGE) return "left";
  if (box.right > 1 - EDGE) return "right";
  if (box.bottom > 1 - EDGE) return "down";
  if (box.top < EDGE) return "up";
  // Who crouches or lies is not farther away: the trunk is about a third of a standing body.
  if (Math.max(height, box.right - box.left, 3 * trunk.length) < LIMITS.small) return "closer";
  const lacks = (/** @type {number} */ i) => !(visibility[i] >= VISIBLE);
  const hidden = trunk.sideways ? TORSO.some(lacks) || PAIRS.some(([a, b]) => lacks(a) && lacks(b)) : NEEDED.some(lacks);
  return hidden ? (dark ? "light" : "hidden") : null;
}

const TORSO = [11, 12, 23, 24];
/** Of who stands sideways the camera sees one of each. */
const PAIRS = [[13, 14], [15, 16], [25, 26], [27, 28]];
/** Shoulders as narrow as this against the trunk: sideways. */
const NARROW = 0.4;

/** @param {ArrayLike<number>} image @returns {{length: number, sideways: boolean}} the trunk, in shares of the picture */
function trunkOf(image) {
  const at = (/** @type {number} */ i) => [image[2 * i], image[2 * i + 1]];
  const [[ax, ay], [bx, by], [cx, cy], [dx, dy]] = TORSO.map(at);
  const length = Math.hypot((ax + bx - cx - dx) / 2, (ay + by - cy - dy) / 2);
  return { length, sideways: Math.hypot(ax - bx, ay - by) < NARROW * length };
}

/** @param {ArrayLike<number>} image @returns {{left: number, right: number, top: number, bottom: number}} */
function bounds(image) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const i of [...NEEDED, ...FEET]) {
    box.left = Math.min(box.left, image[2 * i]);
    box.right = Math.max(box.right, image[2 * i]);
    box.top = Math.min(box.top, image[2 * i + 1]);
    box.bottom = Math.max(box.bottom, image[2 * i + 1]);
  }
  return box;
}

/** Metres that a joint may move away from where it was while a pose counts as held; landmarks tremble by 1 to 2 cm. */
const STILL = 0.09;
const HELD = NEEDED.slice(1);

/** Collects the client's body while a pose is held. */
export class Stillness {
  constructor() {
    /** @type {Float64Array[]} */
    this.worlds = [];
  }

  forget() {
    this.worlds = [];
  }

  /**
   * @param {ArrayLike<number>} world 99 numbers, metres
   * @returns {boolean} whether the client still stands as at the first of the collected
   */
  add(world) {
    const first = this.worlds[0];
    if (this.worlds.length < 300) this.worlds.push(Float64Array.from(world));
    if (!first) return true;
    return HELD.every((i) => {
      const [x, y, z] = [0, 1, 2].map((axis) => world[3 * i + axis] - first[3 * i + axis]);
      return Math.hypot(x, y, z / 2) < STILL; // one camera sees depth worst
    });
  }
}

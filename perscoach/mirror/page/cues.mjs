// One thing to say at a time: which limb has been wrong longest, which way it should go, and a word when it is right again.
// Pure; the words themselves stand in texts.mjs under the keys that come out of here.

/**
 * @typedef {{angle: number, form: number, weight: number, colour: 'grey'|'green'|'amber'|'red', arrow: ArrayLike<number>}} Limb
 * @typedef {{kind: 'fix'|'praise', limb: string|null, key: string, time: number}} Cue  key: of the words; limb: the bone's name
 */

/** Seconds; `least` and `bend` are lengths and degrees under which no direction is named. */
export const CUES = { after: 0.3, cooldown: 4, praiseWithin: 12, calm: 0.5, smoothing: 0.5, shown: 3.5, least: 0.12, bend: 15 };

/** Bones by name, in the order of rules.bones. */
const FLEXED = { upper_arm: "forearm", forearm: "upper_arm", thigh: "shin", shin: "thigh" };

/**
 * Which way the client faces and where their left is, on the floor. Camera axes: x right, y down, z away.
 * @param {ArrayLike<number>} world 99 numbers @returns {{forward: number[], left: number[]}}
 */
export function facing(world) {
  const across = [0, 2].map((axis) => world[33 + axis] - world[36 + axis] + world[69 + axis] - world[72 + axis]);
  const size = Math.max(Math.hypot(across[0], across[1]), 1e-9);
  const [x, z] = [across[0] / size, across[1] / size];
  return { forward: [z, 0, -x], left: [x, 0, z] };
}

/** @param {ArrayLike<number>} v @param {ArrayLike<number>} w */
const dot = (v, w) => v[0] * w[0] + v[1] * w[1] + v[2] * w[2];

/** @param {ArrayLike<number>} v @param {ArrayLike<number>} w @returns {number} degrees */
function between(v, w) {
  const cosine = dot(v, w) / Math.max(Math.sqrt(dot(v, v) * dot(w, w)), 1e-9);
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/**
 * The direction of a bone of the client's own body.
 * @param {ArrayLike<number>} world @param {Shared.Bone} bone @param {number[]} joints @returns {number[]} of length 1
 */
function boneOf(world, bone, joints) {
  const v = [0, 1, 2].map((axis) => middle(world, bone.to, joints, axis) - middle(world, bone.from, joints, axis));
  const size = Math.max(Math.hypot(...v), 1e-9);
  return v.map((x) => x / size);
}

/** @param {ArrayLike<number>} world @param {number[]} points @param {number[]} joints @param {number} axis */
function middle(world, points, joints, axis) {
  return points.reduce((sum, p) => sum + world[3 * joints[p] + axis], 0) / points.length;
}

/**
 * The key of the words for a limb that should go along `arrow`.
 * @param {string} name the bone's
 * @param {ArrayLike<number>} arrow from the client's direction to the trainer's
 * @param {{forward: number[], left: number[]}} body
 * @param {number} bend degrees by which its joint should bend more (negative: less); 0 where that is not known
 * @returns {string|null} such as "left_upper_arm.up"; null where no direction stands out
 */
export function direction(name, arrow, body, bend = 0) {
  const part = name.replace(/^(left|right)_/, "");
  if (part !== "trunk" && part !== "upper_arm" && Math.abs(bend) >= CUES.bend) return `${name}.${bend > 0 ? "bend" : "straighten"}`;
  const out = dot(arrow, body.left) * (name.startsWith("right_") ? -1 : 1);
  const forward = dot(arrow, body.forward);
  const moves = part === "trunk"
    ? { forward, back: -forward, left: out, right: -out }
    : { up: -arrow[1], down: arrow[1], out, in: -out, forward, back: -forward };
  if (part === "trunk" && -arrow[1] > Math.max(Math.abs(forward), Math.abs(out))) return -arrow[1] >= CUES.least ? "trunk.up" : null;
  const [way, size] = Object.entries(moves).reduce((best, one) => (one[1] > best[1] ? one : best));
  return size >= CUES.least ? `${name}.${way}` : null;
}

/** Keys that mean both sides when both need the same. @type {Record<string, string>} */
const BOTH = {
  "thigh.bend": "knees.bend", "shin.bend": "knees.bend", "thigh.straighten": "knees.straighten", "shin.straighten": "knees.straighten",
  "upper_arm.up": "arms.up", "upper_arm.down": "arms.down", "forearm.up": "hands.up", "forearm.down": "hands.down",
  "upper_arm.forward": "arms.forward", "upper_arm.back": "arms.back", "upper_arm.out": "arms.out", "upper_arm.in": "arms.in",
  "forearm.bend": "elbows.bend", "forearm.straighten": "elbows.straighten",
  "thigh.out": "knees.out", "thigh.in": "knees.in", "shin.out": "feet.out", "shin.in": "feet.in",
};

/** Decides when to say what. */
export class CueMaker {
  /** @param {Shared.Rules} rules */
  constructor(rules) {
    this.rules = rules;
    this.bones = rules.bones;
    this.joints = rules.joints.mediapipe33;
    /** @type {(number|null)[]} since when each limb is red, and since when no longer */
    this.red = Array(this.bones.length).fill(null);
    /** @type {(number|null)[]} */
    this.well = Array(this.bones.length).fill(null);
    /** @type {(number[]|null)[]} */
    this.arrows = Array(this.bones.length).fill(null);
    /** @type {Cue|null} */
    this.current = null;
    /** @type {{limb: number, time: number}|null} */
    this.asked = null;
    this.last = -Infinity;
    /** @type {number|null} */
    this.time = null;
  }

  /** Forget everything: a new start. */
  reset() {
    Object.assign(this, new CueMaker(this.rules));
  }

  /**
   * @param {number} time seconds, growing
   * @param {Limb[]} limbs of the frame; empty where there is no score
   * @param {ArrayLike<number>|null} world 99 numbers, the client's body
   * @returns {Cue|null} a new thing to say, or null
   */
  step(time, limbs, world) {
    const passed = this.time === null ? 0 : time - this.time;
    this.time = time;
    if (!limbs.length || !world) {
      this.red.fill(null);
      this.well.fill(null);
      return null;
    }
    limbs.forEach((limb, i) => this.follow(time, passed, limb, i));
    const cue = this.praise(time, limbs) || this.fix(time, limbs, world);
    if (cue) {
      this.current = cue;
      this.last = time;
    }
    return cue;
  }

  /** What should stand on the screen at `time`. @param {number} time @returns {Cue|null} */
  shown(time) {
    return this.current && time - this.current.time < CUES.shown ? this.current : null;
  }

  /** @param {number} time @param {number} passed @param {Limb} limb @param {number} i */
  follow(time, passed, limb, i) {
    this.red[i] = limb.colour === "red" ? (this.red[i] ?? time) : null;
    this.well[i] = limb.colour === "green" ? (this.well[i] ?? time) : null;
    if (limb.colour === "grey") {
      this.arrows[i] = null;
      return;
    }
    const share = 1 - Math.exp(-passed / CUES.smoothing);
    const old = this.arrows[i] ?? Array.from(limb.arrow);
    this.arrows[i] = old.map((v, axis) => v + share * (limb.arrow[axis] - v));
  }

  /** @param {number} time @param {Limb[]} limbs @returns {Cue|null} */
  praise(time, limbs) {
    if (!this.asked || limbs[this.asked.limb].colour === "grey") return null;
    if (time - this.asked.time > CUES.praiseWithin) {
      this.asked = null;
      return null;
    }
    const since = this.well[this.asked.limb];
    if (since === null || time - since < CUES.calm || time - this.last < 1) return null;
    const limb = this.bones[this.asked.limb].name;
    this.asked = null;
    return { kind: "praise", limb, key: "praise", time };
  }

  /** @param {number} time @param {Limb[]} limbs @param {ArrayLike<number>} world @returns {Cue|null} */
  fix(time, limbs, world) {
    if (time - this.last < CUES.cooldown) return null;
    const order = limbs
      .map((limb, i) => ({ i, since: this.red[i], weight: limb.weight }))
      .filter((one) => one.since !== null && time - one.since >= CUES.after)
      .sort((a, b) => Number(a.since) - Number(b.since) || b.weight - a.weight);
    const body = facing(world);
    for (const { i } of order) {
      const key = this.words(i, body, world);
      if (!key) continue;
      this.asked = { limb: i, time };
      return { kind: "fix", limb: this.bones[i].name, key, time };
    }
    return null;
  }

  /**
   * The limb's own words, or those for both sides where the other side is red for the same reason.
   * @param {number} i @param {{forward: number[], left: number[]}} body @param {ArrayLike<number>} world @returns {string|null}
   */
  words(i, body, world) {
    const { name } = this.bones[i];
    const key = this.key(i, body, world);
    const both = key && BOTH[key.replace(/^(left|right)_/, "")];
    if (!both) return key;
    const opposite = name.startsWith("left_") ? name.replace("left_", "right_") : name.replace("right_", "left_");
    const other = this.bones.findIndex((bone) => bone.name === opposite);
    if (other < 0 || this.red[other] === null) return key;
    const its = this.key(other, body, world);
    return its && BOTH[its.replace(/^(left|right)_/, "")] === both ? both : key;
  }

  /** @param {number} i @param {{forward: number[], left: number[]}} body @param {ArrayLike<number>} world @returns {string|null} */
  key(i, body, world) {
    const arrow = this.arrows[i];
    return arrow ? direction(this.bones[i].name, arrow, body, this.bend(i, world)) : null;
  }

  /** Degrees by which the limb's joint should bend more, from its own and its neighbour's direction and arrow. @param {number} i @param {ArrayLike<number>} world */
  bend(i, world) {
    const [, side, part] = this.bones[i].name.match(/^(left_|right_)?(.*)$/) || [];
    const partner = FLEXED[/** @type {keyof typeof FLEXED} */ (part)];
    const j = partner ? this.bones.findIndex((bone) => bone.name === `${side}${partner}`) : -1;
    const [mine, its] = [this.arrows[i], j >= 0 ? this.arrows[j] : null];
    if (!mine || !its) return 0;
    const [u, v] = [boneOf(world, this.bones[i], this.joints), boneOf(world, this.bones[j], this.joints)];
    return between(plus(u, mine), plus(v, its)) - between(u, v);
  }
}

/** @param {number[]} a @param {number[]} b */
const plus = (a, b) => a.map((v, axis) => v + b[axis]);

// The poses at which the trainer can wait, where the repetitions end, and whether a client has reached a pose. Pure.

/**
 * @typedef {{duration: number, plan: Shared.PlanJson, at: (time: number) => ({points: ArrayLike<number>}|null)}} Track
 * @typedef {{angle: number, weight: number}} LimbAngle
 */

const STEP = 1 / 15; // seconds between looks at the track; key poses need no more
const GAP = 0.5; // seconds: two key poses are never nearer

/** @param {ArrayLike<number>} points 17 x 3 @param {Shared.Bone[]} bones @returns {Float64Array} directions of length 1, 3 per bone */
export function directions(points, bones) {
  const out = new Float64Array(bones.length * 3);
  bones.forEach((bone, b) => {
    const v = [0, 1, 2].map((axis) => mean(points, bone.to, axis) - mean(points, bone.from, axis));
    const length = Math.max(Math.hypot(...v), 1e-9);
    for (let axis = 0; axis < 3; axis++) out[3 * b + axis] = v[axis] / length;
  });
  return out;
}

/** @param {ArrayLike<number>} points @param {number[]} indices @param {number} axis */
function mean(points, indices, axis) {
  let sum = 0;
  for (const i of indices) sum += points[3 * i + axis];
  return sum / indices.length;
}

/**
 * Where the trainer waits: the ends of each repetition; where nothing repeats, the calmest moment of about each second.
 * @param {Track} track @param {Shared.Bone[]} bones @returns {number[]} seconds, growing
 */
export function keyPoses(track, bones) {
  const times = track.plan.turns.length ? track.plan.turns.flatMap(([, turn, stop]) => [turn, stop]) : calm(track, bones);
  /** @type {number[]} */
  const kept = [];
  for (const time of times) {
    if (time > 0.2 && time < track.duration - 0.1 && (!kept.length || time - kept[kept.length - 1] >= GAP)) kept.push(time);
  }
  return kept;
}

/** @param {Track} track @param {Shared.Bone[]} bones @returns {number[]} */
function calm(track, bones) {
  const out = [];
  for (let middle = 1; middle < track.duration - 0.3; middle += 1) {
    let best = { time: middle, speed: Infinity };
    for (let time = middle - 0.35; time <= middle + 0.35; time += STEP) {
      const speed = change(track.at(time - STEP), track.at(time + STEP), bones);
      if (speed < best.speed) best = { time, speed };
    }
    out.push(best.time);
  }
  return out;
}

/** @param {ReturnType<Track["at"]>} a @param {ReturnType<Track["at"]>} b @param {Shared.Bone[]} bones @returns {number} */
function change(a, b, bones) {
  if (!a || !b) return Infinity;
  const [u, v] = [directions(a.points, bones), directions(b.points, bones)];
  return u.reduce((sum, value, i) => sum + (value - v[i]) ** 2, 0);
}

/**
 * When the trainer's repetitions are complete.
 * @param {Track} track @returns {number[]} seconds
 */
export function repEnds(track) {
  // The last frame of a video that repeats is hardly ever shown.
  return track.plan.turns.map(([, , stop]) => Math.min(stop, track.duration - 0.2));
}

/** How near is near: mean form of the pose and of its worst limb that counts; leaving needs clearly less. Seconds held. */
export const MATCH = { mean: 0.72, worst: 0.35, leaveMean: 0.55, leaveWorst: 0.15, hold: 0.3, hint: 6, patience: 20 };

/** Whether the client has reached the pose in which the trainer stands. */
export class Matcher {
  /** @param {Shared.Bone[]} bones */
  constructor(bones) {
    this.bones = bones;
    this.began = NaN;
    /** @type {number|null} */
    this.since = null;
  }

  /** The trainer stands from now on. @param {number} time */
  start(time) {
    this.began = time;
    this.since = null;
  }

  /**
   * @param {number} time seconds, the client's clock
   * @param {LimbAngle[]} limbs empty where there is no score
   * @returns {'no'|'near'|'yes'|'tired'} tired: waited long enough, go on
   */
  step(time, limbs) {
    const { mean: average, worst } = nearness(limbs, this.bones);
    const inside = this.since !== null;
    const near = inside
      ? average >= MATCH.leaveMean && worst >= MATCH.leaveWorst
      : average >= MATCH.mean && worst >= MATCH.worst;
    if (!near) this.since = null;
    else if (this.since === null) this.since = time;
    if (this.since !== null && time - this.since >= MATCH.hold) return "yes";
    if (time - this.began >= MATCH.patience) return "tired";
    return near ? "near" : "no";
  }
}

/**
 * @param {LimbAngle[]} limbs @param {Shared.Bone[]} bones
 * @returns {{mean: number, worst: number}} 0..1; limbs that hardly count have no say in the worst
 */
export function nearness(limbs, bones) {
  const heaviest = Math.max(0, ...limbs.map((limb) => limb.weight));
  if (!(heaviest > 0)) return { mean: 0, worst: 0 };
  let sum = 0, weight = 0, worst = 1;
  limbs.forEach((limb, i) => {
    if (!(limb.weight > 0) || !Number.isFinite(limb.angle)) return;
    const form = Math.min(1, Math.max(0, (bones[i].bad - limb.angle) / (bones[i].bad - bones[i].ok)));
    sum += form * limb.weight;
    weight += limb.weight;
    if (limb.weight >= 0.4 * heaviest) worst = Math.min(worst, form);
  });
  return { mean: sum / weight, worst };
}

/**
 * Lines over a picture: the client's limbs in their state's colour and pattern, the trainer's figure laid over the client
 * in the client's own proportions, arrows towards the right place, the trainer's points over the trainer's video.
 *
 * A `place` is where the picture lies in the canvas, in canvas pixels: {x, y, width, height}. Nothing is mirrored here:
 * whoever shows the picture mirrored mirrors the canvas with it.
 */
import { LIMB, TRAINER } from './palette.mjs';
import { bonesOf, times, turned } from './geometry.mjs';
import { IDENTITY } from './level.mjs';

/** @typedef {{x: number, y: number, width: number, height: number}} Place */
/** @typedef {import('./score.mjs').Limb} Limb */

const HEAD_SHARE = 0.33; // a head's radius, of the shoulders' width
const SMOOTH_SECONDS = 0.6;
/** Lines besides the bones that are compared: across shoulders and hips, the feet; indices of rules.points. */
const PLAIN = [[0, 1], [6, 7], [10, 13], [13, 15], [10, 15], [11, 14], [14, 16], [11, 16]];

/** How thick a line is, for a picture of this size. @param {Place} place */
const thickness = (place) => Math.max(3, Math.min(place.width, place.height) / 90);

/**
 * The client's own body, each limb in its state. Call with no limbs before the score begins: then all is plain.
 * @param {CanvasRenderingContext2D} ctx
 * @param {ArrayLike<number>} image 33 x 2 landmarks, 0..1
 * @param {ArrayLike<number>} visibility 33
 * @param {{colour: import('./palette.mjs').LimbColour}[]} limbs
 * @param {Place} place
 * @param {Shared.Rules} rules
 */
export function drawClient(ctx, image, visibility, limbs, place, rules) {
  const joints = rules.joints.mediapipe33;
  const seen = (/** @type {number} */ i) => visibility[joints[i]] >= rules.visible;
  const points = new Float64Array(joints.length * 2);
  joints.forEach((/** @type {number} */ joint, /** @type {number} */ i) => {
    points[2 * i] = image[2 * joint];
    points[2 * i + 1] = image[2 * joint + 1];
  });
  const unit = thickness(place);
  for (const [a, b] of PLAIN) if (seen(a) && seen(b)) stroke(ctx, at(points, a, place), at(points, b, place), 'grey', unit * 0.8, true);
  rules.bones.forEach((bone, index) => {
    if (![...bone.from, ...bone.to].every(seen)) return;
    stroke(ctx, middle(points, bone.from, place), middle(points, bone.to, place), limbs[index]?.colour ?? 'green', unit, true);
  });
}

/**
 * The trainer's points over the trainer's own video.
 * @param {CanvasRenderingContext2D} ctx @param {Float64Array} pixels 17 x 2 @param {{width: number, height: number}} track
 * @param {Place} place @param {Shared.Rules} rules @param {ArrayLike<number>} guessed 17, 1 where nobody saw the point
 */
export function drawTrack(ctx, pixels, track, place, rules, guessed) {
  const points = Float64Array.from(pixels, (v, i) => v / (i % 2 ? track.height : track.width));
  figure(ctx, points, place, rules, thickness(place) * 0.7, 0.9, guessed);
}

/**
 * The trainer's figure where it should be in the client's picture.
 * @param {CanvasRenderingContext2D} ctx @param {Float64Array} ghost 17 x 2, 0..1, from `Retarget` @param {Place} place
 * @param {Shared.Rules} rules @param {ArrayLike<number>} guessed 17, 1 where nobody saw the point
 */
export function drawTrainer(ctx, ghost, place, rules, guessed) {
  figure(ctx, ghost, place, rules, thickness(place) * 1.5, 0.75, guessed);
}

/**
 * Arrows from the client's wrong limbs to where they should be.
 * @param {CanvasRenderingContext2D} ctx @param {Float64Array} image 33 x 2, 0..1 @param {Float64Array} ghost 17 x 2, 0..1
 * @param {Limb[]} limbs @param {Place} place @param {Shared.Rules} rules
 */
export function drawArrows(ctx, image, ghost, limbs, place, rules) {
  const joints = rules.joints.mediapipe33;
  const unit = thickness(place);
  rules.bones.forEach((bone, index) => {
    if (limbs[index]?.colour !== 'red') return;
    const mean = (/** @type {(i: number) => number} */ get) => bone.to.reduce((/** @type {number} */ sum, /** @type {number} */ i) => sum + get(i), 0) / bone.to.length;
    const from = [place.x + mean((i) => image[2 * joints[i]]) * place.width, place.y + mean((i) => image[2 * joints[i] + 1]) * place.height];
    const to = [place.x + mean((i) => ghost[2 * i]) * place.width, place.y + mean((i) => ghost[2 * i + 1]) * place.height];
    arrow(ctx, from, to, unit);
  });
}

/** The trainer's movement in the client's proportions, place and view; lengths are learned slowly, so that nothing trembles. */
export class Retarget {
  /** @param {Shared.Rules} rules */
  constructor(rules) {
    this.rules = rules;
    this.reset();
  }

  reset() {
    /** @type {Float64Array|null} metres: nine bones, shoulders, hips, feet */ this.lengths = null;
    /** @type {number|null} pixels a metre */ this.scale = null;
    /** @type {number|null} */ this.time = null;
  }

  /**
   * Where the trainer's points would be in the client's picture.
   * @param {number} time seconds
   * @param {{world: Float64Array|null, image: Float64Array|null}} pose the client's
   * @param {{width: number, height: number}} picture pixels of the client's picture
   * @param {Float64Array} trainer 17 x 3, `track.at(…).points`
   * @param {number} yaw the client's turn against the trainer, `frame.yaw`
   * @param {boolean} mirror the client moves as the mirror image
   * @param {Float64Array} [tilt] 3 x 3, gives the trainer the tilt of the client's camera
   * @returns {Float64Array|null} 17 x 2, 0..1; `null` where the client is not seen
   */
  points(time, pose, picture, trainer, yaw, mirror, tilt = IDENTITY) {
    const { world, image } = pose;
    if (!world || !image) return null;
    this.learn(time, world, image, picture);
    const wanted = times(tilt, turned(trainer, yaw));
    const target = mirror ? mirrored(wanted, this.rules.other_side) : wanted;
    const space = this.rebuild(target);
    const joints = this.rules.joints.mediapipe33;
    const hips = [6, 7].map((i) => [image[2 * joints[i]], image[2 * joints[i] + 1]]);
    const out = new Float64Array(34);
    for (let i = 0; i < 17; i++) {
      out[2 * i] = (hips[0][0] + hips[1][0]) / 2 + (space[3 * i] * /** @type {number} */ (this.scale)) / picture.width;
      out[2 * i + 1] = (hips[0][1] + hips[1][1]) / 2 + (space[3 * i + 1] * /** @type {number} */ (this.scale)) / picture.height;
    }
    return out;
  }

  /** @param {number} time @param {Float64Array} world @param {Float64Array} image @param {{width: number, height: number}} picture */
  learn(time, world, image, picture) {
    const joints = this.rules.joints.mediapipe33;
    const points = new Float64Array(17 * 3);
    joints.forEach((/** @type {number} */ joint, /** @type {number} */ i) => {
      for (let k = 0; k < 3; k++) points[3 * i + k] = world[3 * joint + k];
    });
    const lengths = Float64Array.from([...sizes(bonesOf(points, this.rules.bones)), ...SPANS.map(([a, b]) => distance(points, a, b))]);
    let flat = 0; // the same spans in the picture and, seen from the front, in space
    let drawn = 0;
    for (const [a, b] of [[0, 6], [1, 7], [0, 1], [6, 8], [7, 9], [8, 10], [9, 11]]) {
      flat += Math.hypot(points[3 * a] - points[3 * b], points[3 * a + 1] - points[3 * b + 1]);
      const [ja, jb] = [joints[a], joints[b]];
      drawn += Math.hypot((image[2 * ja] - image[2 * jb]) * picture.width, (image[2 * ja + 1] - image[2 * jb + 1]) * picture.height);
    }
    const scale = drawn / Math.max(flat, 1e-6);
    const { lengths: kept, scale: before } = this;
    const share = kept && before !== null && this.time !== null ? 1 - Math.exp(-Math.max(0, time - this.time) / SMOOTH_SECONDS) : 1;
    this.lengths = kept ? kept.map((v, i) => v + share * (lengths[i] - v)) : lengths;
    this.scale = before === null ? scale : before + share * (scale - before);
    this.time = time;
  }

  /** The trainer's directions with the client's lengths, about the middle of the hips. @param {Float64Array} target */
  rebuild(target) {
    const lengths = /** @type {Float64Array} */ (this.lengths);
    const out = new Float64Array(target.length);
    const grow = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ length) => place3(out, target, from, to, length);
    split(out, target, 6, 7, lengths[10], [0, 0, 0]);
    const up = direction(mid(target, 6, 7), mid(target, 0, 1));
    const shoulders = up.map((v) => v * lengths[0]);
    split(out, target, 0, 1, lengths[9], shoulders);
    const chain = [[0, 2, 1], [1, 3, 2], [2, 4, 3], [3, 5, 4], [6, 8, 5], [7, 9, 6], [8, 10, 7], [9, 11, 8]];
    for (const [from, to, bone] of chain) grow(from, to, lengths[bone]);
    [[10, 13, 11], [11, 14, 12], [13, 15, 13], [14, 16, 14]].forEach(([from, to, span]) => grow(from, to, lengths[span]));
    const neck = direction(mid(target, 0, 1), [target[36], target[37], target[38]]);
    for (let k = 0; k < 3; k++) out[36 + k] = shoulders[k] + neck[k] * lengths[15];
    return out;
  }
}

/** Across shoulders and hips, the feet, and (below) neck to nose. */
const SPANS = [[0, 1], [6, 7], [10, 13], [11, 14], [13, 15], [14, 16], [-1, 12]];

/** @param {Float64Array} points @param {number[]} otherSide */
function mirrored(points, otherSide) {
  const out = new Float64Array(points.length);
  otherSide.forEach((from, i) => {
    out[3 * i] = -points[3 * from];
    out[3 * i + 1] = points[3 * from + 1];
    out[3 * i + 2] = points[3 * from + 2];
  });
  return out;
}

/** @param {Float64Array} p @param {number} a @param {number} b */
function mid(p, a, b) {
  return [0, 1, 2].map((k) => (p[3 * a + k] + p[3 * b + k]) / 2);
}

/** @param {number[]} from @param {number[]} to */
function direction(from, to) {
  const v = from.map((x, k) => to[k] - x);
  const size = Math.max(Math.hypot(...v), 1e-9);
  return v.map((x) => x / size);
}

/** @param {Float64Array} p @param {number} a -1: the middle of the shoulders @param {number} b */
function distance(p, a, b) {
  const from = a < 0 ? mid(p, 0, 1) : [p[3 * a], p[3 * a + 1], p[3 * a + 2]];
  return Math.hypot(...from.map((x, k) => p[3 * b + k] - x));
}

/** @param {Float64Array} vectors */
function sizes(vectors) {
  return Array.from({ length: vectors.length / 3 }, (_, i) => Math.hypot(vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]));
}

/** @param {Float64Array} out @param {Float64Array} target @param {number} a @param {number} b @param {number} length @param {number[]} middle */
function split(out, target, a, b, length, middle) {
  const along = direction([target[3 * a], target[3 * a + 1], target[3 * a + 2]], [target[3 * b], target[3 * b + 1], target[3 * b + 2]]);
  for (let k = 0; k < 3; k++) {
    out[3 * a + k] = middle[k] - (along[k] * length) / 2;
    out[3 * b + k] = middle[k] + (along[k] * length) / 2;
  }
}

/** @param {Float64Array} out @param {Float64Array} target @param {number} from @param {number} to @param {number} length */
function place3(out, target, from, to, length) {
  const along = direction([target[3 * from], target[3 * from + 1], target[3 * from + 2]], [target[3 * to], target[3 * to + 1], target[3 * to + 2]]);
  for (let k = 0; k < 3; k++) out[3 * to + k] = out[3 * from + k] + along[k] * length;
}

/** @param {Float64Array} points @param {number} i @param {Place} place */
function at(points, i, place) {
  return [place.x + points[2 * i] * place.width, place.y + points[2 * i + 1] * place.height];
}

/** @param {Float64Array} points @param {number[]} which @param {Place} place */
function middle(points, which, place) {
  const all = which.map((i) => at(points, i, place));
  return [0, 1].map((k) => all.reduce((sum, p) => sum + p[k], 0) / all.length);
}

/**
 * The trainer's figure: bones, shoulders, hips, feet, a ring for the head. What nobody saw is grey and dashed.
 * @param {CanvasRenderingContext2D} ctx @param {Float64Array} points @param {Place} place @param {Shared.Rules} rules
 * @param {number} width @param {number} opacity @param {ArrayLike<number>} guessed
 */
function figure(ctx, points, place, rules, width, opacity, guessed) {
  ctx.save();
  ctx.globalAlpha = opacity;
  ctx.lineCap = ctx.lineJoin = 'round';
  const all = [...rules.bones.map(({ from, to }) => [from, to]), ...PLAIN.map(([a, b]) => [[a], [b]])];
  const lines = (/** @type {boolean} */ unseen) => {
    for (const [from, to] of all) {
      if ([...from, ...to].some((i) => guessed[i]) === unseen) line(ctx, middle(points, from, place), middle(points, to, place));
    }
  };
  ctx.save();
  ctx.lineCap = 'butt';
  ctx.setLineDash(LIMB.grey.dash.map((v) => v * width));
  ctx.strokeStyle = LIMB.grey.colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  lines(true);
  ctx.stroke();
  ctx.restore();
  for (const { style, extra } of [{ style: '#000a', extra: width * 0.8 }, { style: TRAINER, extra: 0 }]) {
    ctx.strokeStyle = style;
    ctx.lineWidth = width + extra;
    ctx.beginPath();
    lines(false);
    const [left, right, nose] = [0, 1, 12].map((i) => at(points, i, place));
    const neck = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
    const radius = Math.max(Math.hypot(left[0] - right[0], left[1] - right[1]), Math.hypot(nose[0] - neck[0], nose[1] - neck[1])) * HEAD_SHARE;
    ctx.moveTo(nose[0] + radius, nose[1]);
    ctx.arc(nose[0], nose[1], radius, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number[]} a @param {number[]} b */
function line(ctx, a, b) {
  ctx.moveTo(a[0], a[1]);
  ctx.lineTo(b[0], b[1]);
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {number[]} a @param {number[]} b
 * @param {import('./palette.mjs').LimbColour} state @param {number} unit @param {boolean} edged
 */
function stroke(ctx, a, b, state, unit, edged) {
  const { colour, dash, width } = LIMB[state];
  ctx.save();
  ctx.lineCap = 'round';
  if (edged) {
    ctx.strokeStyle = '#000b';
    ctx.lineWidth = unit * width + unit * 0.9;
    ctx.beginPath();
    line(ctx, a, b);
    ctx.stroke();
  }
  ctx.lineCap = dash.length ? 'butt' : 'round';
  ctx.setLineDash(dash.map((v) => v * unit));
  ctx.strokeStyle = colour;
  ctx.lineWidth = unit * width;
  ctx.beginPath();
  line(ctx, a, b);
  ctx.stroke();
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number[]} from @param {number[]} to @param {number} unit */
function arrow(ctx, from, to, unit) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length < unit * 4) return; // it would hide what it points at
  const [ux, uy] = [dx / length, dy / length];
  const head = Math.min(length * 0.45, unit * 5);
  const back = [to[0] - ux * head, to[1] - uy * head];
  ctx.save();
  ctx.lineCap = ctx.lineJoin = 'round';
  for (const [style, width] of [['#000c', unit * 2.4], [LIMB.red.colour, unit * 1.2]]) {
    ctx.strokeStyle = ctx.fillStyle = /** @type {string} */ (style);
    ctx.lineWidth = /** @type {number} */ (width);
    ctx.beginPath();
    line(ctx, from, back);
    ctx.moveTo(to[0], to[1]);
    ctx.lineTo(back[0] - uy * head * 0.6, back[1] + ux * head * 0.6);
    ctx.lineTo(back[0] + uy * head * 0.6, back[1] - ux * head * 0.6);
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
  }
  ctx.restore();
}

/** Whether a client does the trainer's movement at all: `perscoach/score/shape.py` in the browser (the method stands there). */
import { angleBetween, bonesOf, turned, unit, yawOf } from './geometry.mjs';
import { hipsDiffer } from './measures.mjs';

/** @typedef {{limbs: Float64Array, uneven: number, low: number}} Shape */

/** @param {number[]} value of the track @param {Shared.Rules} rules @returns {Shape} */
export function readShape(value, rules) {
  const size = 3 * rules.alike.bones.length;
  return { limbs: Float64Array.from(value.slice(0, size)), uneven: value[size], low: value[size + 1] ?? NaN };
}

/**
 * @param {Float64Array} pose levelled @param {Float64Array} key measures there @param {Float64Array} rest measures at rest
 * @param {Shared.Rules} rules @returns {Shape|null}
 */
export function shapeOf(pose, key, rest, rules) {
  const at = (/** @type {string} */ name) => rules.measures.findIndex((m) => m.name === name);
  const yaw = yawOf(pose, rules.yaw.least_width);
  if (yaw === null || Number.isNaN(key[at('hip_bend')]) || Number.isNaN(key[at('knee_bend')])) return null;
  const limbs = turned(bonesOf(pose, rules.alike.bones.map((i) => rules.bones[i])), -yaw);
  for (let i = 0; i < limbs.length; i += 3) limbs.set(unit(limbs, i), i);
  return { limbs, uneven: hipsDiffer(pose), low: key[at('hip_drop')] - rest[at('hip_drop')] };
}

/** @param {Shape} trainer @param {Shape} client @param {boolean} arms what they do counts @param {Shared.Rules} rules */
export function alike(trainer, client, arms, rules) {
  const most = rules.alike;
  const apart = rules.alike.bones.map((_, i) => angleBetween(trainer.limbs, 3 * i, client.limbs, 3 * i));
  const mean = (/** @type {number[]} */ some) => some.reduce((sum, v) => sum + v, 0) / some.length;
  const elsewhere = arms && mean(apart.slice(-2)) > most.arms;
  const squats = trainer.low < most.stands && client.low - trainer.low > most.lower;
  const uneven = Math.abs(trainer.uneven - client.uneven) > most.uneven;
  return mean(apart.slice(0, -2)) <= most.apart && !uneven && !squats && !elsewhere;
}

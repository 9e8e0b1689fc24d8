// The session in numbers: what the screen shows, and what JSON and CSV hold. Pure; the client's own sides.
import { limbsOf, summary, worstOf } from "./score.mjs";

/**
 * @typedef {{kind: string, share: number, start: number, stop: number, form: number, limbs: number[], from: number, at: number, clientTime: number|null}} Stretch
 * start, stop: seconds of the trainer's video; from, at: seconds since the workout began, at its start and end; clientTime: of the client's file at its end; form 0..100; limbs 0..1 (NaN unknown), the client's sides
 * @typedef {{name: string, form: number|null, stretches: number, red: number}} LimbSum  red: the share of stretches below half
 * @typedef {Object} Report
 * @property {boolean} own judged against the client's own accepted repetitions too
 * @property {number|null} form 0..100
 * @property {Record<string, number|null>} groups 0..100
 * @property {import("./score.mjs").MeasureSum[]} measures
 * @property {import("./score.mjs").MeasureSum[]} fixes what to work on first
 * @property {number|null} timing 0..100
 * @property {number|null} tempo times the trainer's pace
 * @property {number|null} attempts repetitions that did not go far enough
 * @property {number|null} late seconds
 * @property {number|null} unsteady seconds
 * @property {number} coverage 0..100: how much of the time the client could be scored
 * @property {number|null} reps
 * @property {number|null} trainerReps
 * @property {LimbSum[]} limbs
 * @property {Stretch[]} stretches
 * @property {Stretch[]} best
 * @property {Stretch[]} worst
 * @property {number} seconds
 */

/**
 * @param {import("./score.mjs").Comparer} comparer
 * @param {Shared.Rules} rules
 * @param {{from?: number, at: number, clientTime: number|null}[]} noted when each of the judge's repetitions began and ended
 * @param {{trainerReps: number|null, seconds: number}} session the repetitions that the trainer did in front of the client
 * @returns {Report}
 */
export function makeReport(comparer, rules, noted, session) {
  const sum = summary(comparer);
  const stretches = sum.repetitions.map((rep, i) => {
    const marks = limbsOf(rep, rules);
    return {
      kind: rep.kind, share: rep.share, start: rep.at[0], stop: rep.at[1], form: rep.form,
      limbs: rules.bones.map((bone, b) => marks[comparer.mirror ? bone.other_side : b]),
      from: noted[i]?.from ?? Math.max(0, session.seconds - (rep.stop - rep.start)),
      at: noted[i]?.at ?? session.seconds,
      clientTime: noted[i]?.clientTime ?? null,
    };
  });
  const limbs = sum.limbs.map((limb, b) => {
    const known = stretches.filter((s) => Number.isFinite(s.limbs[b]));
    const red = known.filter((s) => s.limbs[b] < 0.45).length;
    return { name: limb.name, form: limb.form, stretches: known.length, red: known.length ? red / known.length : 0 };
  });
  const { form, groups, measures, timing, late, unsteady, tempo, coverage, reps, attempts } = sum;
  return {
    own: Object.keys(comparer.judge.accepted).length > 0, form, groups, measures, fixes: worstOf(measures, rules), timing, late, unsteady, tempo, coverage, reps, attempts,
    trainerReps: reps === null ? null : session.trainerReps, limbs, stretches, ...moments(stretches), seconds: session.seconds,
  };
}

/** A stretch as good as this is nothing to work on. */
const GOOD = 90;

/**
 * The three best and the three worst stretches, none in both lists, in the order of time.
 * @param {Stretch[]} stretches @returns {{best: Stretch[], worst: Stretch[]}}
 */
export function moments(stretches) {
  const order = stretches.filter((s) => Number.isFinite(s.form)).sort((a, b) => b.form - a.form);
  const most = Math.min(3, Math.floor(order.length / 2));
  if (order.length === 1) return { best: order, worst: [] };
  const inTime = (/** @type {Stretch[]} */ list) => [...list].sort((a, b) => a.at - b.at);
  return { best: inTime(order.slice(0, most)), worst: inTime(most ? order.slice(-most).filter((s) => s.form < GOOD) : []) };
}

/**
 * At most `most` columns for the heat strip: neighbours are joined by their mean.
 * @param {Stretch[]} stretches @param {number} limbs @param {number} most
 * @returns {{at: number, start: number, limbs: number[]}[]}
 */
export function columns(stretches, limbs, most = 60) {
  const size = Math.max(1, Math.ceil(stretches.length / most));
  const out = [];
  for (let i = 0; i < stretches.length; i += size) {
    const group = stretches.slice(i, i + size);
    out.push({
      at: group[0].at,
      start: group[0].start,
      limbs: Array.from({ length: limbs }, (_, b) => meanOf(group.map((s) => s.limbs[b]))),
    });
  }
  return out;
}

/** @param {number[]} values @returns {number} NaN where none is known */
function meanOf(values) {
  const known = values.filter((v) => Number.isFinite(v));
  return known.length ? known.reduce((sum, v) => sum + v, 0) / known.length : NaN;
}

/** @param {number|null|undefined} value @param {number} digits */
const round = (value, digits) => (value === null || value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits)));

/**
 * @param {Report} report
 * @param {{made: string, trainer: string, mode: string, mirror: boolean, speed: number, source: string}} about
 * @returns {any} plain JSON; null where nothing is known
 */
export function toJson(report, about) {
  return {
    schema: "perscoach.session.1",
    ...about,
    seconds: round(report.seconds, 1),
    form: round(report.form, 1),
    timing: round(report.timing, 1),
    late_seconds: round(report.late, 3),
    unsteady_seconds: round(report.unsteady, 3),
    coverage: round(report.coverage, 1),
    tempo: round(report.tempo, 2),
    groups: Object.fromEntries(Object.entries(report.groups).map(([name, value]) => [name, round(value, 1)])),
    measures: Object.fromEntries(report.measures.map((m) => [m.name, { mark: round(m.mark, 3), amount: round(m.amount, 1), unit: m.unit }])),
    reps: report.reps,
    attempts: report.attempts,
    trainer_reps: report.trainerReps,
    limbs: report.limbs.map((limb) => ({ name: limb.name, form: round(limb.form === null ? null : limb.form * 100, 1) })),
    stretches: report.stretches.map((s) => ({
      kind: s.kind,
      share: round(s.share, 2),
      at: round(s.at, 2),
      trainer_start: round(s.start, 2),
      trainer_stop: round(s.stop, 2),
      form: round(s.form, 1),
      limbs: Object.fromEntries(report.limbs.map((limb, b) => [limb.name, round(s.limbs[b] * 100, 1)])),
    })),
  };
}

/**
 * One line for each stretch; empty where nothing is known. RFC 4180.
 * @param {Report} report @returns {string}
 */
export function toCsv(report) {
  const names = report.limbs.map((limb) => limb.name);
  const lines = [["at_s", "trainer_start_s", "trainer_stop_s", "form", ...names, "kind", "share"]];
  for (const s of report.stretches) {
    const values = [round(s.at, 2), round(s.start, 2), round(s.stop, 2), round(s.form, 1), ...names.map((_, b) => round(s.limbs[b] * 100, 1)), s.kind, round(s.share, 2)];
    lines.push(values.map((v) => (v === null ? "" : String(v))));
  }
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

// The report's numbers, its moments, the files it gives; a whole session of a synthetic trainer against themself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Comparer } from "../../perscoach/mirror/page/score.mjs";
import { columns, makeReport, moments, toCsv, toJson } from "../../perscoach/mirror/page/report.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const FPS = 30;
const SECONDS = 16;

/** 17 points of someone who raises both arms and bends both knees once in four seconds; `left` scales the left arm's part. */
function body(time, left = 1) {
  const share = (1 - Math.cos((time / 4) * 2 * Math.PI)) / 2;
  const points = new Float64Array(51);
  const put = (i, x, y, z) => points.set([x, y, z], 3 * i);
  for (const [side, sign] of [[0, 1], [1, -1]]) {
    const arm = share * 1.5 * (side === 0 ? left : 1);
    const [sx, sy] = [0.18 * sign, -0.5];
    put(0 + side, sx, sy, 0);
    put(2 + side, sx + sign * 0.28 * Math.sin(arm), sy + 0.28 * Math.cos(arm), 0);
    put(4 + side, sx + sign * 0.53 * Math.sin(arm), sy + 0.53 * Math.cos(arm), 0);
    put(6 + side, 0.1 * sign, 0, 0);
    put(8 + side, 0.12 * sign, 0.4 * Math.cos(share), -0.4 * Math.sin(share));
    put(10 + side, 0.12 * sign, 0.4 * Math.cos(share) + 0.4 * Math.cos(share * 0.5), -0.4 * Math.sin(share) + 0.4 * Math.sin(share * 0.5));
  }
  put(12, 0, -0.65, -0.1);
  return points;
}

const RAISED = (1.5 * 180) / Math.PI;
const plan = {
  main: "arms", travel: RAISED, period: 4, turns: [0, 4, 8, 12].map((start) => [start, start + 2, start + 4]),
  targets: ["left_arm", "right_arm"].map((name) => ({ name, rest: 0, key: 0.955 * RAISED, tolerance: 0.2, worse: -1, weight: 1, cue: "" })),
  moments: [], level: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const track = { fps: FPS, width: 100, height: 100, frames: FPS * SECONDS, duration: SECONDS, plan, at: (time) => ({ points: body(time) }) };

/** MediaPipe's 33 from the 17. */
function world(points) {
  const out = new Float64Array(99);
  rules.joints.mediapipe33.forEach((joint, i) => out.set(points.subarray(3 * i, 3 * i + 3), 3 * joint));
  return out;
}

/** A client's session; `make(time)` gives their 17 points. */
function session(make, mirror = false) {
  const comparer = new Comparer(/** @type {any} */ (track), rules, { mirror });
  const visibility = new Float64Array(33).fill(1);
  const noted = [];
  for (let i = 0; i < FPS * SECONDS; i++) {
    comparer.step(i / FPS, i / FPS, world(make(i / FPS)), visibility, 1);
    while (noted.length < comparer.judge.reps.length) noted.push({ at: i / FPS, clientTime: i / FPS + 1 });
  }
  return makeReport(comparer, rules, noted, { trainerReps: 4, seconds: SECONDS });
}

test("the trainer against themself: full form, on time, all limbs good", () => {
  const report = session((t) => body(t));
  assert.ok(Number(report.form) > 98, `${report.form}`);
  assert.ok(report.late !== null && report.late <= 0.1, `${report.late}`);
  assert.ok(report.coverage > 85);
  assert.ok(report.limbs.every((limb) => limb.form === null || limb.form > 0.95));
  assert.equal(report.stretches[0].clientTime, report.stretches[0].at + 1);
});

test("a left arm that is not raised is the left arm in the report, also for a client who moves as in a mirror", () => {
  const lazy = session((t) => body(t, 0.4));
  const worst = (report) => [...report.limbs].filter((l) => l.form !== null).sort((a, b) => a.form - b.form)[0].name;
  assert.match(worst(lazy), /^left_(upper_arm|forearm)$/);
  const mirrored = session((t) => mirror(body(t, 0.4)), true);
  assert.match(worst(mirrored), /^right_(upper_arm|forearm)$/);
  const strip = mirrored.stretches[0].limbs;
  const at = (name) => strip[rules.bones.findIndex((bone) => bone.name === name)];
  assert.ok(at("right_upper_arm") < 0.5 && at("left_upper_arm") > 0.9, "the strip stands in the client's sides too");
});

function mirror(points) {
  const out = new Float64Array(points.length);
  rules.other_side.forEach((from, i) => out.set([-points[3 * from], points[3 * from + 1], points[3 * from + 2]], 3 * i));
  return out;
}

const stretch = (at, form) => ({ kind: "full", share: 1, start: at, stop: at + 2, form, limbs: [form / 100, NaN], from: at - 2, at, clientTime: null });

test("three best and three worst moments, none twice, in the order of time", () => {
  const { best, worst } = moments([50, 90, 20, 80, 70, 10, 95].map((form, i) => stretch(i * 2, form)));
  assert.deepEqual(best.map((s) => s.form), [90, 80, 95]);
  assert.deepEqual(worst.map((s) => s.form), [50, 20, 10]);
  const few = moments([stretch(0, 30), stretch(2, 60), stretch(4, NaN)]);
  assert.deepEqual([few.best.map((s) => s.form), few.worst.map((s) => s.form)], [[60], [30]]);
  assert.deepEqual(moments([]), { best: [], worst: [] });
});

test("the strip joins neighbours and leaves out what is not known", () => {
  const all = columns(Array.from({ length: 150 }, (_, i) => stretch(i, 50)), 2, 60);
  assert.equal(all.length, 50);
  assert.equal(all[1].at, 3);
  assert.equal(all[0].limbs[0], 0.5);
  assert.ok(Number.isNaN(all[0].limbs[1]));
});

test("JSON and CSV say the same, and unknown is null or empty", () => {
  const report = session((t) => body(t));
  report.stretches[0].limbs[0] = NaN;
  const about = { made: "2026-01-01T00:00:00Z", trainer: "example", mode: "follow", mirror: false, speed: 1, source: "recorded" };
  const json = JSON.parse(JSON.stringify(toJson(report, about)));
  assert.equal(json.schema, "perscoach.session.1");
  assert.equal(json.stretches[0].limbs.trunk, null);
  assert.equal(json.limbs.length, 9);
  assert.deepEqual([json.reps, json.attempts, json.groups.knees], [4, 0, null]);
  const lines = toCsv(report).trimEnd().split("\r\n").map((line) => line.split(","));
  assert.equal(lines.length, 1 + json.stretches.length);
  assert.deepEqual(lines[0].slice(0, 5), ["at_s", "trainer_start_s", "trainer_stop_s", "form", "trunk"]);
  assert.equal(lines[1][4], "");
  assert.equal(Number(lines[1][3]), json.stretches[0].form);
  assert.ok(lines.every((line) => line.length === 15));
});

test("nothing seen: no form, no moments, no invented numbers", () => {
  const comparer = new Comparer(/** @type {any} */ (track), rules, {});
  for (let i = 0; i < 60; i++) comparer.step(i / FPS, i / FPS, null, new Float64Array(33));
  const report = makeReport(comparer, rules, [], { trainerReps: null, seconds: 2 });
  assert.deepEqual([report.form, report.timing, report.coverage, report.stretches.length], [null, null, 0, 0]);
});

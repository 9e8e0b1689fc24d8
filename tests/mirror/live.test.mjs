// The workout as it runs: the trainer's clock and the client's poses together, waiting, out of the picture, the report.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Live } from "../../perscoach/mirror/page/live.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const FPS = 30;

/** 17 points of someone who stands and raises both arms sideways by `angle` radians. */
function body(angle) {
  const p = new Float64Array(51);
  const put = (i, x, y, z = 0) => p.set([x, y, z], 3 * i);
  for (const [side, sign] of [[0, 1], [1, -1]]) {
    const [x, y] = [0.18 * sign, -0.5];
    put(side, x, y);
    put(2 + side, x + sign * 0.28 * Math.sin(angle), y + 0.28 * Math.cos(angle));
    put(4 + side, x + sign * 0.53 * Math.sin(angle), y + 0.53 * Math.cos(angle));
    put(6 + side, 0.1 * sign, 0);
    put(8 + side, 0.11 * sign, 0.42, -0.02);
    put(10 + side, 0.11 * sign, 0.84);
  }
  put(12, 0, -0.65, -0.1);
  return p;
}

const angleAt = (time) => ((1 - Math.cos((time / 4) * 2 * Math.PI)) / 2) * 1.6;
const RAISED = (1.6 * 180) / Math.PI;
const plan = {
  main: "arms", travel: RAISED, period: 4, turns: [0, 4, 8, 12].map((start) => [start, start + 2, start + 4]),
  targets: ["left_arm", "right_arm"].map((name) => ({ name, rest: 0, key: 0.955 * RAISED, tolerance: 0.2, worse: -1, weight: 1, cue: "" })),
  moments: [], level: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const track = {
  fps: FPS, width: 100, height: 100, frames: 16 * FPS, duration: 16, plan,
  at: (time) => ({ points: body(angleAt(Math.min(Math.max(time, 0), 16))) }),
};
const seen = new Float64Array(33).fill(0.9);

/** A pose of the client as the source gives it. */
function pose(time, angle, there = true) {
  const world = new Float64Array(99);
  const points = body(angle);
  rules.joints.mediapipe33.forEach((joint, i) => world.set(points.subarray(3 * i, 3 * i + 3), 3 * joint));
  return there ? { time, world, visibility: seen, image: new Float64Array(66).fill(0.5), latency: 0 } : { time, world: null, visibility: new Float64Array(33), image: null, latency: 0 };
}

/** Plays trainer and client together; the trainer stands while it waits. */
function play(live, from, seconds, client) {
  const seenWaits = [];
  let time = live.time;
  for (let i = 0; i < seconds * FPS; i++) {
    const now = from + i / FPS;
    if (!live.waiting) {
      time += 1 / FPS;
      if (live.trainer(now, time, 1) === "wait") seenWaits.push(time);
    }
    const { reached } = live.client(pose(now, ...client(now, time)), now);
    if (reached) seenWaits.push(reached);
  }
  return seenWaits;
}

const settings = (more = {}) => ({ wait: false, mirror: false, mode: "follow", ...more });

test("a client who follows: full form, the repetitions of both, every stretch with its time", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings());
  live.run(100);
  play(live, 100, 15.9, (now, time) => [angleAt(time)]);
  const report = live.report(115.9);
  assert.ok(Number(report.form) > 97, `${report.form}`);
  assert.deepEqual([report.reps, report.trainerReps], [live.comparer.reps, 4]);
  assert.ok(Number(report.reps) >= 3);
  assert.ok(report.stretches.length >= 3);
  assert.ok(report.stretches.every((one) => Math.abs(one.at - one.stop) < 0.3));
  assert.ok(report.stretches.every((one) => Math.abs(one.at - one.from - (one.stop - one.start)) < 0.3), "at full speed they last as long for both");
  assert.ok(live.trail.near(8) !== null && live.coverage > 85);
});

test("the trainer waits at a key pose until the client is there", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings({ wait: true }));
  live.run(100);
  // The client stands for six seconds, then takes the trainer's pose.
  const waits = play(live, 100, 9, (now, time) => [now < 106 ? 0 : angleAt(time)]);
  assert.equal(typeof waits[0], "number");
  assert.ok(Math.abs(waits[0] - 2) < 0.2, `waited at ${waits[0]}: the arms are up at two seconds`);
  assert.equal(waits[1], "yes");
  assert.ok(live.time > waits[0] + 1, "and went on");
});

test("nobody waits in a test or while watching", () => {
  for (const mode of ["test", "watch"]) {
    const live = new Live(/** @type {any} */ (track), rules, settings({ wait: true, mode }));
    live.run(100);
    assert.deepEqual(play(live, 100, 5, () => [0]), []);
  }
});

test("out of the picture is said after a moment, and the score knows", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings());
  live.run(100);
  play(live, 100, 5, (now, time) => [angleAt(time)]);
  play(live, 105, 0.3, () => [0, false]);
  assert.equal(live.out(105.3), false);
  play(live, 105.3, 3, () => [0, false]);
  assert.equal(live.out(108.2), true);
  assert.equal(live.frame?.state, "out");
  assert.ok(live.coverage < 60);
});

test("a test gives no cues, and a pause counts no time", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings({ mode: "test" }));
  live.run(100);
  play(live, 100, 8, () => [0]);
  assert.equal(live.cues.current, null);
  live.hold(108);
  assert.ok(Math.abs(live.at(200) - 8) < 1e-9);
  live.run(200);
  assert.ok(Math.abs(live.at(201) - 9) < 1e-9);
});

test("in Follow the same client is told to move along", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings());
  const said = [];
  live.run(100);
  let time = 0;
  for (let i = 0; i < 8 * FPS; i++) {
    time += 1 / FPS;
    live.trainer(100 + time, time, 1);
    const { cue } = live.client(pose(100 + time, 0), null);
    if (cue) said.push(cue.key);
  }
  assert.ok(said.includes("missed"), String(said));
});

test("a new session remembers nothing", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings());
  live.run(100);
  play(live, 100, 6, (now, time) => [angleAt(time)]);
  live.clear();
  assert.deepEqual([live.comparer.shown, live.noted.length, live.at(500), live.frame, live.trail.count, live.reps.count], [0, 0, 0, null, 0, 0]);
});

test("what lies outside the picture is not judged", () => {
  const live = new Live(/** @type {any} */ (track), rules, settings());
  live.run(100);
  let time = 0;
  for (let i = 0; i < 8 * FPS; i++) {
    time += 1 / FPS;
    live.trainer(100 + time, time, 1);
    const one = pose(100 + time, angleAt(time));
    one.image?.fill(1.2, 26, 28); // the left elbow
    live.client(one, null);
  }
  const found = live.comparer.judge.reps.flatMap((rep) => rep.findings.map((finding) => finding.name));
  assert.ok(!found.includes("left_arm"), String(found));
});

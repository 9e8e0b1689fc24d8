// Where the trainer waits, when a repetition is complete, when the client has reached the pose.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { keyPoses, MATCH, Matcher, nearness, repEnds } from "../../perscoach/mirror/page/keyposes.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const bones = rules.bones;

/** A trainer whose left upper arm goes up by `angle(time)` radians. */
function trainer(angle, duration, turns) {
  const points = (time) => {
    const p = new Float64Array(51);
    const put = (i, x, y) => p.set([x, y, 0], 3 * i);
    [[0, 0.2, -0.5], [1, -0.2, -0.5], [3, -0.2, -0.2], [5, -0.2, 0.1], [6, 0.1, 0], [7, -0.1, 0], [8, 0.1, 0.4], [9, -0.1, 0.4], [10, 0.1, 0.8], [11, -0.1, 0.8]].forEach((a) => put(...a));
    const a = angle(time);
    put(2, 0.2 + 0.3 * Math.sin(a), -0.5 + 0.3 * Math.cos(a));
    put(4, 0.2 + 0.6 * Math.sin(a), -0.5 + 0.6 * Math.cos(a));
    return p;
  };
  return { duration, fps: 30, frames: duration * 30, plan: /** @type {any} */ ({ turns }), at: (time) => ({ points: points(time) }) };
}

const turns = [0, 3, 6, 9].map((start) => [start, start + 1.5, start + 3]);
const raising = trainer((t) => ((1 - Math.cos((t / 3) * 2 * Math.PI)) / 2) * (Math.PI / 2), 12.5, turns);

test("the ends of every repetition are key poses", () => {
  const found = keyPoses(raising, bones);
  const expected = [1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12];
  assert.equal(found.length, expected.length);
  found.forEach((time, i) => assert.ok(Math.abs(time - expected[i]) < 0.15, `${time} for ${expected[i]}`));
});

test("repetitions end where the trainer is back at rest", () => {
  const ends = repEnds(raising);
  assert.equal(ends.length, 4);
  ends.forEach((time, i) => assert.ok(Math.abs(time - 3 * (i + 1)) < 0.15, `${time}`));
});

test("where nothing repeats there is a key pose about every second, at the calmest moment", () => {
  // Steps: the arm jumps a little between pauses that begin at each full second and last 0.6 s.
  const steps = trainer((t) => Math.floor(t) * 0.1 + Math.max(0, (t % 1) - 0.6) * 0.25, 10, []);
  const found = keyPoses(steps, bones);
  assert.ok(found.length >= 8 && found.length <= 10, `${found}`);
  for (const time of found) assert.ok(time % 1 < 0.62 || time % 1 > 0.98, `${time}`);
  assert.deepEqual(repEnds(steps), []);
});

const limbs = (angle, worst = angle) => bones.map((_, i) => ({ angle: i === 3 ? worst : angle, weight: 1 }));

test("a pose counts when it was held, not in passing, and trembling at the border does not undo it", () => {
  const matcher = new Matcher(bones);
  matcher.start(0);
  assert.equal(matcher.step(0.1, limbs(60)), "no");
  assert.equal(matcher.step(0.2, limbs(12)), "near");
  assert.equal(matcher.step(0.3, limbs(60)), "no");
  assert.equal(matcher.step(0.4, limbs(12)), "near");
  assert.equal(matcher.step(0.5, limbs(24)), "near", "between the two borders it stays near");
  assert.equal(matcher.step(0.41 + MATCH.hold, limbs(24)), "yes");
});

test("one limb that is far off keeps the trainer waiting; a limb that hardly counts does not", () => {
  const matcher = new Matcher(bones);
  matcher.start(0);
  assert.equal(matcher.step(0, limbs(5, 60)), "no");
  const light = limbs(5, 60);
  light[3].weight = 0.05;
  assert.equal(matcher.step(0.1, light), "near");
});

test("nobody waits for ever, and nothing seen is nothing reached", () => {
  const matcher = new Matcher(bones);
  matcher.start(10);
  assert.equal(matcher.step(11, []), "no");
  assert.equal(matcher.step(10 + MATCH.patience, []), "tired");
  assert.deepEqual(nearness([{ angle: NaN, weight: 0 }], bones), { mean: 0, worst: 0 });
});

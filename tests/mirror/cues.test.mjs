// What is said when: one thing at a time, the worst measure of a repetition with a number, in the client's own sides.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { CueMaker, CUES, words } from "../../perscoach/mirror/page/cues.mjs";
import { TEXTS } from "../../perscoach/mirror/page/texts.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const target = (name, cue = "") => ({ name, rest: 0, key: 1, tolerance: 1, worse: 1, weight: 1, cue });
/** @type {any} */
const plan = { targets: [target("hip_drop"), target("left_arm"), target("trunk_lean", "Proud chest!")] };

/** A repetition with marks and amounts of some measures. */
const rep = (findings, kind = "full") => /** @type {any} */ ({ kind, form: 80, findings: Object.entries(findings).map(([name, [mark, amount]]) => ({ name, off: 0, mark, amount })) });

test("the worst measure is said with its number, and nothing else for four seconds", () => {
  const maker = new CueMaker(rules, plan, false);
  assert.equal(maker.step(0, null), null);
  const cue = maker.step(2, rep({ hip_drop: [0.3, -6.4], left_arm: [0.5, -33] }));
  assert.deepEqual([cue?.kind, cue?.key, cue?.values.n], ["fix", "fix.hip_drop.less", 6]);
  assert.equal(maker.step(2 + CUES.cooldown - 0.1, rep({ hip_drop: [0.3, -6] })), null);
  assert.ok(maker.step(2 + CUES.cooldown, rep({ hip_drop: [0.3, -6] })));
});

test("degrees are said in fives, and a difference is never nothing", () => {
  assert.deepEqual(words("left_arm", -33, rules), { key: "fix.left_arm.less", values: { n: 35 } });
  assert.deepEqual(words("heels", 0.2, rules), { key: "fix.heels.more", values: { n: 1 } });
});

test("a repetition like the trainer's has no cue", () => {
  assert.equal(new CueMaker(rules, plan, false).step(1, rep({ hip_drop: [1, 0.1], left_arm: [0.93, -10] })), null);
});

test("praise when what was named is right again, once, and nothing else is wrong", () => {
  const maker = new CueMaker(rules, plan, false);
  maker.step(0, rep({ hip_drop: [0.3, -6] }));
  assert.equal(maker.step(5, rep({ hip_drop: [0.9, -1] }))?.kind, "praise");
  assert.equal(maker.step(10, rep({ hip_drop: [0.9, -1] })), null);
  maker.step(20, rep({ hip_drop: [0.3, -6] }));
  assert.equal(maker.step(22, rep({ hip_drop: [0.9, -1], left_arm: [0.2, -40] })), null, "something else is wrong");
});

test("no praise for an attempt, nor long after", () => {
  for (const [time, kind] of [[5, "attempt"], [CUES.praiseWithin + 1, "full"]]) {
    const maker = new CueMaker(rules, plan, false);
    maker.step(0, rep({ hip_drop: [0.3, -6] }));
    assert.equal(maker.step(Number(time), rep({ hip_drop: [0.9, -1] }, String(kind))), null);
  }
});

test("in the mirror the client's own side is named", () => {
  assert.equal(new CueMaker(rules, plan, true).step(1, rep({ left_arm: [0.1, -40] }))?.key, "fix.right_arm.less");
});

test("the coach's own words come first", () => {
  assert.equal(new CueMaker(rules, plan, false).step(1, rep({ trunk_lean: [0.1, 30] }))?.text, "Proud chest!");
});

test("a client who does not move is told so", () => {
  assert.equal(new CueMaker(rules, plan, false).step(4, rep({}, "missed"))?.key, "missed");
});

test("a written cue stays for a while and then goes", () => {
  const maker = new CueMaker(rules, plan, false);
  const cue = maker.step(1, rep({ hip_drop: [0.3, -6] }));
  assert.ok(cue);
  assert.equal(maker.shown(cue.time + CUES.shown - 0.1), cue);
  assert.equal(maker.shown(cue.time + CUES.shown + 0.1), null);
});

test("every measure and group has words", () => {
  for (const { name, group } of rules.measures) {
    for (const key of [`measure.${name}`, `fix.${name}.less`, `fix.${name}.more`, `group.${group}`]) assert.ok(TEXTS[key], key);
  }
  for (const { name } of rules.bones) assert.ok(TEXTS[`limb.${name}`], name);
});

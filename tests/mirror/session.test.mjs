// The course of a session: what the page does when, and what it must never do.
import assert from "node:assert/strict";
import test from "node:test";
import { advance, initial, TIMES } from "../../perscoach/mirror/page/session.mjs";

/** Runs events and collects the effects. */
function run(events, state = initial()) {
  const effects = [];
  for (const event of events) {
    const step = advance(state, event);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const good = (time) => ({ type: "pose", time, hint: null, still: true });
const camera = [{ type: "choose", kind: "webcam", time: 0 }, { type: "opened", time: 1 }];

test("a camera's client is framed for two seconds, calibrated for two, counted in for three, then it goes", () => {
  let { state, effects } = run(camera);
  assert.equal(state.name, "framing");
  assert.deepEqual(effects, ["clear", "open", "stand"]);
  ({ state } = run([good(2), good(3), good(3.9)], state));
  assert.equal(state.name, "framing");
  ({ state, effects } = run([good(4)], state));
  assert.equal(state.name, "calibrating");
  assert.deepEqual(effects, ["stand", "forget"]);
  ({ state, effects } = run([good(4.1), good(5), good(6.2)], state));
  assert.equal(state.name, "countdown");
  assert.equal(state.calibrated, true);
  assert.deepEqual(effects, ["calibrate", "hold", "beep"]);
  ({ state, effects } = run([{ type: "tick", time: 7 }, { type: "tick", time: 7.3 }, { type: "tick", time: 8.3 }], state));
  assert.equal(state.left, 1);
  assert.deepEqual(effects, ["beep", "beep"]);
  ({ state, effects } = run([{ type: "tick", time: 9.2 }], state));
  assert.equal(state.name, "workout");
  assert.deepEqual(effects, ["go"]);
});

test("a hint begins the two seconds anew", () => {
  const { state } = run([...camera, good(2), good(3.5), { type: "pose", time: 3.8, hint: "back" }, good(4), good(5.9)]);
  assert.equal(state.name, "framing");
  assert.equal(run([good(6)], state).state.name, "calibrating");
});

test("moving during the calibration begins it anew, and a client who never stands still is let through without it", () => {
  const { state } = run([...camera, good(2), good(4)]);
  const moved = run([good(4.1), good(5), { type: "pose", time: 5.5, hint: null, still: false }], state);
  assert.equal(moved.state.hint, "still");
  assert.deepEqual(moved.effects, ["forget"]);
  const late = run([{ type: "pose", time: 4 + TIMES.calibrationMost, hint: null, still: false }], moved.state);
  assert.equal(late.state.name, "countdown");
  assert.equal(late.state.calibrated, false);
  assert.ok(!late.effects.includes("calibrate"));
});

test("a file cannot answer hints: it is counted in at once", () => {
  const { state } = run([{ type: "choose", kind: "video", time: 0 }, { type: "opened", time: 1 }]);
  assert.equal(state.name, "countdown");
});

test("watching asks for nothing and opens nothing", () => {
  const { state, effects } = run([{ type: "choose", kind: "watch", time: 0 }]);
  assert.equal(state.name, "workout");
  assert.deepEqual(effects, ["go"]);
  assert.equal(run([{ type: "stop", time: 5 }], state).state.name, "welcome");
});

test("permission that never settles: first a hint, then a refusal with a way back", () => {
  const asking = run([{ type: "choose", kind: "webcam", time: 0 }, { type: "tick", time: TIMES.hint - 0.1 }]).state;
  assert.equal(asking.slow, false);
  const slow = run([{ type: "tick", time: TIMES.hint }], asking).state;
  assert.equal(slow.slow, true);
  const refused = run([{ type: "tick", time: TIMES.patience }], slow);
  assert.equal(refused.state.name, "refused");
  assert.equal(refused.state.code, "timeout");
  assert.ok(refused.effects.includes("close"));
  const again = run([{ type: "retry", time: 50 }], refused.state);
  assert.equal(again.state.name, "asking");
  assert.deepEqual(again.effects, ["open"]);
});

for (const code of ["denied", "none", "busy", "insecure", "model", "unsupported"]) {
  test(`refusal ${code} is kept for its words`, () => {
    const { state } = run([{ type: "choose", kind: "webcam", time: 0 }, { type: "failed", code, time: 1 }]);
    assert.deepEqual([state.name, state.code], ["refused", code]);
  });
}

const workout = () => run([...camera, { type: "skip", time: 2 }, { type: "skip", time: 3 }, { type: "skip", time: 4 }]).state;

test("a hidden tab stops the camera in every state that has one, and going on asks for it again", () => {
  const states = {
    asking: run([{ type: "choose", kind: "webcam", time: 0 }]).state,
    framing: run(camera).state,
    calibrating: run([...camera, { type: "skip", time: 2 }]).state,
    countdown: run([...camera, { type: "skip", time: 2 }, { type: "skip", time: 3 }]).state,
    workout: workout(),
    paused: run([{ type: "pause", time: 5 }], workout()).state,
  };
  for (const [name, state] of Object.entries(states)) {
    assert.equal(state.name, name);
    const hidden = run([{ type: "hide", time: 9 }], state);
    assert.equal(hidden.state.name, "paused", name);
    assert.ok(hidden.effects.includes("close"), name);
    const back = run([{ type: "resume", time: 10 }], hidden.state);
    assert.equal(back.state.name, "asking", name);
    assert.deepEqual(back.effects, ["open"], name);
  }
});

test("a pause of the countdown leads back to it: who was calibrated need not be again", () => {
  const counting = { ...initial(), name: "countdown", kind: "webcam", calibrated: true };
  const paused = advance(/** @type {any} */ (counting), { type: "pause", time: 9 }).state;
  const { state, effects } = advance(paused, { type: "resume", time: 12 });
  assert.equal(state.name, "countdown");
  assert.ok(!effects.includes("forget"));
});

test("after a pause the workout is counted in again and keeps its score", () => {
  const paused = run([{ type: "pause", time: 9 }], workout());
  assert.deepEqual(paused.effects, ["hold"]);
  const { state, effects } = run([{ type: "resume", time: 12 }], paused.state);
  assert.equal(state.name, "countdown");
  assert.equal(state.begun, true);
  assert.ok(!effects.includes("clear"));
});

test("every end closes the source", () => {
  const ends = [
    run([{ type: "stop", time: 9 }], workout()),
    run([{ type: "ended", time: 9 }], workout()),
    run([{ type: "leave", time: 9 }], workout()),
    run([{ type: "stop", time: 9 }], run(camera).state),
    run([{ type: "failed", code: "lost", time: 9 }], workout()),
  ];
  for (const { effects } of ends) assert.ok(effects.includes("close"));
  assert.deepEqual(ends.map((e) => e.state.name), ["report", "report", "welcome", "welcome", "refused"]);
  assert.ok(ends[1].effects.includes("finish"));
});

test("a camera lost in the workout can be had again or leads to the report", () => {
  const lost = run([{ type: "failed", code: "lost", time: 9 }], workout()).state;
  assert.equal(run([{ type: "retry", time: 10 }, { type: "opened", time: 11 }], lost).state.name, "countdown");
  assert.equal(run([{ type: "report", time: 10 }], lost).state.name, "report");
});

test("what means nothing now changes nothing", () => {
  const start = initial();
  for (const type of ["pose", "opened", "ended", "resume", "skip", "pause", "hide", "tick", "again", "nonsense"]) {
    assert.equal(advance(start, { type, time: 1 }).state, start, type);
  }
});

test("a large file that loads is no refusal", () => {
  const asking = run([{ type: "choose", kind: "webcam", time: 0 }]).state;
  const events = Array.from({ length: 100 }, (_, i) => ({ type: "tick", time: i, loading: true }));
  const { state } = run(events, asking);
  assert.deepEqual([state.name, state.slow], ["asking", false]);
  assert.equal(run([{ type: "tick", time: 99 + TIMES.patience }], state).state.name, "refused");
});

test("a hint can be read before the next one comes, and it never counts as good meanwhile", () => {
  let { state } = run([...camera, { type: "pose", time: 2, hint: "back" }, { type: "pose", time: 2.3, hint: "hidden" }]);
  assert.equal(state.hint, "back");
  ({ state } = run([{ type: "pose", time: 3.1, hint: "hidden" }], state));
  assert.equal(state.hint, "hidden");
  ({ state } = run([good(3.2), { type: "pose", time: 3.4, hint: "back" }, good(3.5), good(5.3)], state));
  assert.equal(state.name, "framing");
  assert.equal(run([good(5.5)], state).state.name, "calibrating");
});

// What the client keeps: accepted repetitions, sessions over weeks, their own file.
import assert from "node:assert/strict";
import test from "node:test";
import { acceptedOf, fromFile, LIMITS, nothing, toFile, withSession } from "../../perscoach/mirror/page/mine.mjs";

const rep = (form, off, kind = "full") => /** @type {any} */ ({ kind, form, findings: [{ name: "hip_drop", off, mark: 1, amount: 0 }] });

test("the best three full repetitions are accepted, as they compare with the trainer", () => {
  assert.equal(acceptedOf([rep(90, 0.2), rep(80, 0.4), rep(99, 0.1, "attempt")], {}, 0.6), null);
  const reps = [rep(90, 0.2), rep(80, 0.4), rep(70, 0.6), rep(40, 2)];
  assert.deepEqual(acceptedOf(reps, {}, 0.6), { hip_drop: 0.4 });
  // judged against accepted ones, a difference is smaller than against the trainer alone
  assert.ok(Math.abs(Number(acceptedOf(reps, { hip_drop: 1 }, 0.6)?.hip_drop) - (0.4 * 0.6 + 1)) < 1e-12);
});

const report = (form) => /** @type {any} */ ({ form, reps: 3, attempts: 1, groups: { depth: 81.6, arms: null } });

test("a session is kept once, in whole numbers, and the oldest are forgotten", () => {
  let mine = nothing();
  for (let i = 0; i < LIMITS.sessions + 5; i++) mine = withSession(mine, report(i % 100), new Date(i * 1e6).toISOString());
  assert.equal(mine.sessions.length, LIMITS.sessions);
  const { made } = mine.sessions[9];
  assert.equal(withSession(mine, report(50), made).sessions.filter((one) => one.made === made).length, 1);
  assert.deepEqual(withSession(nothing(), report(null), "x"), nothing());
  assert.deepEqual(mine.sessions[0].groups, { depth: 82, arms: null });
});

test("the file comes back as it was, for its own trainer only", () => {
  const mine = withSession({ accepted: { hip_drop: 0.3 }, sessions: [] }, report(88.4), "2026-01-02T03:04:05.000Z");
  assert.deepEqual(fromFile(toFile(mine, "squat"), "squat"), mine);
  assert.equal(fromFile(toFile(mine, "squat"), "lunge"), null);
});

for (const text of ["", "[]", "null", "{", '{"schema":"perscoach.mine.1","trainer":"squat"}', '{"schema":"perscoach.mine.1","trainer":"squat","accepted":null,"sessions":[]}x']) {
  test(`another file is refused: ${text.slice(0, 60)}`, () => assert.equal(fromFile(text, "squat"), null));
}

test("numbers that cannot be are left out", () => {
  const value = {
    schema: "perscoach.mine.1", trainer: "squat", accepted: { hip_drop: "x", trunk_lean: 1e9, heels: 0.5 },
    sessions: [null, { made: "never", form: 3 }, { made: "2026-01-02", form: -1 }, { made: "2026-01-02", form: 300, reps: "two", groups: { depth: {} } }],
  };
  const read = fromFile(JSON.stringify(value), "squat");
  assert.deepEqual(read?.accepted, { heels: 0.5 });
  assert.deepEqual(read?.sessions, [{ made: "2026-01-02T00:00:00.000Z", form: 100, reps: null, attempts: null, groups: { depth: null } }]);
});

// Recordings of landmarks: read, refused, made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, readLandmarks, Recorder } from '../../perscoach/mirror/page/landmarks.mjs';

const numbers = (n, v = 0.5) => Array.from({ length: n }, () => v);
const frame = (t, more = {}) => ({ t, world: numbers(99), visibility: numbers(33), image: numbers(66), ...more });
const file = (frames) => ({ schema: 'perscoach.landmarks.1', width: 320, height: 240, model: 'x', frames });

/** A source that gives what it is told to. */
class Told {
  constructor() {
    this.listeners = [];
    this.width = 640;
    this.height = 480;
  }
  onPose(callback) {
    this.listeners.push(callback);
  }
  stats() {
    return { fps: 30, delegate: 'CPU', model: 'full' };
  }
  give(time, seen = true) {
    const world = seen ? Float64Array.from(numbers(99, 0.123456)) : null;
    const pose = { time, world, visibility: new Float64Array(33), image: world && new Float64Array(66), latency: 0 };
    for (const listener of this.listeners) listener(pose);
  }
}

test('what a session recorded can be read again', () => {
  const source = new Told();
  const recorder = new Recorder(/** @type {any} */ (source));
  source.give(5);
  source.give(5.04, false);
  source.give(5.08);
  const { poses, width, duration } = readLandmarks(JSON.parse(JSON.stringify(recorder)));
  assert.equal(width, 640);
  assert.deepEqual(poses.map((one) => Number(one.time.toFixed(3))), [0, 0.04, 0.08]);
  assert.equal(poses[1].world, null);
  assert.ok(Math.abs(Number(poses[2].world?.[0]) - 0.1235) < 1e-9);
  assert.ok(Math.abs(duration - 0.12) < 1e-6);
});

test('nothing is kept without the wish, and a new source goes on in the same recording', () => {
  const [first, second] = /** @type {any[]} */ ([new Told(), new Told()]);
  assert.equal(keep(null, first, false), null);
  const recorder = keep(null, first, true);
  assert.equal(keep(recorder, first, true), recorder);
  first.give(1);
  keep(recorder, second, true);
  first.give(2); // nobody looks at it any more
  second.give(3);
  assert.deepEqual(recorder?.frames.map((one) => one.t), [1, 3]);
});

for (const [what, value] of Object.entries({
  'another schema': { schema: 'x', frames: [frame(0)] },
  'no frames': file([]),
  'times that stand still': file([frame(0), frame(0)]),
  'too few numbers': file([frame(0, { world: numbers(9) })]),
  'no numbers': file([frame(0, { image: numbers(66).fill(/** @type {any} */ (null)) })]),
  nothing: null,
})) {
  test(`refused: ${what}`, () => assert.throws(() => readLandmarks(value), { code: 'file' }));
}

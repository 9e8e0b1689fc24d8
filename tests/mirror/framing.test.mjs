// Where the client should go to be seen whole, and whether they hold still.
import assert from "node:assert/strict";
import test from "node:test";
import { hint, NEEDED, Stillness } from "../../perscoach/mirror/page/framing.mjs";

/** 33 points of a body that fills the box of shares of the picture. */
function image(left, right, top, bottom) {
  const out = new Float64Array(66).fill((left + right) / 2);
  for (let i = 0; i < 33; i++) {
    out[2 * i] = i % 2 ? right : left;
    out[2 * i + 1] = i < 13 ? top : i < 25 ? (top + bottom) / 2 : bottom;
  }
  return out;
}
const seen = new Float64Array(33).fill(0.9);

for (const [what, box, expected] of /** @type {[string, [number, number, number, number], string|null][]} */ ([
  ["well in the picture", [0.35, 0.65, 0.1, 0.9], null],
  ["too near", [0.3, 0.7, 0.01, 0.99], "back"],
  ["wider than the picture", [-0.1, 1.1, 0.2, 0.9], "back"],
  ["at the camera's left, which is the client's right", [-0.02, 0.3, 0.1, 0.9], "left"],
  ["at the camera's right", [0.7, 1.05, 0.1, 0.9], "right"],
  ["feet cut off", [0.4, 0.6, 0.3, 1.1], "down"],
  ["head cut off", [0.4, 0.6, -0.05, 0.7], "up"],
  ["far away", [0.45, 0.55, 0.4, 0.65], "closer"],
  ["lying, near enough", [0.1, 0.9, 0.6, 0.8], null],
])) {
  test(`${what}: ${expected}`, () => assert.equal(hint(image(...box), seen), expected));
}

test("every joint that is needed is asked for; in the dark the answer is light", () => {
  const box = image(0.35, 0.65, 0.1, 0.9);
  for (const joint of NEEDED) {
    const visibility = Float64Array.from(seen);
    visibility[joint] = 0.2;
    assert.equal(hint(box, visibility), "hidden", String(joint));
    assert.equal(hint(box, visibility, 20), "light", String(joint));
  }
  assert.equal(hint(null, seen), "nobody");
  assert.equal(hint(null, seen, 10), "light");
  assert.equal(hint(box, seen, 20), null, "a body that is seen well needs no light");
});

test("who stands sideways shows one of each pair, but all of the trunk", () => {
  const box = image(0.35, 0.65, 0.1, 0.9);
  box[22] = box[24] = 0.5; // one shoulder before the other
  for (const far of [13, 15, 25, 27]) {
    const visibility = Float64Array.from(seen);
    visibility[far] = 0.1;
    assert.equal(hint(box, visibility), null, String(far));
    visibility[far + 1] = 0.1;
    assert.equal(hint(box, visibility), "hidden", String(far));
  }
  const visibility = Float64Array.from(seen);
  visibility[24] = 0.1;
  assert.equal(hint(box, visibility), "hidden");
});

test("who crouches is not asked to come closer", () => {
  const box = image(0.4, 0.6, 0.5, 0.85);
  for (const i of [11, 12]) box[2 * i + 1] = 0.55;
  for (const i of [23, 24]) box[2 * i + 1] = 0.72;
  assert.equal(hint(box, seen), null);
});

test("trembling is still, a step is not, and forgetting begins anew", () => {
  const stillness = new Stillness();
  const world = new Float64Array(99).map((_, i) => Math.sin(i));
  assert.ok(stillness.add(world));
  assert.ok(stillness.add(world.map((v, i) => v + (i % 2 ? 0.015 : -0.015))));
  const moved = Float64Array.from(world);
  moved[3 * 15] += 0.2;
  assert.equal(stillness.add(moved), false);
  stillness.forget();
  assert.ok(stillness.add(moved));
  assert.equal(stillness.worlds.length, 1);
});

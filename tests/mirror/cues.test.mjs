// What is said when: one thing at a time, the limb that is wrong longest, in the client's own sides.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { CueMaker, CUES, direction, facing } from "../../perscoach/mirror/page/cues.mjs";
import { TEXTS } from "../../perscoach/mirror/page/texts.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const names = rules.bones.map((bone) => bone.name);

/** A person who stands upright and faces the camera, arms hanging; metres, x right, y down, z away. */
function standing() {
  const world = new Float64Array(99);
  const place = {
    0: [0, -0.65, -0.1], 11: [0.18, -0.5, 0], 12: [-0.18, -0.5, 0], 13: [0.2, -0.2, 0], 14: [-0.2, -0.2, 0], 15: [0.21, 0.05, 0], 16: [-0.21, 0.05, 0],
    23: [0.1, 0, 0], 24: [-0.1, 0, 0], 25: [0.11, 0.42, 0], 26: [-0.11, 0.42, 0], 27: [0.11, 0.84, 0], 28: [-0.11, 0.84, 0],
  };
  for (const [i, xyz] of Object.entries(place)) world.set(xyz, 3 * Number(i));
  return world;
}

/** The same person turned about the vertical by `degrees`. */
function turned(world, degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return world.map((_, i) => [world[i] * c - world[i + 2] * s, world[i], world[i - 2] * s + world[i] * c][i % 3]);
}

function limbs(changes = {}) {
  return names.map((name) => ({ angle: 5, form: 1, weight: 1, colour: "green", arrow: [0, 0, 0], ...changes[name] }));
}

/** Steps at 10 Hz; the cues with their times. */
function play(maker, from, to, make, world = standing()) {
  const said = [];
  for (let i = Math.round(from * 10); i < Math.round(to * 10); i++) {
    const cue = maker.step(i / 10, make(i / 10), world);
    if (cue) said.push(cue);
  }
  return said;
}

test("forward is away from the back, whichever way the client stands", () => {
  assert.deepEqual(facing(standing()).forward.map((v) => Math.round(v) + 0), [0, 0, -1]);
  assert.deepEqual(facing(turned(standing(), 180)).forward.map((v) => Math.round(v) + 0), [0, 0, 1]);
  // The left shoulder away from the camera: the client looks to the picture's right.
  assert.deepEqual(facing(turned(standing(), 90)).forward.map((v) => Math.round(v) + 0), [1, 0, 0]);
});

const body = facing(standing());
for (const [name, arrow, bend, expected] of /** @type {[string, number[], number, string|null][]} */ ([
  ["left_upper_arm", [0.1, -0.9, 0], 0, "left_upper_arm.up"],
  ["left_upper_arm", [0.1, 0.9, 0], 0, "left_upper_arm.down"],
  ["left_upper_arm", [0.8, -0.3, 0], 0, "left_upper_arm.out"],
  ["right_upper_arm", [0.8, -0.3, 0], 0, "right_upper_arm.in"],
  ["right_upper_arm", [-0.8, -0.3, 0], 0, "right_upper_arm.out"],
  ["right_upper_arm", [0, -0.3, -0.8], 0, "right_upper_arm.forward"],
  ["trunk", [0, 0.1, 0.5], 0, "trunk.back"],
  ["trunk", [0, 0.1, -0.5], 0, "trunk.forward"],
  ["trunk", [0.4, 0.1, 0], 0, "trunk.left"],
  ["trunk", [0.05, -0.4, 0.1], 0, "trunk.up"],
  ["left_thigh", [0.1, -0.5, -0.3], 30, "left_thigh.bend"],
  ["left_thigh", [0.1, 0.5, 0.3], -30, "left_thigh.straighten"],
  ["left_thigh", [0.5, 0.1, 0], 5, "left_thigh.out"],
  ["left_forearm", [0.02, 0.03, 0], 0, null],
])) {
  test(`${name} along ${arrow} (${bend} degrees): ${expected}`, () => assert.equal(direction(name, arrow, body, bend), expected));
}

test("the limb that is red longest is named, in its own side, and nothing else for four seconds", () => {
  const maker = new CueMaker(rules);
  const red = { colour: "red", arrow: [0.1, -0.9, 0] };
  const said = play(maker, 0, 3.9, (t) => limbs({ left_upper_arm: red, ...(t > 0.2 ? { trunk: { colour: "red", arrow: [0, 0.1, 0.5] } } : {}) }));
  assert.deepEqual(said.map((cue) => cue.key), ["left_upper_arm.up"]);
  assert.ok(said[0].time >= CUES.after && said[0].time < 1);
});

test("at most one cue in every four seconds, however much is wrong", () => {
  const maker = new CueMaker(rules);
  const red = Object.fromEntries(names.map((name) => [name, { colour: "red", arrow: [0.5, -0.5, 0.2] }]));
  const said = play(maker, 0, 30, () => limbs(red));
  assert.ok(said.length >= 6 && said.length <= 8, `${said.length}`);
  for (let i = 1; i < said.length; i++) assert.ok(said[i].time - said[i - 1].time >= CUES.cooldown - 1e-9);
});

test("praise when what was named is right again, once", () => {
  const maker = new CueMaker(rules);
  const said = play(maker, 0, 12, (t) => limbs(t < 3 ? { right_forearm: { colour: "red", arrow: [0, -0.8, 0] } } : {}));
  assert.deepEqual(said.map((cue) => cue.kind), ["fix", "praise"]);
  assert.equal(said[1].limb, "right_forearm");
  assert.ok(said[1].time >= 3 + CUES.calm - 0.05 && said[1].time < 5);
});

test("no praise for a limb that went out of sight or is still nearly wrong", () => {
  for (const colour of ["grey", "amber"]) {
    const said = play(new CueMaker(rules), 0, 12, (t) => limbs({ right_forearm: { colour: t < 3 ? "red" : colour, arrow: [0, -0.8, 0] } }));
    assert.deepEqual(said.map((cue) => cue.kind), ["fix"], colour);
  }
});

test("nothing is said out of the picture, and what was wrong before does not count afterwards", () => {
  const maker = new CueMaker(rules);
  const red = limbs({ trunk: { colour: "red", arrow: [0, 0.1, 0.5] } });
  assert.deepEqual(play(maker, 0, 5, () => []), []);
  maker.step(5, red, standing());
  maker.step(5.1, [], null);
  assert.equal(maker.step(5.2, red, standing()), null);
});

test("a squat that is too shallow on both sides is one cue for both knees", () => {
  // Thighs should lie forward and shins back: the knees should bend.
  const changes = {};
  for (const side of ["left", "right"]) {
    changes[`${side}_thigh`] = { colour: "red", arrow: [0, -0.7, -0.7] };
    changes[`${side}_shin`] = { colour: "amber", arrow: [0, -0.1, 0.4] };
  }
  const said = play(new CueMaker(rules), 0, 3, () => limbs(changes));
  assert.deepEqual(said.map((cue) => cue.key), ["knees.bend"]);
});

test("a written cue stays for a while and then goes", () => {
  const maker = new CueMaker(rules);
  const [cue] = play(maker, 0, 2, () => limbs({ trunk: { colour: "red", arrow: [0, 0.1, 0.5] } }));
  assert.equal(maker.shown(cue.time + CUES.shown - 0.1), cue);
  assert.equal(maker.shown(cue.time + CUES.shown + 0.1), null);
});

test("every direction that a cue can name has words", () => {
  const ways = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]];
  for (const name of names) {
    for (const bend of [-40, 0, 40]) {
      for (const way of ways) {
        const key = direction(name, way, body, bend);
        if (key) assert.ok(TEXTS[key], key);
      }
    }
    assert.ok(TEXTS[`limb.${name}`], name);
  }
});

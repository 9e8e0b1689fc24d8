// The trainer's figure: what nobody saw is drawn grey and dashed, the rest in the trainer's colour and whole.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { drawTrack } from "../../perscoach/mirror/page/overlay.mjs";
import { LIMB, TRAINER } from "../../perscoach/mirror/page/palette.mjs";

const rules = JSON.parse(readFileSync(new URL("../../perscoach/score/rules.json", import.meta.url), "utf-8"));
const LEGS = rules.points.map((/** @type {string} */ name) => Number(/knee|ankle|heel|toe|foot/.test(name)));

/** A canvas that keeps what is stroked. */
class Recorder {
  constructor() {
    /** @type {{style: string, dashed: boolean, ends: number[][]}[]} */
    this.strokes = [];
    this.strokeStyle = "";
    this.dash = /** @type {number[]} */ ([]);
    /** @type {number[][]} */
    this.kept = [];
    /** @type {number[][]} */
    this.ends = [];
  }

  save() { this.kept.push(this.dash); }
  restore() { this.dash = this.kept.pop() ?? []; }
  /** @param {number[]} dash */
  setLineDash(dash) { this.dash = dash; }
  beginPath() { this.ends = []; }
  /** @param {number} x @param {number} y */
  moveTo(x, y) { this.ends.push([x, y]); }
  /** @param {number} x @param {number} y */
  lineTo(x, y) { this.ends.push([x, y]); }
  arc() {}
  stroke() { this.strokes.push({ style: this.strokeStyle, dashed: this.dash.length > 0, ends: this.ends }); }
}

/** Point i stands at (10 i, i). @param {ArrayLike<number>} guessed */
function drawn(guessed) {
  const recorder = new Recorder();
  const pixels = Float64Array.from({ length: 34 }, (_, i) => (i % 2 ? Math.floor(i / 2) : 5 * i));
  const place = { x: 0, y: 0, width: 200, height: 100 };
  drawTrack(/** @type {any} */ (recorder), pixels, { width: 200, height: 100 }, place, rules, guessed);
  return recorder.strokes;
}

test("legs that nobody saw are grey and dashed", () => {
  const strokes = drawn(LEGS);
  const dashed = strokes.filter((stroke) => stroke.dashed);
  assert.equal(dashed.length, 1);
  assert.equal(dashed[0].style, LIMB.grey.colour);
  const reaches = (/** @type {number[][]} */ ends) => LEGS.some((/** @type {number} */ leg, /** @type {number} */ i) => leg && ends.some(([x, y]) => Math.abs(x - 10 * i) < 1e-9 && Math.abs(y - i) < 1e-9));
  assert.ok(reaches(dashed[0].ends));
  const whole = strokes.filter((stroke) => !stroke.dashed);
  assert.ok(whole.some((stroke) => stroke.style === TRAINER && stroke.ends.length > 4));
  assert.ok(whole.every((stroke) => !reaches(stroke.ends)), "no leg is drawn as if it had been seen");
});

test("nothing is dashed where everything was seen", () => {
  assert.ok(drawn(new Uint8Array(17)).filter((stroke) => stroke.dashed).every((stroke) => !stroke.ends.length));
});

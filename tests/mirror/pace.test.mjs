// The trainer's time behind a pose, the client's memory, the marks that the trainer passes; what keys mean.
import assert from "node:assert/strict";
import test from "node:test";
import { keyAction } from "../../perscoach/mirror/page/keys.mjs";
import { History, Passed, Trail } from "../../perscoach/mirror/page/pace.mjs";

test("between two frames by their times, after the last by its speed, before the first not at all", () => {
  const history = new History();
  assert.equal(history.at(1), null);
  history.add(10, 2, 0.5);
  history.add(10.4, 2.2, 0.5);
  assert.ok(Math.abs(Number(history.at(10.2)?.time) - 2.1) < 1e-9);
  assert.ok(Math.abs(Number(history.at(10.8)?.time) - 2.4) < 1e-9);
  assert.equal(history.at(5), null);
  assert.ok(Number(history.at(20)?.time) <= 2.2 + 0.5, "a stopped page does not run away");
});

test("a page that stutters does not make the trainer jump, a loop does", () => {
  const history = new History();
  history.add(10, 5, 1);
  history.add(10.9, 5.9, 1); // nothing for nine tenths of a second
  assert.ok(Math.abs(Number(history.at(10.7)?.time) - 5.7) < 1e-9);
  history.add(11, 0, 1); // from the end to the start
  assert.ok(Math.abs(Number(history.at(10.95)?.time) - 5.95) < 1e-9);
  assert.ok(Math.abs(Number(history.at(11.1)?.time) - 0.1) < 1e-9);
});

test("the trainer stands while it waits", () => {
  const history = new History();
  history.add(10, 5, 1);
  history.add(10.01, 5, 0);
  assert.deepEqual(history.at(12), { time: 5, rate: 0 });
});

test("the history and the memory stay small", () => {
  const history = new History();
  for (let i = 0; i < 10000; i++) history.add(i / 30, i / 30, 1);
  assert.ok(history.kept.length < 100);
  const recorder = new Trail(50);
  for (let i = 0; i < 1000; i++) recorder.add(i / 10, new Float64Array(66).fill(i));
  assert.equal(recorder.points?.length, 50 * 66);
  assert.equal(recorder.near(99.9)?.[0], 999);
  assert.equal(recorder.near(10), null, "long forgotten");
});

test("ten poses a second are kept", () => {
  const recorder = new Trail(100);
  for (let i = 0; i < 60; i++) recorder.add(i / 30, new Float64Array(66));
  assert.ok(recorder.count >= 15 && recorder.count <= 20, String(recorder.count));
});

test("marks count when they are passed by playing, not by jumping", () => {
  const passed = new Passed([1, 2, 3]);
  for (let i = 0; i <= 25; i++) passed.step(i / 10);
  assert.equal(passed.count, 2);
  passed.step(0);
  passed.step(2.9);
  assert.equal(passed.count, 2);
  passed.step(3.1);
  assert.equal(passed.count, 3);
});

test("keys: letters by their place, nothing while choosing, Escape always", () => {
  const button = { tagName: "BUTTON" };
  assert.equal(keyAction({ key: " ", target: { tagName: "MAIN" } }), "toggle");
  assert.equal(keyAction({ key: " ", target: button }), null);
  assert.equal(keyAction({ key: "ь", code: "KeyM", target: button }), "mirror");
  assert.equal(keyAction({ key: "m", code: "KeyM", ctrlKey: true }), null);
  assert.equal(keyAction({ key: "ArrowLeft", target: { tagName: "INPUT", type: "range" } }), null);
  assert.equal(keyAction({ key: "Escape", target: { tagName: "SELECT" } }), "stop");
  assert.equal(keyAction({ key: "q", code: "KeyQ" }), null);
});

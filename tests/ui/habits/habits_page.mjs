// A small room around the working habits: real sliders, the processor's renderer, one still; driven by the tests beside it.

import { Copying } from "/colour/copying.mjs";
import { Slider } from "/colour/controls.mjs";
import { el } from "/web/elements.mjs";
import { speaker } from "/web/words.mjs";
import { Gallery, presetsFrom } from "/colour/gallery.mjs";
import { render } from "/colour/grade.mjs";
import { Habits } from "/colour/habits.mjs";
import * as history from "/colour/history.mjs";
import { Painter } from "/colour/painter.mjs";

const { setup, still } = await (await fetch("/setup.json")).json();
const tests = /** @type {any} */ (window); // what the tests put there and look at
const t = speaker(setup.texts);
const { parameters } = setup;
const log = [];
/** @type {Shared.Look|null} */
let look = null;
const sliders = parameters.map((one) => new Slider(one, t, () => { habits.changed(`colour_${one.name}`); gallery.match(grade()); }));
const grade = () => history.gradeOf(parameters, ({ name }) => sliders.find((slider) => slider.parameter.name === name).value);
const put = (values) => {
  for (const slider of sliders) slider.set(values[slider.parameter.name], false);
  gallery.match(grade());
};
const habits = new Habits(t, {
  parameters,
  get: () => ({ grade: grade(), look }),
  apply: (choice, why) => { log.push(why); look = choice.look; put(choice.grade); },
  showing: (slot) => log.push(`shows ${slot}`),
  compareWith: (choice, slot) => log.push(choice ? `beside ${slot} ${choice.grade.contrast}` : "beside nothing"),
});
/** @type {{width: number, height: number, planes: Uint8Array}|null} */
let frame = { width: still.width, height: still.height, planes: Uint8Array.from(atob(still.planes), (c) => c.charCodeAt(0)) };
let asked = [];
const gallery = new Gallery(t, setup.presets, {
  parameters,
  thumbnail: (choice, size) => {
    if (!frame) return null;
    asked.push({ choice, size });
    return render(frame, null, choice.grade, setup.maths, new ImageData(frame.width, frame.height));
  },
  choose: (values) => { put(values); habits.changed("colour_preset"); },
  say: (sentence) => log.push(sentence),
});
const copying = new Copying(t, { jobs: () => tests.askJobs(), copy: (to) => tests.askCopy(to, { grade: grade(), look }) });
const name = el("input", { type: "text", id: "name", "aria-label": "name" });
document.querySelector(".pcc-look")?.append(habits.element);
document.querySelector(".pcc-controls")?.append(gallery.element, ...sliders.map((slider) => slider.element), name, copying.element);
window.addEventListener("keydown", (event) => habits.key(event));
tests.room = { presetsFrom, habits, gallery, copying, history, grade, put, log, parameters, setup, still: (value) => { frame = value ?? frame; },
  paint: () => {
    const painter = Painter.create(document.createElement("canvas"), setup.maths);
    if (!painter || !frame) return false;
    painter.still({ ...frame, alpha: null });
    gallery.thumbnail = (choice, size) => painter.read({ left: null, right: choice, split: 0, mark: false }, { ...size, smooth: true });
    return true;
  },
  noStill: () => { frame = null; }, asked: () => asked.splice(0) };
document.body.dataset.ready = "1";

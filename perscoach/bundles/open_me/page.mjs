// The package's own page: the cut-out over a backdrop, the body in 3D, the code for a website, the files.

/**
 * @typedef {{fps: number, names: string[], edges: [number, number][], joints: string, valid: string, guessed: string}} Movement
 * @typedef {{name: string, purpose: string, bytes: number}} Entry
 * @typedef {{name: string, movement: Movement, files: Entry[], texts: Record<string, Record<string, string>>}} Data
 */

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const data = /** @type {Data} */ (JSON.parse(element("data").textContent ?? ""));
let language = navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
let backdrop = "page";

/** @param {string} key */
const say = (key) => data.texts[language]?.[key] ?? key;

/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// -- the cut-out -----------------------------------------------------------------------------------------------------

const video = /** @type {HTMLVideoElement} */ (element("video"));
const has = (/** @type {string} */ name) => data.files.some((file) => file.name === name);
const sources = [
  ["trainer_transparent.mov", 'video/quicktime; codecs="hvc1"'],
  ["trainer_transparent.webm", 'video/webm; codecs="vp9"'],
].filter(([name]) => has(name ?? ""));
sources.forEach(([name, type], index) => {
  const source = document.createElement("source");
  source.src = name ?? "";
  source.type = type ?? "";
  if (index === sources.length - 1) source.addEventListener("error", () => (element("no-video").hidden = false));
  video.append(source);
});
if (!playing) video.autoplay = false;

const code = [
  '<video autoplay loop muted playsinline poster="poster.webp" width="300">',
  ...sources.map(([name, type]) => `  <source src="${name}" type='${type}'>`),
  '  <img src="poster.webp" alt="" width="300">',
  "</video>",
].join("\n");

function drawBackdrops() {
  const buttons = ["page", "white", "black", "colour"].map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say(`backdrop_${name}`);
    button.setAttribute("aria-pressed", String(name === backdrop));
    button.addEventListener("click", () => {
      backdrop = name;
      element("stage").dataset.backdrop = name;
      drawBackdrops();
      /** @type {HTMLElement | null} */ (element("backdrops").querySelector("[aria-pressed=true]"))?.focus();
    });
    return button;
  });
  element("backdrops").setAttribute("aria-label", say("backdrop"));
  element("backdrops").replaceChildren(...buttons);
}

// -- the body --------------------------------------------------------------------------------------------------------

const movement = data.movement;
const canvas = /** @type {HTMLCanvasElement} */ (element("body"));
const seek = /** @type {HTMLInputElement} */ (element("seek"));
const joints = new Int16Array(bytesOf(movement.joints).buffer);
const valid = bytesOf(movement.valid);
const guessed = bytesOf(movement.guessed);
const count = movement.names.length;
const poses = valid.length;
const first = Math.max(0, valid.indexOf(1));
let frame = first;
let clock = first;
let turn = 0;
let tilt = 0.12;
const HEAD = 105; // millimetres: half of a head's height without the chin's and the crown's tips
const FACE = /eye|ear|mouth|nose/;
seek.max = String(Math.max(0, poses - 1));
element("guessed").hidden = !guessed.some((g, i) => g && valid[Math.floor(i / count)]);

/** Middle, lowest point and reach over the whole movement, millimetres. */
const space = (() => {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < joints.length; i += 1) {
    if (!valid[Math.floor(i / 3 / count)]) continue;
    const axis = i % 3;
    const value = joints[i] ?? 0;
    low[axis] = Math.min(low[axis] ?? value, value);
    high[axis] = Math.max(high[axis] ?? value, value);
  }
  const middle = low.map((value, axis) => (value + (high[axis] ?? 0)) / 2);
  return { middle, floor: low[1] ?? 0, reach: Math.max(500, ...low.map((value, axis) => (high[axis] ?? 0) - value)) };
})();

/** A point as the viewer sees it: [x, y, depth, scale]. @param {number} x @param {number} y @param {number} z */
function seen(x, y, z) {
  const [mx = 0, my = 0, mz = 0] = space.middle;
  const [dx, dy, dz] = [x - mx, y - my, z - mz];
  const across = dx * Math.cos(turn) + dz * Math.sin(turn);
  const away = -dx * Math.sin(turn) + dz * Math.cos(turn);
  const up = dy * Math.cos(tilt) - away * Math.sin(tilt);
  const depth = dy * Math.sin(tilt) + away * Math.cos(tilt);
  const eye = 4 * space.reach;
  const scale = (Math.min(canvas.width, canvas.height) * 0.78 * eye) / (space.reach * (eye - depth));
  return [canvas.width / 2 + across * scale, canvas.height / 2 - up * scale, depth, scale];
}

/** @param {string} name */
const colourOf = (name) => (name.startsWith("left") ? "#5ab0ff" : name.startsWith("right") ? "#ffb25a" : "#e8edf3");

/** @param {CanvasRenderingContext2D} pen */
function drawFloor(pen) {
  const [mx = 0, , mz = 0] = space.middle;
  const half = space.reach * 0.6;
  pen.strokeStyle = "#2c3947";
  pen.lineWidth = 1;
  for (let i = -3; i <= 3; i += 1) {
    const at = (half * i) / 3;
    for (const [a, b] of [[seen(mx + at, space.floor, mz - half), seen(mx + at, space.floor, mz + half)], [seen(mx - half, space.floor, mz + at), seen(mx + half, space.floor, mz + at)]]) {
      if (!a || !b) continue;
      pen.beginPath();
      pen.moveTo(a[0] ?? 0, a[1] ?? 0);
      pen.lineTo(b[0] ?? 0, b[1] ?? 0);
      pen.stroke();
    }
  }
}

function draw() {
  const ratio = Math.min(2, devicePixelRatio);
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.clearRect(0, 0, width, height);
  drawFloor(pen);
  if (!valid[frame]) return;
  const points = Array.from({ length: count }, (_, j) => {
    const at = 3 * (frame * count + j);
    return seen(joints[at] ?? 0, joints[at + 1] ?? 0, joints[at + 2] ?? 0);
  });
  const bones = movement.edges
    .filter(([a, b]) => !FACE.test(`${movement.names[a]} ${movement.names[b]}`))
    .map(([a, b]) => ({ a, b, depth: ((points[a]?.[2] ?? 0) + (points[b]?.[2] ?? 0)) / 2 }))
    .sort((one, two) => one.depth - two.depth);
  pen.lineCap = "round";
  for (const { a, b } of bones) {
    const [from, to] = [points[a], points[b]];
    if (!from || !to) continue;
    const unseen = guessed[frame * count + a] || guessed[frame * count + b];
    const thin = /thumb|index|pinky|heel|foot|toe/.test(`${movement.names[a]} ${movement.names[b]}`);
    const size = (thin ? 14 : 38) * (from[3] ?? 1);
    pen.setLineDash(unseen ? [size, size * 1.6] : []);
    pen.lineWidth = Math.max(1.5, size);
    pen.strokeStyle = unseen ? "#7d8894" : colourOf(movement.names[b] ?? "");
    pen.beginPath();
    pen.moveTo(from[0] ?? 0, from[1] ?? 0);
    pen.lineTo(to[0] ?? 0, to[1] ?? 0);
    pen.stroke();
  }
  pen.setLineDash([]);
  drawHead(pen, points);
}

/** A ball between the ears, or about the nose, and a neck. @param {CanvasRenderingContext2D} pen @param {number[][]} points */
function drawHead(pen, points) {
  const at = (/** @type {string} */ name) => points[movement.names.indexOf(name)];
  const between = (/** @type {number[] | undefined} */ a, /** @type {number[] | undefined} */ b) =>
    a && b ? a.map((value, i) => (value + (b[i] ?? 0)) / 2) : undefined;
  const head = between(at("left_ear"), at("right_ear")) ?? at("nose");
  const neck = between(at("left_shoulder"), at("right_shoulder"));
  if (!head || !neck) return;
  const size = HEAD * (head[3] ?? 1);
  pen.fillStyle = pen.strokeStyle = guessed[frame * count + movement.names.indexOf("nose")] ? "#7d8894" : "#e8edf3";
  pen.lineWidth = size * 0.6;
  pen.beginPath();
  pen.moveTo(neck[0] ?? 0, neck[1] ?? 0);
  pen.lineTo(head[0] ?? 0, head[1] ?? 0);
  pen.stroke();
  pen.beginPath();
  pen.arc(head[0] ?? 0, head[1] ?? 0, size, 0, 2 * Math.PI);
  pen.fill();
}

/** @param {number} value */
function show(value) {
  frame = Math.min(poses - 1, Math.max(0, value));
  seek.value = String(frame);
  draw();
}

function sayPlaying() {
  element("play").textContent = say(playing ? "pause" : "play");
}

let before = 0;
/** @param {number} now */
function tick(now) {
  if (playing && poses > 1) {
    // with the video, so that both show the same moment
    clock = (video.paused ? clock + ((now - before) / 1000) * movement.fps : video.currentTime * movement.fps) % poses;
    if (Math.floor(clock) !== frame) show(Math.floor(clock));
  }
  before = now;
  requestAnimationFrame(tick);
}

element("play").addEventListener("click", () => {
  playing = !playing;
  if (playing) video.play().catch(() => {}); // without it the body moves alone
  else video.pause();
  sayPlaying();
});
for (const event of ["play", "pause"]) {
  video.addEventListener(event, () => {
    playing = !video.paused;
    sayPlaying();
  });
}
seek.addEventListener("input", () => {
  playing = false;
  video.pause();
  clock = Number(seek.value);
  video.currentTime = (clock + 0.5) / movement.fps;
  sayPlaying();
  show(clock);
});
canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
canvas.addEventListener("pointermove", (event) => {
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  turn += event.movementX / 150;
  tilt = Math.min(1.5, Math.max(-0.6, tilt + event.movementY / 200));
  draw();
});
canvas.addEventListener("keydown", (event) => {
  const step = /** @type {Record<string, [number, number]>} */ ({
    ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1],
  })[event.key];
  if (!step) return;
  event.preventDefault();
  turn += step[0];
  tilt = Math.min(1.5, Math.max(-0.6, tilt + step[1]));
  draw();
});
addEventListener("resize", draw);

// -- the code, the files, the words ----------------------------------------------------------------------------------

element("code").textContent = code;
element("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    getSelection()?.selectAllChildren(element("code"));
    document.execCommand("copy");
  }
  element("copy").textContent = say("copied");
});

/** @param {number} bytes */
function sizeOf(bytes) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

function drawFiles() {
  element("files").replaceChildren(...data.files.map((file) => {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = file.name;
    link.textContent = file.name;
    const purpose = document.createElement("span");
    purpose.textContent = say(`for_${file.purpose}`);
    row.append(link, purpose, ...(file.bytes ? [sizeOf(file.bytes)] : []));
    return row;
  }));
}

function speak() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const target of document.querySelectorAll("[data-text]")) {
    target.textContent = say(/** @type {HTMLElement} */ (target).dataset.text ?? "");
  }
  canvas.setAttribute("aria-label", say("movement"));
  seek.setAttribute("aria-label", say("movement"));
  element("language").lang = language === "ru" ? "en" : "ru";
  sayPlaying();
  drawBackdrops();
  drawFiles();
}

element("language").addEventListener("click", () => {
  language = language === "ru" ? "en" : "ru";
  speak();
});
speak();
show(first);
requestAnimationFrame((now) => {
  before = now;
  tick(now);
});

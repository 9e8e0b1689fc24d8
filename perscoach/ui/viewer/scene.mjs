// The body in Plotly: built once, then only restyled, so that the camera stays where the coach put it.

const FAR = 1.75;
const [FLOOR, MESH, BONES, JOINTS, GUESSES] = [0, 1, 2, 3, 4]; // in the order of drawing
const GUESS = { color: "#7b858f", width: 6 };
const DASHED = Array.from({ length: 6 }, (_, i) => [(i + 0.2) / 6, (i + 0.8) / 6]);
const SKIN = "#b9c6d6";
const GUESSED_SKIN = "#dcdfe2";
const LEFT = "#e07a3f";
const RIGHT = "#2f7fd6";
const MIDDLE = "#5b6875";

/** @param {string} name of a joint or an angle */
export function sideColour(name) {
  return name.startsWith("left") || name.endsWith("_left") ? LEFT : name.startsWith("right") || name.endsWith("_right") ? RIGHT : MIDDLE;
}

// Joints that crowd one spot say nothing in 3D: the face's and the fingers' are left to the mesh and the picture.
const CROWDED = /eye|mouth|finger|thumb|acromion|olecranon|fossa|_inner|_outer/;

/** @typedef {{x: Float32Array, y: Float32Array, z: Float32Array}} Places */
/** @typedef {"filmed"|"front"|"side"|"top"} View */

export class Scene {
  /**
   * @param {any} Plotly @param {any} element Plotly adds its own to it @param {import("../web/format.mjs").Movement} movement
   * @param {(joint: number|null, event?: MouseEvent) => void} onHover
   */
  constructor(Plotly, element, movement, onHover) {
    this.Plotly = Plotly;
    this.element = element;
    this.movement = movement;
    this.buffers = [0, 1].map(() => new Float32Array(3 * movement.vertexCount));
    this.turn = 0;
    /** @type {"both"|"mesh"|"skeleton"} */
    this.mode = "both";
    this.shown = movement.joints.map((_, j) => j).filter((j) => !CROWDED.test(movement.joints[j]));
    const kept = new Set(this.shown);
    this.edges = movement.edges.filter(([a, b]) => kept.has(a) && kept.has(b));
    this.onHover = onHover;
  }

  /** @param {number} frame */
  async open(frame) {
    const room = this.movement.room();
    const axis = (/** @type {number[]} */ range) => ({ range, autorange: false, visible: false, showspikes: false });
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", showlegend: false, uirevision: "kept", hovermode: "closest",
      scene: {
        xaxis: axis(room[0]), yaxis: axis(room[1]), zaxis: axis(room[2]), aspectmode: "data", dragmode: "turntable",
        uirevision: "kept", camera: this.eye("filmed", frame),
      },
    };
    const traces = [floorGrid(room), this.meshTrace(frame), this.boneTrace(frame), this.jointTrace(frame), this.guessTrace(frame)];
    await this.Plotly.newPlot(this.element, traces, layout, {
      displayModeBar: false, responsive: true, scrollZoom: true, doubleClick: false, plotGlPixelRatio: Math.max(1, Math.min(2, window.devicePixelRatio || 1)),
    });
    this.element.on("plotly_hover", (/** @type {{points: {curveNumber: number, pointNumber: number}[], event: MouseEvent}} */ event) => {
      const point = event.points.find((p) => p.curveNumber === JOINTS);
      if (point) this.onHover(this.shown[point.pointNumber], event.event);
    });
    this.element.on("plotly_unhover", () => this.onHover(null));
    this.liftBones();
    this.inner?.glplot?.redraw?.();
  }

  /** @param {number} frame */
  meshTrace(frame) {
    const { faces, colours } = this.movement.sections;
    const corner = (/** @type {number} */ c) => Int32Array.from({ length: faces.length / 3 }, (_, i) => faces[3 * i + c]);
    const guessed = this.movement.guessedSkin();
    const colour = guessed
      ? { vertexcolor: Array.from(guessed, (guess) => (guess ? GUESSED_SKIN : SKIN)) }
      : colours ? { vertexcolor: Array.from({ length: colours.length / 3 }, (_, i) => `rgb(${colours.subarray(3 * i, 3 * i + 3)})`) }
      : { color: SKIN };
    return {
      type: "mesh3d", ...this.meshOf(frame), i: corner(0), j: corner(1), k: corner(2), ...colour, hoverinfo: "skip", flatshading: false,
      lighting: { ambient: 0.55, diffuse: 0.7, specular: 0.08, roughness: 0.8, fresnel: 0.08, facenormalsepsilon: 0, vertexnormalsepsilon: 0 },
      lightposition: { x: -2000, y: -6000, z: 6000 },
    };
  }

  /** @param {number} frame */
  boneTrace(frame) {
    const names = this.movement.joints;
    const colours = this.edges.flatMap(([a, b]) => Array(3).fill(sideColour(names[a]) === sideColour(names[b]) ? sideColour(names[a]) : MIDDLE));
    return { type: "scatter3d", mode: "lines", ...this.bonesOf(frame), line: { color: colours, width: 6 }, hoverinfo: "skip" };
  }

  /** @param {number} frame */
  guessTrace(frame) {
    return { type: "scatter3d", mode: "lines", ...this.guessesOf(frame), line: GUESS, hoverinfo: "skip" };
  }

  /** @param {number} frame */
  jointTrace(frame) {
    const color = this.shown.map((j) => sideColour(this.movement.joints[j]));
    return { type: "scatter3d", mode: "markers", ...this.jointsOf(frame), hoverinfo: "none", marker: { size: 5, color, line: { color: "#ffffff", width: 1 } } };
  }

  /** @param {number} frame */
  meshOf(frame) {
    const out = this.movement.mesh(frame, this.buffers[(this.turn ^= 1)]);
    const v = this.movement.vertexCount;
    return { x: out.subarray(0, v), y: out.subarray(v, 2 * v), z: out.subarray(2 * v) };
  }

  /** The bones that were seen. @param {number} frame */
  bonesOf(frame) {
    return this.lines(frame, false, [[0, 1]]);
  }

  /** Bones with a guessed end, in pieces. Plotly's own dashes get shorter the more lines there are. @param {number} frame */
  guessesOf(frame) {
    return this.lines(frame, true, DASHED);
  }

  /** @param {number} frame @param {boolean} guessed @param {number[][]} pieces of a bone, 0..1 */
  lines(frame, guessed, pieces) {
    const size = 3 * pieces.length;
    const out = [0, 1, 2].map(() => new Float32Array(size * this.edges.length).fill(NaN)); // a gap after every piece
    this.edges.forEach(([a, b], e) => {
      if ((this.movement.guessed(frame, a) || this.movement.guessed(frame, b)) !== guessed) return;
      const [from, to] = [this.movement.joint(frame, a), this.movement.joint(frame, b)];
      pieces.forEach((ends, i) => ends.forEach((share, end) => {
        for (let k = 0; k < 3; k++) out[k][size * e + 3 * i + end] = from[k] + share * (to[k] - from[k]);
      }));
    });
    return { x: out[0], y: out[1], z: out[2] };
  }

  /** A guessed joint has no marker and no angle. @param {number} frame */
  jointsOf(frame) {
    const points = this.shown.map((j) => (this.movement.guessed(frame, j) ? [NaN, NaN, NaN] : this.movement.joint(frame, j)));
    const plane = (/** @type {number} */ k) => Float32Array.from(points, (p) => p[k]);
    return { x: plane(0), y: plane(1), z: plane(2) };
  }

  /** Move what is visible; resolves when the browser has drawn it. @param {number} frame */
  async show(frame) {
    /** @type {[number, Places][]} */
    const parts = [[JOINTS, this.jointsOf(frame)]]; // also without bones: the joints answer the cursor
    if (this.mode !== "skeleton") parts.push([MESH, this.meshOf(frame)]);
    if (this.mode !== "mesh") parts.push([BONES, this.bonesOf(frame)], [GUESSES, this.guessesOf(frame)]);
    if (!this.move(parts)) {
      const values = (/** @type {'x'|'y'|'z'} */ axis) => parts.map(([, part]) => part[axis]);
      await this.Plotly.restyle(this.element, { x: values("x"), y: values("y"), z: values("z") }, parts.map(([index]) => index));
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }

  // The short way: hand the new places to the drawn objects themselves, as restyle does at its end. restyle first works
  // out every default of the figure again, which takes several times as long as the movement. False where this version
  // of plotly.js is built otherwise; then restyle does it.
  /** @param {[number, Places][]} parts */
  move(parts) {
    const { inner } = this;
    const full = this.element._fullData;
    const drawn = parts.map(([index]) => inner?.traces?.[full?.[index]?.uid]);
    if (!inner?.glplot?.redraw || drawn.some((trace) => typeof trace?.update !== "function")) return false;
    parts.forEach(([index, part], i) => {
      Object.assign(this.element.data[index], part);
      Object.assign(full[index], part);
      drawn[i].update(full[index]);
    });
    this.liftBones();
    inner.glplot.redraw();
    return true;
  }

  get inner() {
    return this.element._fullLayout?.scene?._scene;
  }

  // Bones and joints are drawn over the body instead of inside it, and the cursor finds joints through the skin.
  liftBones() {
    const gl = this.inner?.glplot?.gl;
    if (!gl) return;
    for (const { index, name } of [{ index: BONES, name: "linePlot" }, { index: GUESSES, name: "linePlot" }, { index: JOINTS, name: "scatterPlot" }]) {
      const part = this.inner.traces[this.element._fullData[index].uid]?.[name];
      if (typeof part?.draw !== "function" || part.pcvLifted) continue;
      for (const method of ["draw", "drawTransparent", "drawPick"]) {
        const before = part[method];
        if (typeof before !== "function") continue;
        part[method] = function (/** @type {unknown[]} */ ...args) {
          gl.disable(gl.DEPTH_TEST);
          const result = before.apply(this, args);
          gl.enable(gl.DEPTH_TEST);
          return result;
        };
      }
      part.pcvLifted = true;
    }
    // Only joints answer the cursor: the rest need not be drawn a second time for it.
    for (const [index, name] of [[FLOOR, "linePlot"], [MESH, "mesh"], [BONES, "linePlot"], [GUESSES, "linePlot"]]) {
      const part = this.inner.traces[this.element._fullData[index].uid]?.[name];
      if (typeof part?.drawPick === "function") part.drawPick = () => {};
    }
  }

  /** @param {"both"|"mesh"|"skeleton"} mode @param {number} frame */
  setMode(mode, frame) {
    this.mode = mode;
    return this.applyMode(frame);
  }

  /** @param {number} frame */
  async applyMode(frame) {
    const { mode } = this;
    await this.Plotly.restyle(this.element, { visible: [mode !== "skeleton", mode !== "mesh", mode !== "mesh"] }, [MESH, BONES, GUESSES]);
    await this.Plotly.restyle(this.element, { opacity: mode === "mesh" ? 0 : 1 }, [JOINTS]);
    return this.show(frame);
  }

  /** @param {View} name @param {number} frame whose front and side are meant */
  view(name, frame) {
    return this.Plotly.relayout(this.element, { "scene.camera": this.eye(name, frame) });
  }

  /** Where the eye is, seen from the middle of the room: towards the person's own front, left side and top. @param {View} name @param {number} frame */
  from(name, frame) {
    if (name === "filmed") return this.movement.camera();
    const [x, y] = this.movement.facing(frame);
    if (name === "top") return [0.006 * x, 0.006 * y, 1.08]; // the front is at the lower edge
    return name === "front" ? [x, y, 0.05] : [-y, x, 0.05];
  }

  /** A narrow picture needs more distance for the same width. @param {View} name @param {number} frame */
  eye(name, frame) {
    const shape = this.element.clientWidth / Math.max(1, this.element.clientHeight);
    const far = FAR * Math.min(1.8, Math.max(1, 1.05 / (shape || 1)));
    const [x, y, z] = this.from(name, frame);
    return { eye: { x: x * far, y: y * far, z: z * far }, up: { x: 0, y: 0, z: 1 }, center: { x: 0, y: 0, z: 0.05 } }; // the buttons stand above the head
  }

  camera() {
    return this.inner.getCamera();
  }

  close() {
    this.Plotly.purge(this.element);
  }
}

/** @param {number[][]} room */
function floorGrid(room) {
  const step = 0.25;
  const x = [];
  const y = [];
  const [x0, x1, y0, y1] = [room[0][0], room[0][1], room[1][0], room[1][1]];
  for (let a = Math.ceil(x0 / step) * step; a <= x1; a += step) x.push(a, a, NaN), y.push(y0, y1, NaN);
  for (let b = Math.ceil(y0 / step) * step; b <= y1; b += step) x.push(x0, x1, NaN), y.push(b, b, NaN);
  return { type: "scatter3d", mode: "lines", x, y, z: x.map(() => 0), line: { color: "#c3ccd4", width: 1.5 }, hoverinfo: "skip" };
}

// Reads viewer.bin and compare.bin (perscoach/avatar/compact.py describes their layout) and rebuilds the mesh of a frame.
// On screen: x to the right, y away from the camera, z up, metres; the lowest point of the body stands on z = 0.

const MISSING = -32768;
const GUESSED = 2;
const TYPES = { float32: Float32Array, int16: Int16Array, uint16: Uint16Array, uint32: Uint32Array, uint8: Uint8Array };

/** @typedef {Record<string, Float32Array|Int16Array|Uint16Array|Uint32Array|Uint8Array>} Sections */

/** @param {ArrayBuffer} buffer @returns {[any, Sections]} the header, whose schema the caller knows, and the arrays */
function read(buffer) {
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 8));
  if (magic !== "PCVIEW01") throw new Error("not a viewer file");
  const length = new DataView(buffer).getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, length)));
  /** @type {Sections} */
  const sections = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(/** @type {Record<string, Shared.Section>} */ (header.sections))) {
    sections[name] = new TYPES[/** @type {keyof typeof TYPES} */ (dtype)](buffer, offset, shape.reduce((a, b) => a * b, 1));
  }
  return [header, sections];
}

/** @param {ArrayBuffer} buffer viewer.bin */
export function parse(buffer) {
  return new Movement(...read(buffer));
}

/** @param {ArrayBuffer} buffer compare.bin: another engine's movement of the same clip, frame for frame */
export function parseEngine(buffer) {
  const [header, sections] = read(buffer);
  return { track: new Track(header, sections), header: /** @type {Shared.EnginesHeader} */ (header) };
}

/** The joints in the picture and the angles of one engine. */
export class Track {
  /** @param {Shared.TrackHeader} header @param {Sections} sections */
  constructor(header, sections) {
    this.sections = sections;
    this.scales = header.sections;
    this.angleCount = header.angles.length;
    this.frames = header.frames;
    this.joints = header.skeleton.joints;
    this.edges = header.skeleton.edges;
    this.angles = this.real("angles");
    this.points2d = this.real("keypoints_2d");
  }

  /** A section of whole numbers as real ones, NaN where not known. @param {string} name */
  real(name) {
    const stored = this.sections[name];
    const scale = Number(this.scales[name].scale);
    const out = new Float32Array(stored.length);
    for (let i = 0; i < stored.length; i++) out[i] = stored[i] === MISSING ? NaN : stored[i] * scale;
    return out;
  }

  /** @param {number} frame */
  hasBody(frame) {
    return this.sections.valid[frame] === 1;
  }

  /** Pixels of the clip. @param {number} frame @param {number} j */
  point(frame, j) {
    const at = (frame * this.joints.length + j) * 2;
    return [this.points2d[at], this.points2d[at + 1]];
  }

  /** 0..1 @param {number} frame @param {number} j */
  confidence(frame, j) {
    return this.sections.confidence[frame * this.joints.length + j] / 255;
  }

  /** A joint that nobody saw: outside the picture, hidden, or of low confidence. @param {number} frame @param {number} j */
  guessed(frame, j) {
    return this.sections.seen?.[frame * this.joints.length + j] === GUESSED;
  }

  /** Degrees; NaN where there is no body or a joint of the angle is guessed. @param {number} frame @param {number} a */
  angle(frame, a) {
    return this.angles[frame * this.angleCount + a];
  }
}

export class Movement extends Track {
  /** @param {Shared.MovementHeader} header @param {Sections} sections */
  constructor(header, sections) {
    super(header, sections);
    this.header = header;
    this.fps = header.fps[0] / header.fps[1];
    this.vertexCount = header.mesh.vertices;
    this.components = header.mesh.components;
    // Where the floor is known it is level on screen; else its height is smoothed, as nothing tells a jump from an error.
    this.level = levelling(header.up ?? null);
    this.floor = header.up ? held(this.real("floor")) : evenFloor(this.real("floor"), sections.mesh_valid);
    this.points3d = this.real("joints_3d");
    const joint = new Float32Array(3);
    for (let at = 0; at < this.points3d.length; at += 3) {
      turn(this.level, this.points3d, at, 1, joint);
      this.points3d.set(joint, at);
    }
    this.repetitions = header.repetitions ?? [];
    // The basis as floats in planes x, y, z of the screen's axes, so that a frame is one pass over memory.
    const v = this.vertexCount;
    const basisScale = /** @type {number[]} */ (header.sections.basis.scale);
    this.coefficientScale = /** @type {number[]} */ (header.sections.coefficients.scale);
    this.mean = new Float32Array(3 * v);
    toPlanes(this.level, sections.mean, 0, this.mean, 0, v, 1);
    this.basis = new Float32Array(this.components * 3 * v);
    for (let k = 0; k < this.components; k++) toPlanes(this.level, sections.basis, k * 3 * v, this.basis, k * 3 * v, v, basisScale[k]);
  }

  /** The mesh of a frame, three planes of V numbers. @param {number} frame @param {Float32Array} out */
  mesh(frame, out) {
    const n = 3 * this.vertexCount;
    if (!this.sections.mesh_valid[frame]) return out.fill(NaN);
    out.set(this.mean);
    const scale = this.coefficientScale;
    for (let k = 0; k < this.components; k++) {
      const weight = this.sections.coefficients[frame * this.components + k] * scale[k];
      if (weight === 0) continue;
      const row = k * n;
      for (let i = 0; i < n; i++) out[i] += weight * this.basis[row + i];
    }
    const lift = this.floor[frame];
    for (let i = 2 * this.vertexCount; i < n; i++) out[i] += lift;
    return out;
  }

  /** Where a joint stands on screen: x, y, z. @param {number} frame @param {number} j */
  joint(frame, j) {
    const at = (frame * this.joints.length + j) * 3;
    const p = this.points3d;
    return [p[at], p[at + 1], this.floor[frame] + p[at + 2]];
  }

  /** 1 for each vertex of a limb that is guessed in most frames with a body, or null where none is. */
  guessedSkin() {
    const { far_joint: far, seen } = this.sections;
    if (!far || !seen) return null;
    const bodies = Array.from({ length: this.frames }, (_, frame) => frame).filter((frame) => this.hasBody(frame));
    const mostly = this.joints.map((_, j) => 2 * bodies.filter((frame) => this.guessed(frame, j)).length > bodies.length);
    const skin = Uint8Array.from(far, (j) => Number(mostly[j] ?? false));
    return skin.includes(1) ? skin : null;
  }

  /** From where the clip was filmed: the direction of the camera on screen, of length 1. */
  camera() {
    return turn(this.level, [0, 0, -1], 0, 1, new Float32Array(3));
  }

  /**
   * Where the person's own front is, around a frame: a level direction on screen, of length 1; to the camera where nobody
   * is seen. A person who lies has their head or their feet there.
   * @param {number} frame
   */
  facing(frame) {
    const at = PAIRS.flatMap(([left, right]) => {
      const [l, r] = [this.joints.indexOf(left), this.joints.indexOf(right)];
      return l >= 0 && r >= 0 ? [[l, r]] : [];
    });
    const sum = [0, 0];
    const reach = Math.round(this.fps / 2);
    for (let f = Math.max(0, frame - reach); f <= Math.min(this.frames - 1, frame + reach); f++) {
      if (!this.hasBody(f)) continue;
      for (const [l, r] of at) {
        const [a, b] = [this.joint(f, l), this.joint(f, r)];
        sum[0] += a[1] - b[1]; // across, to the person's left, turned by a quarter: left and up give front
        sum[1] -= a[0] - b[0];
      }
    }
    const size = Math.hypot(...sum);
    return size > 1e-6 ? sum.map((v) => v / size) : [0, -1];
  }

  /** [[x0, x1], [y0, y1], [0, z1]]: the room the whole movement needs, so that nothing breathes while scrubbing. */
  room() {
    const low = [Infinity, Infinity, 0];
    const high = [-Infinity, -Infinity, 1.5];
    for (let f = 0; f < this.frames; f++) {
      if (!this.hasBody(f)) continue;
      for (let j = 0; j < this.joints.length; j++) {
        const p = this.joint(f, j);
        for (let k = 0; k < 3; k++) {
          if (p[k] < low[k]) low[k] = p[k];
          if (p[k] > high[k]) high[k] = p[k];
        }
      }
    }
    const margin = [0.15, 0.15, 0.15];
    return [0, 1, 2].map((k) => {
      const a = Math.min(low[k], k < 2 ? -0.45 : 0);
      const b = Math.max(high[k], k < 2 ? 0.45 : 1.5);
      return [a - (k < 2 ? margin[k] : 0.02), b + margin[k]];
    });
  }
}

const PAIRS = [["left_hip", "right_hip"], ["left_shoulder", "right_shoulder"]];

/**
 * The rotation from the file's axes (x right, y down, z away from the camera) to the screen's, row by row: the shortest that
 * also stands the floor's normal upright.
 * @param {number[]|null} up
 */
function levelling(up) {
  const [x, y, z] = up ?? [0, -1, 0];
  const [a, b, c] = [x, z, -y]; // the normal in the screen's axes
  const k = 1 / (1 + Math.max(c, -0.99));
  return Float64Array.of(1 - k * a * a, a, -k * a * b, -k * a * b, b, 1 - k * b * b, a, -c, b);
}

/** @param {Float64Array} level @param {ArrayLike<number>} source @param {number} at @param {number} factor @param {Float32Array} out */
function turn(level, source, at, factor, out) {
  for (let k = 0; k < 3; k++) out[k] = factor * (level[3 * k] * source[at] + level[3 * k + 1] * source[at + 1] + level[3 * k + 2] * source[at + 2]);
  return out;
}

/**
 * @param {Float64Array} level @param {ArrayLike<number>} source V x 3 @param {number} start @param {Float32Array} out @param {number} at
 * @param {number} v @param {number} factor
 */
function toPlanes(level, source, start, out, at, v, factor) {
  const p = new Float32Array(3);
  for (let i = 0; i < v; i++) {
    turn(level, source, start + 3 * i, factor, p);
    for (let k = 0; k < 3; k++) out[at + k * v + i] = p[k];
  }
}

/** Frames without a number keep their neighbour's. @param {Float32Array} values */
function held(values) {
  const filled = values.slice();
  let last = NaN;
  for (let i = 0; i < filled.length; i++) {
    if (Number.isFinite(filled[i])) last = filled[i];
    else filled[i] = last;
  }
  for (let i = filled.length - 1; i >= 0; i--) {
    if (Number.isFinite(filled[i])) last = filled[i];
    else filled[i] = Number.isFinite(last) ? last : 0.9;
  }
  return filled;
}

/** The floor under the feet without jitter. @param {Float32Array} floor @param {ArrayLike<number>} valid */
function evenFloor(floor, valid) {
  const filled = held(floor.map((value, i) => (valid[i] ? value : NaN)));
  const out = new Float32Array(filled.length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    let weight = 0;
    for (let d = -2; d <= 2; d++) {
      const at = i + d;
      if (at < 0 || at >= out.length) continue;
      const w = 3 - Math.abs(d);
      sum += w * filled[at];
      weight += w;
    }
    out[i] = sum / weight;
  }
  return out;
}

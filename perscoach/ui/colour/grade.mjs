// The V11 grade without a graphics card: the arithmetic of perscoach/grade/reference.py through tables that are exact to
// 0.1 of a code of 255. Painter (painter.mjs) does the same where the browser has WebGL2.

const ROOT_STEPS = 2048; // entries of the Lab curve per unit of the square root, read with interpolation
const ROOT_TOP = 2.4; // above the square root of the largest linear value
const OUT_STEPS = 4096; // entries of the way back to codes per unit of the square root, read at the nearest
const OUT_TOP = 1.6; // beyond it every channel is clipped
const EDGE = (6 / 29) ** 3;
const SLOPE = (29 / 6) ** 2 / 3;
const OFFSET = 4 / 29;
const KNEE = 6 / 29;

/** @param {number} c */
const linearOf = (c) => {
  const a = Math.abs(c);
  return Math.sign(c) * (a <= 0.04045 ? a / 12.92 : ((a + 0.055) / 1.055) ** 2.4);
};
/** @param {number} c */
const srgbOf = (c) => (c <= 0.04045 / 12.92 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);
/** @param {number} c */
const held = (c) => Math.min(Math.max(c, 0), 1);
/** @param {number} c */
const codeOf = (c) => Math.floor(held(c) * 255 + 0.5);

const ROOTS = Float64Array.from({ length: Math.ceil(ROOT_TOP * ROOT_STEPS) + 2 }, (_, i) => {
  const t = (i / ROOT_STEPS) ** 2;
  return t > EDGE ? Math.cbrt(t) : SLOPE * t + OFFSET;
});

const BLOCK = 4096; // pixels that go through the sums together

const CURVE = Float64Array.from({ length: Math.ceil(OUT_TOP * OUT_STEPS) + 2 }, (_, i) => srgbOf((i / OUT_STEPS) ** 2));

/**
 * Tables over the 256 codes for red, green and blue: `codes` and `floats` after the tone and the gains; with a lift, `linear`
 * light after the tone and `out` from the square root of lifted light back to codes.
 * @typedef {{gains: number[], codes: Uint8Array[], floats: Float64Array[], lifted: Lifted|null}} Baked
 * @typedef {{strength: number, linear: Float64Array, out: Uint8Array[], toXyz: number[], toRgb: number[]}} Lifted
 */

/** The tables of a grade. @param {Shared.Grade} grade @param {Shared.Maths} maths @returns {Baked} */
export function bake(grade, maths) {
  const { brightness_boost: brightness, contrast, lab_lift: lift, red_boost: red, blue_reduce: blue } = grade;
  const gains = [red, 1, blue];
  const toned = (/** @type {number} */ code) => {
    let c = code / 255;
    if (brightness !== 0) c += brightness;
    if (contrast !== 1) c = 0.5 + (c - 0.5) * contrast;
    return c;
  };
  const floats = gains.map((gain) => Float64Array.from({ length: 256 }, (_, i) => held(toned(i) * gain)));
  const codes = floats.map((values) => Uint8Array.from(values, codeOf));
  if (lift === 0) return { gains, codes, floats, lifted: null };
  const linear = Float64Array.from({ length: 256 }, (_, i) => linearOf(toned(i)));
  const out = gains.map((gain) => Uint8Array.from(CURVE, (c) => codeOf(c * gain)));
  return { gains, codes, floats, lifted: { strength: maths.lift * lift, linear, out, toXyz: maths.to_xyz.flat(), toRgb: maths.to_rgb.flat() } };
}

/**
 * Grade a picture.
 * @template {{data: Uint8ClampedArray}} T
 * @param {{planes: Uint8Array}} frame @param {Uint8Array|null} alpha @param {Shared.Grade} grade @param {Shared.Maths} maths
 * @param {T} image of the frame's size, to fill with straight alpha @param {{cube: Colour.Cube, amount: number}|null} [look] applied after the grade
 */
export function render(frame, alpha, grade, maths, image, look = null) {
  const baked = bake(grade, maths);
  const pixels = new Uint32Array(image.data.buffer);
  if (look && look.amount > 0) fillLooked(frame.planes, alpha, baked, pixels, look);
  else if (baked.lifted) fillLifted(frame.planes, alpha, baked.lifted, pixels);
  else fillByCode(frame.planes, alpha, baked, pixels);
  return image;
}

/** @param {Uint8Array} planes @param {Uint8Array|null} alpha @param {Baked} baked @param {Uint32Array} pixels */
function fillByCode(planes, alpha, { codes: [red, green, blue] }, pixels) {
  const n = pixels.length;
  for (let i = 0; i < n; i++) {
    const a = alpha === null ? 255 : alpha[i];
    pixels[i] = (a << 24) | (blue[planes[2 * n + i]] << 16) | (green[planes[n + i]] << 8) | red[planes[i]];
  }
}

/** @param {Uint8Array} planes @param {Uint8Array|null} alpha @param {Lifted} baked @param {Uint32Array} pixels */
function fillLifted(planes, alpha, baked, pixels) {
  const n = pixels.length;
  const [red, green, blue] = baked.out;
  const last = red.length - 1;
  const lifted = new Float64Array(3 * BLOCK);
  for (let start = 0; start < n; start += BLOCK) {
    const count = Math.min(BLOCK, n - start);
    lift(planes, n, start, count, baked, lifted);
    for (let k = 0; k < count; k++) {
      const a = alpha === null ? 255 : alpha[start + k];
      const r = lifted[k];
      const g = lifted[BLOCK + k];
      const b = lifted[2 * BLOCK + k];
      const ri = r > 0 ? (Math.sqrt(r) * OUT_STEPS + 0.5) | 0 : 0;
      const gi = g > 0 ? (Math.sqrt(g) * OUT_STEPS + 0.5) | 0 : 0;
      const bi = b > 0 ? (Math.sqrt(b) * OUT_STEPS + 0.5) | 0 : 0;
      pixels[start + k] =
        (a << 24) | (blue[bi < last ? bi : last] << 16) | (green[gi < last ? gi : last] << 8) | red[ri < last ? ri : last];
    }
  }
}

/**
 * The lift of `count` pixels from `start`: linear red, green and blue into `out`, each a run of BLOCK.
 * @param {Uint8Array} planes @param {number} n @param {number} start @param {number} count @param {Lifted} lifted @param {Float64Array} out
 */
function lift(planes, n, start, count, { strength, linear, toXyz, toRgb }, out) {
  const roots = ROOTS;
  const gain = strength / 1.16;
  const [xr, xg, xb, yr, yg, yb, zr, zg, zb] = toXyz;
  const [rx, ry, rz, gx, gy, gz, bx, by, bz] = toRgb;
  for (let k = 0; k < count; k++) {
    const i = start + k;
    let r = linear[planes[i]];
    let g = linear[planes[n + i]];
    let b = linear[planes[2 * n + i]];
    let fy = yr * r + yg * g + yb * b;
    if (fy > EDGE) {
      const s = Math.sqrt(fy) * ROOT_STEPS;
      const j = s | 0;
      fy = roots[j] + (s - j) * (roots[j + 1] - roots[j]);
    } else fy = SLOPE * fy + OFFSET;
    const x = 1.16 * fy - 0.16;
    if (x > 0 && x < 1) {
      const rest = 1 - x;
      const rise = gain * x * x * rest * rest * rest * rest * rest;
      let fx = xr * r + xg * g + xb * b;
      if (fx > EDGE) {
        const s = Math.sqrt(fx) * ROOT_STEPS;
        const j = s | 0;
        fx = roots[j] + (s - j) * (roots[j + 1] - roots[j]);
      } else fx = SLOPE * fx + OFFSET;
      let fz = zr * r + zg * g + zb * b;
      if (fz > EDGE) {
        const s = Math.sqrt(fz) * ROOT_STEPS;
        const j = s | 0;
        fz = roots[j] + (s - j) * (roots[j + 1] - roots[j]);
      } else fz = SLOPE * fz + OFFSET;
      fx += rise;
      fy += rise;
      fz += rise;
      fx = fx > KNEE ? fx * fx * fx : (fx - OFFSET) / SLOPE;
      fy = fy > KNEE ? fy * fy * fy : (fy - OFFSET) / SLOPE;
      fz = fz > KNEE ? fz * fz * fz : (fz - OFFSET) / SLOPE;
      r = rx * fx + ry * fy + rz * fz;
      g = gx * fx + gy * fy + gz * fz;
      b = bx * fx + by * fy + bz * fz;
    }
    out[k] = r;
    out[BLOCK + k] = g;
    out[2 * BLOCK + k] = b;
  }
}

/**
 * V11 in full precision, then the look; slower, so only where there is one.
 * @param {Uint8Array} planes @param {Uint8Array|null} alpha @param {Baked} baked @param {Uint32Array} pixels
 * @param {{cube: Colour.Cube, amount: number}} look
 */
function fillLooked(planes, alpha, baked, pixels, { cube, amount }) {
  const n = pixels.length;
  const { gains, floats } = baked;
  const lifted = new Float64Array(3 * BLOCK);
  const rgb = new Float64Array(3);
  const seen = new Float64Array(3);
  for (let start = 0; start < n; start += BLOCK) {
    const count = Math.min(BLOCK, n - start);
    if (baked.lifted) lift(planes, n, start, count, baked.lifted, lifted);
    for (let k = 0; k < count; k++) {
      const i = start + k;
      for (let c = 0; c < 3; c++) {
        if (baked.lifted) rgb[c] = held(curved(lifted[c * BLOCK + k]) * gains[c]);
        else rgb[c] = floats[c][planes[c * n + i]];
      }
      sample(cube, rgb, seen);
      let pixel = alpha === null ? 255 << 24 : alpha[i] << 24;
      for (let c = 0; c < 3; c++) pixel |= codeOf(rgb[c] + amount * (seen[c] - rgb[c])) << (8 * c);
      pixels[i] = pixel;
    }
  }
}

/** Linear light to sRGB between the entries of a table. @param {number} value */
function curved(value) {
  if (value <= 0) return 0;
  const s = Math.min(Math.sqrt(value), OUT_TOP) * OUT_STEPS;
  const j = s | 0;
  return CURVE[j] + (s - j) * (CURVE[j + 1] - CURVE[j]);
}

const place = new Int32Array(3);
const part = new Float64Array(3);

/** A colour through a cube, between its eight points. @param {Colour.Cube} cube @param {Float64Array} rgb @param {Float64Array} out */
function sample({ size, table, domain: [low, high] }, rgb, out) {
  for (let c = 0; c < 3; c++) {
    const at = held((rgb[c] - low[c]) / (high[c] - low[c])) * (size - 1);
    place[c] = Math.min(Math.floor(at), size - 2);
    part[c] = at - place[c];
  }
  out[0] = out[1] = out[2] = 0;
  for (let corner = 0; corner < 8; corner++) {
    const r = corner & 1;
    const g = (corner >> 1) & 1;
    const b = corner >> 2;
    const weight = (r ? part[0] : 1 - part[0]) * (g ? part[1] : 1 - part[1]) * (b ? part[2] : 1 - part[2]);
    const at = 3 * (place[0] + r + size * (place[1] + g + size * (place[2] + b)));
    for (let c = 0; c < 3; c++) out[c] += weight * table[at + c];
  }
}

// The V11 grade in the browser: the arithmetic of perscoach/grade/reference.py through tables that are exact to 0.1 of a
// code of 255. `render` is the seam: another renderer (WebGL) needs to offer the same function, and nothing else here.

const ROOT_STEPS = 2048; // entries of the Lab curve per unit of the square root, read with interpolation
const ROOT_TOP = 2.4; // above the square root of the largest linear value
const OUT_STEPS = 4096; // entries of the way back to codes per unit of the square root, read at the nearest
const OUT_TOP = 1.6; // beyond it every channel is clipped
const EDGE = (6 / 29) ** 3;
const SLOPE = (29 / 6) ** 2 / 3;
const OFFSET = 4 / 29;
const KNEE = 6 / 29;

const linearOf = (c) => {
  const a = Math.abs(c);
  return Math.sign(c) * (a <= 0.04045 ? a / 12.92 : ((a + 0.055) / 1.055) ** 2.4);
};
const srgbOf = (c) => (c <= 0.04045 / 12.92 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);
const codeOf = (c) => Math.floor(Math.min(Math.max(c, 0), 1) * 255 + 0.5);

const ROOTS = Float64Array.from({ length: Math.ceil(ROOT_TOP * ROOT_STEPS) + 2 }, (_, i) => {
  const t = (i / ROOT_STEPS) ** 2;
  return t > EDGE ? Math.cbrt(t) : SLOPE * t + OFFSET;
});

/** The tables of a grade `{brightness_boost, contrast, lab_lift, red_boost, blue_reduce}`. */
export function bake(grade, maths) {
  const { brightness_boost: brightness, contrast, lab_lift: lift, red_boost: red, blue_reduce: blue } = grade;
  const gains = [red, 1, blue];
  const toned = (code) => {
    let c = code / 255;
    if (brightness !== 0) c += brightness;
    if (contrast !== 1) c = 0.5 + (c - 0.5) * contrast;
    return c;
  };
  const codes = gains.map((gain) => Uint8Array.from({ length: 256 }, (_, i) => codeOf(toned(i) * gain)));
  if (lift === 0) return { lift: 0, codes };
  const linear = Float64Array.from({ length: 256 }, (_, i) => linearOf(toned(i)));
  const out = gains.map((gain) =>
    Uint8Array.from({ length: Math.ceil(OUT_TOP * OUT_STEPS) + 1 }, (_, i) => codeOf(srgbOf((i / OUT_STEPS) ** 2) * gain)),
  );
  return { lift: maths.lift * lift, codes, linear, out, toXyz: maths.to_xyz.flat(), toRgb: maths.to_rgb.flat() };
}

/**
 * Grade a picture.
 *
 * frame: {width, height, planes}: red, green and blue planes of bytes, one after the other.
 * alpha: a plane of bytes, or null where all of it is opaque.
 * grade: the five numbers; maths: the constants that the server gave.
 * image: an ImageData of that size to fill (its alpha is straight).
 */
export function render(frame, alpha, grade, maths, image) {
  const baked = bake(grade, maths);
  const pixels = new Uint32Array(image.data.buffer);
  if (baked.lift === 0) fillByCode(frame.planes, alpha, baked, pixels);
  else fillLifted(frame.planes, alpha, baked, pixels);
  return image;
}

function fillByCode(planes, alpha, { codes: [red, green, blue] }, pixels) {
  const n = pixels.length;
  for (let i = 0; i < n; i++) {
    const a = alpha === null ? 255 : alpha[i];
    pixels[i] = (a << 24) | (blue[planes[2 * n + i]] << 16) | (green[planes[n + i]] << 8) | red[planes[i]];
  }
}

function fillLifted(planes, alpha, { lift, linear, out: [red, green, blue], toXyz, toRgb }, pixels) {
  const n = pixels.length;
  const last = red.length - 1;
  const roots = ROOTS;
  const gain = lift / 1.16;
  const [xr, xg, xb, yr, yg, yb, zr, zg, zb] = toXyz;
  const [rx, ry, rz, gx, gy, gz, bx, by, bz] = toRgb;
  for (let i = 0; i < n; i++) {
    const a = alpha === null ? 255 : alpha[i];
    if (a === 0) {
      pixels[i] = 0;
      continue;
    }
    let r = linear[planes[i]];
    let g = linear[planes[n + i]];
    let b = linear[planes[2 * n + i]];
    let fy = yr * r + yg * g + yb * b;
    if (fy > EDGE) {
      const s = Math.sqrt(fy) * ROOT_STEPS;
      const k = s | 0;
      fy = roots[k] + (s - k) * (roots[k + 1] - roots[k]);
    } else fy = SLOPE * fy + OFFSET;
    const x = 1.16 * fy - 0.16;
    if (x > 0 && x < 1) {
      const rest = 1 - x;
      const rise = gain * x * x * rest * rest * rest * rest * rest;
      let fx = xr * r + xg * g + xb * b;
      if (fx > EDGE) {
        const s = Math.sqrt(fx) * ROOT_STEPS;
        const k = s | 0;
        fx = roots[k] + (s - k) * (roots[k + 1] - roots[k]);
      } else fx = SLOPE * fx + OFFSET;
      let fz = zr * r + zg * g + zb * b;
      if (fz > EDGE) {
        const s = Math.sqrt(fz) * ROOT_STEPS;
        const k = s | 0;
        fz = roots[k] + (s - k) * (roots[k + 1] - roots[k]);
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
    const ri = r > 0 ? (Math.sqrt(r) * OUT_STEPS + 0.5) | 0 : 0;
    const gi = g > 0 ? (Math.sqrt(g) * OUT_STEPS + 0.5) | 0 : 0;
    const bi = b > 0 ? (Math.sqrt(b) * OUT_STEPS + 0.5) | 0 : 0;
    pixels[i] =
      (a << 24) | (blue[bi < last ? bi : last] << 16) | (green[gi < last ? gi : last] << 8) | red[ri < last ? ri : last];
  }
}

// What the instruments show, counted from pixels {width, height, data: RGBA bytes with straight alpha}. Pure, one pass.
//
// Luma, Cb and Cr are those of ITU-R BT.709-6 (item 3.2 and 3.3) of the sRGB codes as they are, in full range: luma 0..255, Cb and Cr
// as bytes with 128 in the middle. They are computed in whole numbers (16 bits after the point), so any language counts the same.
// The vectorscope has Cb to the right and Cr upwards; hues are angles from +Cb against the clock. On that plane the skin of
// people of any colour lies near 123 degrees, where video scopes draw the skin-tone line (the I axis of SMPTE 170M / NTSC):
// the published sRGB values of the ColorChecker chart's light skin (194, 150, 130) give 123.3, dark skin (115, 82, 68) 122.2.

export const SKIN_LINE = 123;
const HALF = 32768;
const CB = [-7509, -25259, 32768]; // (B - Y) / 1.8556
const CR = [32768, -29763, -3005]; // (R - Y) / 1.5748
const MIDDLE = (128 << 16) + HALF;

// Skin-like: within 35 degrees of the line, neither grey (noise decides the hue there) nor stronger than a tanned skin in warm light.
const SKIN_WIDTH = 35;
const SKIN_CHROMA = [6, 64];
const SKIN_LEAST = 0.005; // of what is measured; fewer say nothing

/** Place of three codes on the vectorscope: [Cb, Cr] as bytes, 128 is no colour. @param {number} r @param {number} g @param {number} b */
export function chromaOf(r, g, b) {
  return [CB, CR].map((k) => Math.min(255, (k[0] * r + k[1] * g + k[2] * b + MIDDLE) >> 16));
}

/** Hue of a place on the vectorscope in degrees, 0 <= hue < 360. @param {number} cb @param {number} cr */
export const hueOf = (cb, cr) => ((Math.atan2(cr - 128, cb - 128) * 180) / Math.PI + 360) % 360;

/** The targets of the vectorscope: primaries and secondaries at 75 %, as in colour bars; name to [Cb, Cr]. @type {Record<string, number[]>} */
export const TARGETS = Object.fromEntries(
  Object.entries({ r: [1, 0, 0], yl: [1, 1, 0], g: [0, 1, 0], cy: [0, 1, 1], b: [0, 0, 1], mg: [1, 0, 1] }).map(([name, colour]) => [
    name,
    [CB, CR].map((k) => 128 + (colour.reduce((sum, on, i) => sum + on * k[i], 0) * 0.75 * 255) / 65536),
  ]),
);

const SKIN_CELLS = Uint16Array.from(
  Array.from({ length: 65536 }, (_, cell) => cell).filter((cell) => {
    const [x, y] = [(cell & 255) - 128, (cell >> 8) - 128];
    const chroma = Math.hypot(x, y);
    return chroma >= SKIN_CHROMA[0] && chroma <= SKIN_CHROMA[1] && Math.abs(hueOf(x + 128, y + 128) - SKIN_LINE) <= SKIN_WIDTH;
  }),
);

/**
 * Counts by code; by column * 256 + code; on the vectorscope by Cr * 256 + Cb.
 * @typedef {{columns: number, histogram: Record<'r'|'g'|'b'|'luma', Uint32Array>, waveform: Uint32Array,
 *   parade: Record<'r'|'g'|'b', Uint32Array>, vector: Uint32Array}} Counts
 * Shares of the counted pixels with a channel at 0 and at 255 (both may be true of one); luma in per cent (darkest and brightest
 * leave out one pixel in a hundred).
 * @typedef {{count: number, shadows: number, highlights: number, mean: number, darkest: number, brightest: number,
 *   skin: ReturnType<typeof skinOf>}} Summary
 * @typedef {Counts & Summary} Measured
 */

/** Room for a measurement whose waveforms have `columns` columns; may be used again and again. @param {number} columns @returns {Counts} */
function roomFor(columns) {
  const bins = () => new Uint32Array(256);
  const trace = () => new Uint32Array(columns * 256);
  return {
    columns, histogram: { r: bins(), g: bins(), b: bins(), luma: bins() },
    waveform: trace(), parade: { r: trace(), g: trace(), b: trace() }, vector: new Uint32Array(65536),
  };
}

/** @param {Counts} m */
const tables = (m) => [...Object.values(m.histogram), m.waveform, ...Object.values(m.parade), m.vector];

/**
 * Measure a picture.
 * @param {{width: number, height: number, data: ArrayLike<number>}} pixels
 * @param {{inside?: boolean, columns?: number, room?: Counts|null}} [options] inside: only pixels with alpha >= 128; columns: of the
 *   waveform and the parade (at most the picture's width, which is the default); room: of an earlier call
 * @returns {Measured}
 */
export function measure(pixels, { inside = false, columns = 0, room = null } = {}) {
  const { width, height, data } = pixels;
  const across = Math.max(1, Math.min(columns || width, width));
  const m = room?.columns === across ? room : roomFor(across);
  if (m === room) for (const table of tables(m)) table.fill(0);
  const { histogram: { r: hr, g: hg, b: hb, luma: hl }, waveform, parade: { r: pr, g: pg, b: pb }, vector } = m;
  const least = inside ? 128 : 0;
  const bases = Uint32Array.from({ length: width }, (_, x) => Math.floor((x * across) / width) * 256);
  let crushed = 0;
  let burnt = 0;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (data[at + 3] < least) continue;
      const r = data[at];
      const g = data[at + 1];
      const b = data[at + 2];
      const base = bases[x];
      const luma = (13933 * r + 46871 * g + 4732 * b + HALF) >> 16;
      let cb = (-7509 * r - 25259 * g + 32768 * b + MIDDLE) >> 16;
      let cr = (32768 * r - 29763 * g - 3005 * b + MIDDLE) >> 16;
      if (cb > 255) cb = 255;
      if (cr > 255) cr = 255;
      hr[r]++;
      hg[g]++;
      hb[b]++;
      hl[luma]++;
      waveform[base + luma]++;
      pr[base + r]++;
      pg[base + g]++;
      pb[base + b]++;
      vector[(cr << 8) + cb]++;
      if (r === 255 || g === 255 || b === 255) burnt++;
      if (r === 0 || g === 0 || b === 0) crushed++;
    }
  }
  return Object.assign(m, summary(m, crushed, burnt));
}

/** @param {Counts} m @param {number} crushed @param {number} burnt @returns {Summary} */
function summary(m, crushed, burnt) {
  const { luma } = m.histogram;
  let count = 0;
  let sum = 0;
  for (let code = 0; code < 256; code++) {
    count += luma[code];
    sum += luma[code] * code;
  }
  const share = (/** @type {number} */ n) => (count ? n / count : 0);
  const per = (/** @type {number} */ code) => (count ? code / 2.55 : 0);
  return {
    count, shadows: share(crushed), highlights: share(burnt), mean: per(share(sum)),
    darkest: per(quantile(luma, count, 0.01)), brightest: per(quantile(luma, count, 0.99)), skin: skinOf(m.vector, count),
  };
}

/** The smallest code that at least this share of the counts does not exceed. @param {Uint32Array} bins @param {number} count @param {number} share */
export function quantile(bins, count, share) {
  const wanted = Math.max(1, Math.ceil(count * share));
  for (let code = 0, sum = 0; code < 256; code++) {
    sum += bins[code];
    if (sum >= wanted) return code;
  }
  return 255;
}

/** Mean hue of the skin-like counts of a vectorscope: {share, hue, off (degrees from the line, + is towards yellow)}, or null. @param {Uint32Array} vector @param {number} count */
function skinOf(vector, count) {
  let n = 0;
  let x = 0;
  let y = 0;
  for (let i = 0; i < SKIN_CELLS.length; i++) {
    const cell = SKIN_CELLS[i];
    const c = vector[cell];
    if (c === 0) continue;
    n += c;
    x += c * ((cell & 255) - 128);
    y += c * ((cell >> 8) - 128);
  }
  if (n === 0 || n < count * SKIN_LEAST) return null;
  const hue = hueOf(x + 128, y + 128);
  return { share: n / count, hue, off: hue - SKIN_LINE };
}

// Linear sRGB to XYZ (D65), IEC 61966-2-1; each row is divided by its sum, so that white is (1, 1, 1): as in perscoach/grade/reference.py.
const TO_XYZ = [[0.4123908, 0.35758434, 0.18048079], [0.21263901, 0.71516868, 0.07219232], [0.01933082, 0.11919478, 0.95053215]].map(
  (row) => row.map((k) => k / row.reduce((a, b) => a + b)),
);

/** CIE Lab (D65, CIE 15) of an sRGB colour {r, g, b} in 0..255: [L, a, b], L 0..100. @param {Colour.Rgb} colour */
export function rgbToLab({ r, g, b }) {
  const linear = [r, g, b].map((code) => code / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [fx, fy, fz] = TO_XYZ.map((row) => row.reduce((sum, k, i) => sum + k * linear[i], 0)).map((t) =>
    t > (6 / 29) ** 3 ? Math.cbrt(t) : ((29 / 6) ** 2 / 3) * t + 4 / 29,
  );
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

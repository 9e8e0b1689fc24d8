// Whether a graphics driver does the painter's sums rightly: some colours, graded by it and by grade.mjs.

import { render } from "./grade.mjs";

export const NEUTRAL = { brightness_boost: 0, contrast: 1, lab_lift: 0, red_boost: 1, blue_reduce: 1 };
const STRONG = { brightness_boost: 0.07, contrast: 1.2, lab_lift: 60, red_boost: 1.1, blue_reduce: 0.9 };
const STEPS = [0, 3, 40, 128, 200, 255];

/** @param {import("./painter.mjs").Painter} painter */
export function sumsAreRight(painter) {
  const n = STEPS.length ** 3;
  const planes = new Uint8Array(3 * n);
  for (let i = 0; i < 3 * n; i++) planes[i] = STEPS[Math.floor((i % n) / STEPS.length ** Math.floor(i / n)) % STEPS.length];
  const source = { width: n, height: 1, planes, alpha: null };
  painter.still(source);
  const right = [NEUTRAL, STRONG].every((grade) => {
    const shown = painter.read({ left: null, right: { grade, look: null }, split: 0 }, { width: n, height: 1 });
    const { data } = render(source, null, grade, painter.maths, { data: new Uint8ClampedArray(4 * n) });
    return shown?.data.every((code, i) => Math.abs(code - data[i]) <= 1) ?? false;
  });
  painter.source = painter.part = null;
  return right;
}

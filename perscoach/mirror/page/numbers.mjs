/** Medians and percentiles as NumPy has them. */

/** @param {number[]} values @param {number} percent */
export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  const position = ((sorted.length - 1) * percent) / 100;
  const first = Math.floor(position);
  const share = position - first;
  return sorted[first] * (1 - share) + sorted[Math.min(first + 1, sorted.length - 1)] * share;
}

/** @param {number[]} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

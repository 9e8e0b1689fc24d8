// Pictures as bytes: from the planes that travel to the pixels that are drawn.

/**
 * RGBA bytes of `n` pixels from their red, green and blue planes, one after the other, and their alpha (null: opaque).
 * @param {Uint8Array} planes @param {Uint8Array|null} alpha @param {number} n
 */
export function interleaved(planes, alpha, n) {
  const pixels = new Uint8Array(4 * n);
  for (let i = 0, k = 0; i < n; i++) {
    pixels[k++] = planes[i];
    pixels[k++] = planes[n + i];
    pixels[k++] = planes[2 * n + i];
    pixels[k++] = alpha === null ? 255 : alpha[i];
  }
  return pixels;
}

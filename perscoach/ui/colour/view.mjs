// Which part of the clip is looked at, and with how many pixels: the sums of pictures.py, so that a playing video stands
// exactly where the still stands.

/** [x, y, width, height] of the part of a clip that a view shows. @param {Colour.View} view @param {Colour.Size} clip @param {number} most pixels */
export function partOf(view, clip, most) {
  if (view.mode === "fit") return [0, 0, clip.width, clip.height];
  let w = Math.min(Math.max(view.width ?? 0, 16), clip.width);
  let h = Math.min(Math.max(view.height ?? 0, 16), clip.height);
  const shrink = Math.min(1, Math.sqrt(most / (w * h)));
  w = Math.max(1, Math.floor(w * shrink));
  h = Math.max(1, Math.floor(h * shrink));
  const start = (/** @type {number} */ middle, /** @type {number} */ size, /** @type {number} */ all) => Math.min(Math.max(Math.round(middle * all - size / 2), 0), all - size);
  return [start(view.x, w, clip.width), start(view.y, h, clip.height), w, h];
}

/** The size of the canvas for a part. @param {Colour.View} view @param {number[]} part @param {number} most @param {number} [least] */
export function sizeOf(view, [, , width, height], most, least = 10000) {
  const pixels = view.mode === "fit" ? Math.min(Math.max(view.pixels ?? most, least), most) : most;
  const shrink = Math.min(1, Math.sqrt(pixels / (width * height)));
  return { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)) };
}

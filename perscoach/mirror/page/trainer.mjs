// What the page wants to know of the trainer before it begins. Pure.

/** Whether the trainer faces the camera: then the client moves as in a mirror. @param {import("./track.mjs").Track} track */
export function faces(track) {
  const start = startOf(track);
  const points = track.at(start)?.points;
  return !points || points[0] - points[3] + points[18] - points[21] >= 0;
}

/** The first moment at which the trainer is there. @param {import("./track.mjs").Track} track */
export function startOf(track) {
  for (let frame = 0; frame < track.frames; frame++) if (track.pixels(frame / track.fps)) return frame / track.fps;
  return 0;
}

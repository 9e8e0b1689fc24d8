// When a <video> shows another frame.

/**
 * Call `fresh` for every new frame until `stop`.
 * @param {HTMLVideoElement} video @param {() => void} fresh
 * @returns {{announced: boolean, stop: () => void}} announced: the browser tells each frame, else only loading and seeking
 */
export function watchFrames(video, fresh) {
  const announced = "requestVideoFrameCallback" in video;
  let asked = 0;
  const next = () => {
    fresh();
    asked = video.requestVideoFrameCallback(next);
  };
  if (announced) asked = video.requestVideoFrameCallback(next);
  const events = ["loadeddata", "seeked"];
  for (const name of events) video.addEventListener(name, fresh);
  const stop = () => {
    if (announced) video.cancelVideoFrameCallback(asked);
    for (const name of events) video.removeEventListener(name, fresh);
  };
  return { announced, stop };
}

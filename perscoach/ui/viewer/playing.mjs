// Playing a movement from its first to its last frame: once, or as a loop. A run ends when the page has another one.

/** The clip plays and the rest follows. @param {import("./page.mjs").Page} page @param {object} run @param {number} speed */
export function playVideo(page, run, speed) {
  const { picture } = page;
  const { video } = picture;
  let rewinding = false; // the video's end and its last frame may both ask for it
  const play = () => { video.play().catch(() => page.pause()); };
  const again = () => {
    if (rewinding) return;
    rewinding = true;
    page.show(page.first);
    video.addEventListener("seeked", () => {
      rewinding = false;
      if (page.run !== run) return;
      if (video.paused) play();
      follow(video.currentTime);
    }, { once: true });
    video.currentTime = picture.timeOf(page.first);
  };
  const follow = (/** @type {number} */ mediaTime) => {
    if (page.run !== run || rewinding) return;
    const frame = picture.frameAt(mediaTime);
    if (page.looping && (frame > page.last || video.ended)) return again();
    page.show(frame);
    if (video.ended) return page.pause();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((_, meta) => follow(meta.mediaTime));
    else requestAnimationFrame(() => follow(video.currentTime));
  };
  video.onended = () => {
    if (page.run !== run) return;
    if (page.looping) return again();
    page.show(page.last);
    page.pause();
  };
  video.playbackRate = speed;
  video.currentTime = picture.timeOf(page.frame);
  play();
  follow(video.currentTime);
}

/** Without a clip. @param {import("./page.mjs").Page} page @param {object} run @param {number} speed */
export function playByClock(page, run, speed) {
  const [start, from] = [performance.now(), page.frame - page.first];
  const tick = () => {
    if (page.run !== run) return;
    const gone = from + Math.floor(((performance.now() - start) / 1000) * page.movement.fps * speed);
    const length = page.last - page.first + 1;
    page.show(page.first + (page.looping ? gone % length : gone));
    if (!page.looping && gone >= length - 1) return page.pause();
    requestAnimationFrame(tick);
  };
  tick();
}

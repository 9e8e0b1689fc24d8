// A <video> by frame numbers: which frame is on, and going to one.

const PATIENCE = 150; // milliseconds for a frame's announcement after a seek (none comes where the frame is the same)
const WAIT = 30000; // milliseconds for a clip that does not load

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The clip has a constant rate and begins at zero, so a time is an index. */
export class FrameClock {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
    this.fps = 1;
    this.frames = 1;
    /** @type {{index: number, shown: (index: number) => void|Promise<void>}|null} */
    this.wish = null;
    /** @type {Promise<void>|null} */
    this.going = null;
    this.stopper = new AbortController();
    this.exact = "requestVideoFrameCallback" in video;
  }

  /** @param {Shared.Clip} clip */
  open({ frames, fps }) {
    this.close();
    Object.assign(this, { frames, fps, stopper: new AbortController() });
  }

  /** Whoever waits for a frame waits no more: the promise is rejected. */
  close() {
    this.wish = this.going = null;
    this.stopper.abort();
  }

  /** @param {number} index */
  clamp(index) {
    return Math.min(this.frames - 1, Math.max(0, Math.round(index)));
  }

  /** The frame that stands at a media time. @param {number} time seconds */
  indexAt(time) {
    return this.clamp(time * this.fps);
  }

  /** The frame that is on while nobody announces frames: the one that began last. */
  get now() {
    return this.clamp(Math.floor(this.video.currentTime * this.fps + 1e-3));
  }

  /**
   * What is on now, as something to draw: {index, picture, close()}. The picture is a VideoFrame where the browser has it: it
   * stays what it is, while the video itself may go on between two looks at it.
   * @param {number} index what was announced
   */
  take(index) {
    const { video } = this;
    try {
      const frame = new VideoFrame(video); // by reference, nothing is copied
      return { index: this.indexAt(frame.timestamp / 1e6), picture: frame, close: () => frame.close() };
    } catch {
      return { index, picture: video, close: () => {} }; // no VideoFrame here
    }
  }

  /** Call `tick(index)` with every frame that comes on, until the returned function is called. @param {(index: number) => void} tick @returns {() => void} */
  follow(tick) {
    const { video } = this;
    let [asked, last] = [0, -1];
    if (this.exact) {
      /** @type {VideoFrameRequestCallback} */
      const next = (_, { mediaTime }) => {
        asked = video.requestVideoFrameCallback(next);
        tick(this.indexAt(mediaTime));
      };
      asked = video.requestVideoFrameCallback(next);
      return () => video.cancelVideoFrameCallback(asked);
    }
    const poll = () => {
      asked = requestAnimationFrame(poll);
      const index = this.now;
      if (index === last || video.seeking || video.readyState < 2) return;
      last = index;
      tick(index);
    };
    asked = requestAnimationFrame(poll);
    return () => cancelAnimationFrame(asked);
  }

  /**
   * Bring the video to a frame, or to whichever is asked for meanwhile: no wish waits behind another.
   * `shown(index)` is told of every frame that comes on so. Resolves when the last wish is reached.
   * @param {number} index @param {(index: number) => void|Promise<void>} [shown]
   */
  go(index, shown = () => {}) {
    this.wish = { index: this.clamp(index), shown };
    if (!this.going) {
      const going = this.run(this.stopper.signal).finally(() => { if (this.going === going) this.going = null; });
      this.going = going;
    }
    return this.going;
  }

  /** @param {AbortSignal} signal */
  async run(signal) {
    while (this.wish && !signal.aborted) {
      const { index, shown } = this.wish;
      this.wish = null;
      const at = await this.jump(index, signal);
      if (!signal.aborted) await shown(at);
    }
  }

  /** @param {number} index @param {AbortSignal} signal @returns {Promise<number>} the frame that is on then */
  async jump(index, signal) {
    const { video } = this;
    if (video.readyState < 1) await happens(video, "loadedmetadata", signal);
    let stop = () => {};
    /** @type {Promise<number>} */
    const announced = new Promise((resolve) => { if (this.exact) stop = this.follow(resolve); });
    const arrived = happens(video, "seeked", signal);
    video.currentTime = (index + 0.5) / this.fps; // the middle of the frame: no rounding leads out of it
    try {
      await arrived;
      return this.exact ? await Promise.race([announced, pause(PATIENCE).then(() => index)]) : index;
    } finally {
      stop();
    }
  }
}

/** Resolves with the event; rejects when the video fails, when `signal` aborts, or when nothing comes for long. @param {HTMLVideoElement} video @param {string} name @param {AbortSignal} signal @returns {Promise<void>} */
function happens(video, name, signal) {
  return new Promise((resolve, reject) => {
    const own = new AbortController();
    const end = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      own.abort();
      settle();
    };
    const bad = () => end(() => reject(video.error ?? new DOMException("closed", "AbortError")));
    const timer = setTimeout(() => end(() => reject(new Error("late"))), WAIT);
    video.addEventListener(name, () => end(resolve), { signal: own.signal });
    video.addEventListener("error", bad, { signal: own.signal });
    signal.addEventListener("abort", bad, { signal: own.signal });
    if (video.error || signal.aborted) bad();
  });
}

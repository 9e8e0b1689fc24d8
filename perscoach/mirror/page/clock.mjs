/** The trainer's time, always from the video's own frames: what is drawn and what is compared is what is seen. */

export class TrainerClock {
  /**
   * @param {HTMLVideoElement} video
   * @param {number} fps of the trainer's poses
   * @param {number} frames how many poses there are
   */
  constructor(video, fps, frames) {
    this.video = video;
    this.fps = fps;
    this.frames = frames;
    this.time = 0;
    this.waiting = false;
    this.wanted = false; // whether it should run when nobody waits
    /** @type {[number, number]|null} */ this.section = null;
    /** @type {((time: number, frame: number) => void)[]} */ this.listeners = [];
    /** @type {(() => void)[]} */ this.enders = [];
    this.disposed = false;
    this.last = -1;
    this.ended = () => this.end();
    video.addEventListener('ended', this.ended);
    this.next();
  }

  /** The video's speed, 0 while it stands: what the comparison calls the rate. */
  get rate() {
    return this.video.paused || this.waiting ? 0 : this.video.playbackRate;
  }

  /** Index of the pose that is shown. */
  get frame() {
    return Math.min(this.frames - 1, Math.max(0, Math.round(this.time * this.fps)));
  }

  /** Seconds of the video. */
  get duration() {
    return this.frames / this.fps;
  }

  /** @param {(time: number, frame: number) => void} callback for every frame that is shown, also after a seek */
  onFrame(callback) {
    this.listeners.push(callback);
  }

  /** @param {() => void} callback when the video has come to its end and no section repeats */
  onEnd(callback) {
    this.enders.push(callback);
  }

  /** Run. Where the browser refuses sound without a click, without sound. */
  async play() {
    this.wanted = true;
    if (this.waiting) return;
    try {
      await this.video.play();
    } catch (error) {
      if (/** @type {any} */ (error)?.name !== 'NotAllowedError') throw error;
      this.video.muted = true;
      await this.video.play();
    }
  }

  pause() {
    this.wanted = false;
    this.video.pause();
  }

  /** Stand still until the client is there, then go on. @param {boolean} on */
  wait(on) {
    if (on === this.waiting) return;
    this.waiting = on;
    if (on) this.video.pause();
    else if (this.wanted) this.video.play().catch(() => {});
  }

  /** @param {number} seconds */
  seek(seconds) {
    const last = Math.max(0, this.duration - 0.5 / this.fps);
    // a millisecond into the frame: WebM rounds the times of frames to milliseconds
    this.video.currentTime = Math.min(Math.max(seconds, 0), last) + 0.001;
  }

  /** @param {number} speed 0.25..2 */
  setSpeed(speed) {
    this.video.playbackRate = Math.min(2, Math.max(0.25, speed));
  }

  /** Repeat a section, or (without arguments) no more. @param {number|null} [from] @param {number} [to] */
  loop(from = null, to = this.duration) {
    this.section = from === null || !(to - from > 0.2) ? null : [Math.max(0, from), Math.min(to, this.duration)];
    if (this.section && (this.time < this.section[0] || this.time >= this.section[1])) this.seek(this.section[0]);
  }

  dispose() {
    this.disposed = true;
    this.video.removeEventListener('ended', this.ended);
    this.listeners = [];
    this.enders = [];
  }

  next() {
    if (this.disposed) return;
    const { video } = this;
    if (video.requestVideoFrameCallback) {
      video.requestVideoFrameCallback((_, { mediaTime }) => this.show(mediaTime));
    } else {
      requestAnimationFrame(() => this.show(video.currentTime));
    }
  }

  /** @param {number} time seconds */
  show(time) {
    this.next();
    if (time === this.last) return;
    this.last = this.time = time;
    if (this.section && this.rate > 0 && time >= this.section[1] - 1.5 / this.fps) this.seek(this.section[0]);
    const { frame } = this;
    for (const listener of this.listeners) listener(time, frame);
  }

  end() {
    if (this.section) {
      this.seek(this.section[0]);
      this.video.play().catch(() => {});
      return;
    }
    this.wanted = false;
    for (const ender of this.enders) ender();
  }
}

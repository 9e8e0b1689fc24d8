/** What every source of poses is: the base of the webcam's, a file's and a recording's. */

/**
 * @typedef {{time: number, world: Float64Array|null, visibility: Float64Array, image: Float64Array|null, latency: number}} Pose
 *   time: seconds of the page's clock (performance.now() / 1000) at which the picture was taken; world: 33 x 3 metres or
 *   `null` where nobody is seen; visibility: 33; image: 33 x 2, 0..1 of the picture; latency: seconds until it was known
 * @typedef {'denied'|'none'|'busy'|'insecure'|'timeout'|'model'|'unsupported'|'file'|'lost'} Code
 * @typedef {{kind: 'webcam'|'video'|'recorded', deviceId?: string, url?: string, file?: File, loop?: boolean,
 *   signal?: AbortSignal, onState?: (state: string) => void, onLost?: (error: SourceError) => void}} Wish
 */

/** The visibility of nobody. */
export const NOBODY = new Float64Array(33);

export class SourceError extends Error {
  /** @param {Code} code @param {string} [message] */
  constructor(code, message = code) {
    super(message);
    this.name = 'SourceError';
    this.code = code;
  }
}

/** What all sources share. */
export class PoseSource {
  /** @param {Wish} wish */
  constructor(wish) {
    this.wish = wish;
    /** @type {HTMLVideoElement|null} */ this.video = null;
    this.width = 0;
    this.height = 0;
    /** @type {((pose: Pose) => void)[]} */ this.listeners = [];
    /** @type {number[]} */ this.arrivals = [];
    this.running = false;
  }

  /** @param {(pose: Pose) => void} callback */
  onPose(callback) {
    this.listeners.push(callback);
  }

  /** @param {Pose} one */
  emit(one) {
    this.arrivals.push(one.time);
    while (one.time - this.arrivals[0] > 2) this.arrivals.shift();
    for (const listener of this.listeners) listener(one);
  }

  /** Poses a second, and what makes them. @returns {{fps: number, delegate: string, model: string}} */
  stats() {
    const { arrivals } = this;
    const span = arrivals.length > 1 ? arrivals[arrivals.length - 1] - arrivals[0] : 0;
    return { fps: span > 0 ? (arrivals.length - 1) / span : 0, delegate: '', model: '' };
  }

  async open() {}

  /** Poses come from now on; none where there is nothing to show. */
  async start() {
    this.running = true;
  }

  stop() {
    this.running = false;
  }

  /** Files alone: stand still. */
  pause() {
    this.video?.pause();
  }

  async resume() {
    await this.video?.play();
  }

  /** Seconds of the client's own file. @returns {number|null} */
  get time() {
    return this.video?.currentTime ?? null;
  }
}

/** Recorded landmarks: played as a source, read from a file, collected into one. */
import { NOBODY, PoseSource, SourceError } from './pose_source.mjs';

/** @typedef {import('./pose_source.mjs').Pose} Pose */

const LANDMARKS = 'perscoach.landmarks.1';

/** Landmarks that were saved before; they run in their own time, without camera or model. */
export class RecordedSource extends PoseSource {
  /** @param {import('./pose_source.mjs').Wish} wish */
  constructor(wish) {
    super(wish);
    /** @type {ReturnType<typeof readLandmarks>|null} */ this.recording = null;
    this.index = 0;
    this.began = 0; // when the present round's first pose was, or would have been
    /** @type {number|null} */ this.held = null;
  }

  async open() {
    const { file, url } = this.wish;
    try {
      const text = file ? await file.text() : await (await fetch(url ?? '')).text();
      this.recording = readLandmarks(JSON.parse(text));
      ({ width: this.width, height: this.height } = this.recording);
    } catch (error) {
      throw error instanceof SourceError ? error : new SourceError('file', String(error));
    }
  }

  async start() {
    if (this.running || !this.recording) return;
    super.start();
    this.index = 0;
    this.began = performance.now() / 1000;
    this.held = null;
    this.tick();
  }

  /** Stand still; `resume` goes on with the next pose. */
  pause() {
    if (this.running) this.held ??= performance.now() / 1000;
  }

  async resume() {
    if (this.held === null) return;
    this.began += performance.now() / 1000 - this.held;
    this.held = null;
  }

  tick() {
    if (!this.running || !this.recording) return;
    requestAnimationFrame(() => this.tick());
    if (this.held !== null) return;
    const { poses, duration } = this.recording;
    while (this.index < poses.length && performance.now() / 1000 - this.began >= poses[this.index].time) {
      const one = poses[this.index];
      this.emit({ ...one, time: this.began + one.time, latency: 0 });
      this.index += 1;
      if (this.index === poses.length && this.wish.loop) {
        this.index = 0;
        this.began += duration;
      }
    }
  }

  stats() {
    return { ...super.stats(), delegate: '', model: 'recorded' };
  }
}

/**
 * @param {any} value a saved recording
 * @returns {{width: number, height: number, duration: number, poses: Pose[]}}
 */
export function readLandmarks(value) {
  if (value?.schema !== LANDMARKS || !Array.isArray(value.frames) || !value.frames.length) {
    throw new SourceError('file', `expected ${LANDMARKS}, got ${value?.schema}`);
  }
  const start = value.frames[0].t;
  let last = -Infinity;
  const poses = value.frames.map((/** @type {any} */ frame, /** @type {number} */ i) => {
    const time = frame.t - start;
    if (!(time > last)) throw new SourceError('file', `frame ${i}: times must grow`);
    last = time;
    if (frame.world === null) return { time, world: null, visibility: NOBODY, image: null, latency: 0 };
    return {
      time, latency: 0,
      world: numbers(frame.world, 99, i), visibility: numbers(frame.visibility, 33, i), image: numbers(frame.image, 66, i),
    };
  });
  const step = poses.length > 1 ? last / (poses.length - 1) : 1 / 30;
  return { width: Number(value.width) || 640, height: Number(value.height) || 480, duration: last + step, poses };
}

/** @param {any} values @param {number} count @param {number} frame */
function numbers(values, count, frame) {
  if (!Array.isArray(values) || values.length !== count || !values.every(Number.isFinite)) {
    throw new SourceError('file', `frame ${frame}: expected ${count} numbers`);
  }
  return Float64Array.from(values);
}

/** Collects a session's poses, when the client asks for it, as a file that `openSource` and `perscoach compare` read. */
export class Recorder {
  /** @param {PoseSource} source */
  constructor(source) {
    /** @type {{t: number, world: number[]|null, visibility: number[]|null, image: number[]|null}[]} */ this.frames = [];
    /** @type {PoseSource|null} */ this.source = null;
    this.follow(source);
  }

  /** Go on with this source; the one before is let go. @param {PoseSource} source */
  follow(source) {
    if (this.source === source) return;
    this.source = source;
    source.onPose((one) => this.source === source && this.add(one));
  }

  /** @param {Pose} one */
  add(one) {
    const short = (/** @type {Float64Array} */ values) => Array.from(values, (v) => Number(v.toFixed(4)));
    const { world, image } = one;
    const rest = world && image ? { world: short(world), visibility: short(one.visibility), image: short(image) } : null;
    this.frames.push({ t: Number(one.time.toFixed(4)), ...(rest ?? { world: null, visibility: null, image: null }) });
  }

  toJSON() {
    const source = this.source;
    return { schema: LANDMARKS, width: source?.width, height: source?.height, model: source?.stats().model, frames: this.frames };
  }
}

/**
 * The recording of a session where it is wished; a source that was opened again goes on in the same one.
 * @param {Recorder|null} recorder @param {PoseSource|null} source @param {boolean} wished
 */
export function keep(recorder, source, wished) {
  if (!source || !wished) return recorder;
  if (!recorder) return new Recorder(source);
  recorder.follow(source);
  return recorder;
}

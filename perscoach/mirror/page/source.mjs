/**
 * Where the client's pose comes from: a webcam, a video file or recorded landmarks; one interface for all three.
 * Nothing that is seen leaves this page.
 */
import { NOBODY, PoseSource, SourceError } from './pose_source.mjs';
import { RecordedSource } from './landmarks.mjs';

/**
 * @typedef {import('./pose_source.mjs').Wish} Wish
 * @typedef {import('./pose_source.mjs').Code} Code
 * @typedef {{world: Float64Array|null, visibility: Float64Array|null, image: Float64Array|null}} Seen what the worker found
 */

export { SourceError } from './pose_source.mjs';
export { readLandmarks, Recorder } from './landmarks.mjs';

const STUCK_MS = 8000; // a frame that the worker never answers

/** The worker with the model: one for the page, opened once. */
class PoseWorker {
  constructor() {
    /** @type {((error: SourceError) => void)|null} */ this.lost = null;
    /** @type {Worker|null} */ this.worker = null;
    /** @type {Promise<void>|null} */ this.opening = null;
    /** @type {((seen: Seen) => void)|null} */ this.answer = null;
    this.model = '';
    this.delegate = '';
    this.id = 0;
    this.sent = 0;
  }

  /** @returns {Promise<void>} ready, or a SourceError */
  open() {
    this.opening ??= new Promise((resolve, reject) => {
      const worker = new Worker(new URL('pose.worker.mjs', import.meta.url), { type: 'module' });
      this.worker = worker;
      const failed = (/** @type {Code} */ code, /** @type {string} */ message) => {
        this.close();
        reject(new SourceError(code, message));
        this.lost?.(new SourceError(code, message));
      };
      worker.onerror = (event) => failed('unsupported', event.message || 'the worker could not start');
      worker.onmessage = ({ data }) => {
        if (data.type === 'ready') {
          this.model = data.model;
          this.delegate = data.delegate;
          resolve();
        } else if (data.type === 'error') {
          failed(data.code, data.message);
        } else if (data.id === this.id) {
          const answer = this.answer;
          this.answer = null;
          answer?.(data);
        }
      };
      worker.postMessage({ type: 'open' });
    });
    return this.opening;
  }

  /** Whether a frame is being looked at. */
  get busy() {
    return this.answer !== null && performance.now() - this.sent < STUCK_MS;
  }

  /** @param {ImageBitmap} bitmap @param {(seen: Seen) => void} answer */
  look(bitmap, answer) {
    if (!this.worker) {
      bitmap.close();
      return;
    }
    this.answer = answer;
    this.sent = performance.now();
    this.id += 1;
    this.worker.postMessage({ type: 'frame', id: this.id, bitmap }, [bitmap]);
  }

  close() {
    this.worker?.terminate();
    this.worker = this.opening = this.answer = null;
  }
}

const pose = new PoseWorker();

/** Begin to load the model, so that it is there when the camera is; errors are told by `openSource`. */
export function preload() {
  pose.open().catch(() => {});
}

/** The cameras by name; names are empty before the first permission. @returns {Promise<{id: string, label: string}[]>} */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices.filter((d) => d.kind === 'videoinput').map((d) => ({ id: d.deviceId, label: d.label }));
}

/**
 * Open a source; `start()` it to get poses.
 * @param {Wish} wish
 * @returns {Promise<PoseSource>}
 */
export async function openSource(wish) {
  const source = wish.kind === 'recorded' ? new RecordedSource(wish) : new VideoSource(wish);
  try {
    await source.open();
  } catch (error) {
    source.stop();
    throw error;
  }
  return source;
}

/** A webcam or a file: the same element, the same frames. */
class VideoSource extends PoseSource {
  /** @param {Wish} wish */
  constructor(wish) {
    super(wish);
    /** @type {MediaStream|null} */ this.stream = null;
    /** @type {string|null} */ this.address = null;
  }

  stats() {
    return { ...super.stats(), delegate: pose.delegate, model: pose.model };
  }

  async open() {
    const { wish } = this;
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.loop = Boolean(wish.loop);
    this.video = video;
    const model = pose.open();
    model.catch(() => {});
    if (wish.kind === 'webcam') {
      wish.onState?.('asking');
      this.stream = await camera(wish);
      video.srcObject = this.stream;
      this.stream.getVideoTracks()[0].onended = () => this.lost(new SourceError('lost'));
    } else {
      this.address = wish.file ? URL.createObjectURL(wish.file) : null;
      video.src = this.address ?? wish.url ?? '';
    }
    wish.onState?.('opening');
    await metadata(video);
    this.width = video.videoWidth;
    this.height = video.videoHeight;
    wish.onState?.('loading');
    await model;
    if (wish.signal?.aborted) throw new SourceError('timeout');
    pose.lost = (error) => this.lost(error);
  }

  async start() {
    const { video } = this;
    if (!video || this.running) return;
    super.start();
    await video.play().catch((error) => {
      super.stop();
      throw new SourceError('busy', String(error));
    });
    this.next();
  }

  stop() {
    super.stop();
    pose.lost = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    if (this.video) {
      this.video.pause();
      this.video.srcObject = null;
      this.video.removeAttribute('src');
      this.video.load();
    }
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
  }

  /** @param {SourceError} error */
  lost(error) {
    if (!this.running) return;
    this.stop();
    this.wish.onLost?.(error);
  }

  /** Wait for the next picture; the newest one is looked at when the worker is free, the others are let go. */
  next() {
    const { video } = this;
    if (!this.running || !video) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now) => this.take(now));
    else requestAnimationFrame((now) => this.take(now));
  }

  /** @param {number} now milliseconds */
  async take(now) {
    this.next();
    const { video } = this;
    if (!this.running || !video || pose.busy || !video.videoWidth) return;
    this.width = video.videoWidth; // a phone that is turned changes them
    this.height = video.videoHeight;
    pose.answer = () => {}; // taken, also while the bitmap is made
    pose.sent = performance.now();
    let bitmap;
    try {
      bitmap = await createImageBitmap(video);
    } catch {
      pose.answer = null;
      return;
    }
    if (!this.running) {
      bitmap.close();
      pose.answer = null;
      return;
    }
    pose.look(bitmap, (seen) => {
      if (!this.running) return;
      const { world, image } = seen;
      this.emit({ time: now / 1000, world, visibility: seen.visibility ?? NOBODY, image, latency: (performance.now() - now) / 1000 });
    });
  }
}

/** @param {Wish} wish @returns {Promise<MediaStream>} */
async function camera({ deviceId, signal }) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new SourceError('insecure');
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' };
  const asked = navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 640 }, height: { ideal: 480 } } });
  const stopped = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new SourceError('timeout'))));
  try {
    return /** @type {MediaStream} */ (await Promise.race([asked, stopped]));
  } catch (error) {
    asked.then((late) => late.getTracks().forEach((track) => track.stop()), () => {}); // nobody waits for it any more
    throw error instanceof SourceError ? error : new SourceError(refusal(error), String(error));
  }
}

/** @param {any} error @returns {Code} */
function refusal(error) {
  switch (error?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    default:
      return 'busy';
  }
}

/** @param {HTMLVideoElement} video */
function metadata(video) {
  return new Promise((resolve, reject) => {
    if (video.videoWidth) return resolve(undefined);
    video.onloadedmetadata = () => (video.videoWidth ? resolve(undefined) : reject(new SourceError('file', 'no picture in it')));
    video.onerror = () => reject(new SourceError('file', video.error?.message || 'the video cannot be played'));
  });
}

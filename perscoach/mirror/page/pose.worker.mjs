/**
 * MediaPipe's Pose Landmarker in a worker: one frame in, one pose out, never a queue.
 *
 * In: {type: 'open'}, {type: 'frame', id, bitmap}, {type: 'close'}.
 * Out: {type: 'ready', model, delegate, ms}, {type: 'pose', id, world, visibility, image, ms}, {type: 'error', code, message}.
 */
import { FilesetResolver, PoseLandmarker } from './vendor/vision_bundle.mjs';

const MODELS = { full: 'models/pose_landmarker_full.task', lite: 'models/pose_landmarker_lite.task' };
const SLOW_MS = 75; // a frame: below 13 poses a second a lighter model follows better than a finer one
const MEASURED = 12;

/** @type {Awaited<ReturnType<typeof FilesetResolver.forVisionTasks>>|null} */ let fileset = null;
/** @type {PoseLandmarker|null} */ let landmarker = null;
/** @type {'full'|'lite'} */ let model = 'full';
/** @type {'GPU'|'CPU'} */ let delegate = 'CPU';
/** @type {number[]} */ let spent = [];
let lastStamp = 0;
let failures = 0;

/** @param {any} message @param {Transferable[]} [moved] */
const tell = (message, moved = []) => /** @type {any} */ (globalThis).postMessage(message, moved);

// MediaPipe's compiled part tells its news as warnings and errors; what really goes wrong is thrown.
const NEWS = /^(INFO: |[IW]\d{4} |Graph successfully)/;
for (const level of /** @type {('log'|'warn'|'error')[]} */ (['log', 'warn', 'error'])) {
  const say = console[level].bind(console);
  console[level] = (...words) => (NEWS.test(String(words[0])) ? console.debug(...words) : say(...words));
}

/** Whether WebGL here is drawn by the processor: then MediaPipe's own processor path is faster. */
function softwareGraphics() {
  try {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
    if (!gl) return true;
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return /swiftshader|llvmpipe|software|basic render/i.test(name);
  } catch {
    return true;
  }
}

/** @param {'full'|'lite'} wanted @returns {Promise<PoseLandmarker>} */
async function create(wanted) {
  fileset ??= await FilesetResolver.forVisionTasks(new URL('vendor/wasm', import.meta.url).href, true);
  const response = await fetch(new URL(MODELS[wanted], import.meta.url));
  if (!response.ok) throw Object.assign(new Error(`${MODELS[wanted]}: ${response.status}`), { code: 'model' });
  const modelAssetBuffer = new Uint8Array(await response.arrayBuffer());
  /** @type {(where: 'GPU'|'CPU') => import('./vendor/vision_bundle.mjs').PoseLandmarkerOptions} */
  const options = (where) => ({
    baseOptions: { modelAssetBuffer: modelAssetBuffer.slice(), delegate: where },
    runningMode: 'VIDEO',
    numPoses: 1,
    outputSegmentationMasks: false,
    minPoseDetectionConfidence: 0.5,
    minPosePresenceConfidence: 0.5,
    minTrackingConfidence: 0.5,
  });
  /** @type {('GPU'|'CPU')[]} */
  const tries = softwareGraphics() || failures ? ['CPU'] : ['GPU', 'CPU'];
  let made = null;
  for (const [index, where] of tries.entries()) {
    try {
      made = await PoseLandmarker.createFromOptions(fileset, options(where));
      delegate = where;
      break;
    } catch (error) {
      if (index === tries.length - 1) throw error;
    }
  }
  landmarker = /** @type {PoseLandmarker} */ (made);
  model = wanted;
  spent = [];
  return landmarker;
}

/** The first picture costs most: it is a blank one, before anybody waits. @param {PoseLandmarker} first */
function warmUp(first) {
  const blank = new OffscreenCanvas(256, 256);
  blank.getContext('2d')?.fillRect(0, 0, 256, 256);
  first.detectForVideo(blank.transferToImageBitmap(), stamp());
}

/** Milliseconds, strictly growing: the graph dies of two equal ones. */
function stamp() {
  lastStamp = Math.max(lastStamp + 1, Math.round(performance.now()));
  return lastStamp;
}

async function open() {
  const began = performance.now();
  try {
    if (!landmarker) {
      warmUp(await create('full'));
    }
    tell({ type: 'ready', model, delegate, ms: performance.now() - began });
  } catch (error) {
    fail(error, 'model');
  }
}

/** @param {any} error @param {string} code */
function fail(error, code) {
  close();
  tell({ type: 'error', code: error?.code === 'model' ? 'model' : code, message: String(error?.message ?? error).slice(0, 300) });
}

function close() {
  try {
    landmarker?.close();
  } catch {
    // a graph that died cannot be closed
  }
  landmarker = null;
}

/** @param {PoseLandmarker} landmarker @param {number} id @param {ImageBitmap} bitmap */
async function see(landmarker, id, bitmap) {
  const began = performance.now();
  let result;
  try {
    result = landmarker.detectForVideo(bitmap, stamp());
  } catch (error) {
    failures += 1;
    close();
    if (failures > 2) return fail(error, 'unsupported');
    await create(model).catch((again) => fail(again, 'unsupported'));
    return tell({ type: 'pose', id, world: null, visibility: null, image: null, ms: 0 });
  } finally {
    bitmap.close();
  }
  const ms = performance.now() - began;
  tell({ type: 'pose', id, ...plain(result), ms });
  await lighten(ms);
}

/** After the first frames: a device that is too slow for the full model gets the light one, where it is there. @param {number} ms */
async function lighten(ms) {
  if (model !== 'full' || spent.length >= MEASURED) return;
  spent.push(ms);
  if (spent.length < MEASURED || [...spent].sort((a, b) => a - b)[MEASURED >> 1] < SLOW_MS) return;
  const kept = spent;
  // the list, because trying a model that is not there leaves an error on the console
  const list = await fetch(new URL('models/models.json', import.meta.url)).then((r) => r.json()).catch(() => []);
  if (!list.some((/** @type {string} */ name) => `models/${name}` === MODELS.lite)) return;
  const before = landmarker;
  try {
    await create('lite');
    before?.close();
    tell({ type: 'ready', model, delegate, ms: 0 });
  } catch {
    landmarker = before;
    model = 'full';
    spent = kept;
  }
}

/** @param {import('./vendor/vision_bundle.mjs').PoseLandmarkerResult} result */
function plain(result) {
  const image = result.landmarks?.[0];
  const space = result.worldLandmarks?.[0];
  if (!image || !space) return { world: null, visibility: null, image: null };
  return {
    world: Float64Array.from(space.flatMap((p) => [p.x, p.y, p.z])),
    visibility: Float64Array.from(image, (p) => p.visibility ?? 0),
    image: Float64Array.from(image.flatMap((p) => [p.x, p.y])),
  };
}

/** @type {Promise<void>} one thing after the other */
let turn = Promise.resolve();
globalThis.onmessage = (event) => {
  const { type, id, bitmap } = event.data;
  turn = turn.then(() => {
    if (type === 'open') return open();
    if (type === 'close') return close();
    if (!landmarker) {
      bitmap.close();
      return tell({ type: 'pose', id, world: null, visibility: null, image: null, ms: 0 });
    }
    return see(landmarker, id, bitmap);
  });
};

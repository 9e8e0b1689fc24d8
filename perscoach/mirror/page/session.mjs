// The session's course as a pure state machine: what the page is doing, what may happen next, what has to be done then.
// Nothing here touches the page, the camera or a clock of its own; events carry their times in seconds.

/**
 * @typedef {'welcome'|'asking'|'refused'|'framing'|'calibrating'|'countdown'|'workout'|'paused'|'report'} Name
 * @typedef {'webcam'|'video'|'recorded'|'watch'} Kind
 * @typedef {Object} State
 * @property {Name} name
 * @property {Kind|null} kind where the client comes from
 * @property {number} since when this state began
 * @property {boolean} begun the workout has begun once: a pause leads back to it
 * @property {boolean} closed the camera was switched off by a pause
 * @property {boolean} slow permission takes long: say what to look for
 * @property {string|null} code why it was refused
 * @property {string|null} reason why it is paused: 'user' | 'hidden' | 'lost'
 * @property {string|null} hint what to change before the start
 * @property {number} advised since when the hint stands
 * @property {number|null} good since when nothing is to be changed
 * @property {number} left seconds of the countdown
 * @property {boolean} calibrated
 * @typedef {{type: string, time: number, [key: string]: any}} Event
 * @typedef {'open'|'close'|'beep'|'go'|'hold'|'stand'|'calibrate'|'forget'|'finish'|'clear'} Effect
 * 'open' the source; 'close' it; 'stand' the trainer in the pose of the start; 'forget' what was collected of the pose;
 * 'calibrate' from it; 'beep'; 'go': trainer and score run; 'hold': both stand; 'finish': make the report; 'clear': forget the session.
 */

/** Seconds. Permission prompts may stay unanswered for ever, so there are two patience times. */
export const TIMES = { hint: 6, patience: 40, framing: 2, read: 1, calibration: 2, calibrationMost: 9, countdown: 3 };

/** @returns {State} */
export function initial() {
  return {
    name: "welcome", kind: null, since: 0, begun: false, closed: false, slow: false, code: null, reason: null,
    hint: null, advised: 0, good: null, left: 0, calibrated: false,
  };
}

/** @typedef {{state: State, effects: Effect[]}} Step */

/**
 * @param {State} state
 * @param {Event} event
 * @returns {Step} the next state and what has to be done; the same state object where the event means nothing now
 */
export function advance(state, event) {
  const handler = ANYWHERE[event.type] || STATES[state.name][event.type];
  return (handler && handler(state, event)) || { state, effects: [] };
}

/** @param {State} state @param {Event} event @param {Partial<State>} change @param {Effect[]} effects @returns {Step} */
function to(state, event, change, effects = []) {
  return { state: { ...state, since: event.time, hint: null, good: null, slow: false, ...change }, effects };
}

/** @type {(state: State, event: Event) => Step} */
const home = (state, event) => ({ state: { ...initial(), since: event.time }, effects: ["close", "clear"] });

/** @type {(state: State, event: Event) => Step} */
const refuse = (state, event) => to(state, event, { name: "refused", code: event.code || "unknown" }, ["hold", "close"]);

/** @type {(state: State, event: Event) => Step} */
const count = (state, event) => to(state, event, { name: "countdown", left: TIMES.countdown }, ["hold", "beep"]);

/** @type {(state: State, event: Event) => Step} */
const go = (state, event) => to(state, event, { name: "workout", begun: true, reason: null, closed: false }, ["go"]);

/** @type {(state: State, event: Event) => Step} */
const calibrating = (state, event) => to(state, event, { name: "calibrating" }, ["stand", "forget"]);

/** @type {(state: State, event: Event) => Step} */
function end(state, event) {
  return state.kind === "watch" ? home(state, event) : to(state, event, { name: "report" }, ["hold", "finish", "close"]);
}

/** A pause: where the tab is hidden the camera goes off with it. @type {(state: State, event: Event) => Step} */
function pause(state, event) {
  const reason = event.reason || "user";
  const closed = reason === "hidden" && state.kind === "webcam";
  return to(state, event, { name: "paused", reason, closed }, closed ? ["hold", "close"] : ["hold"]);
}

/** What is being opened is given up and opened anew. @type {(state: State, event: Event) => Step} */
function leaveOpening(state, event) {
  return to(state, event, { name: "paused", reason: "hidden", closed: true }, ["hold", "close"]);
}

/** @type {(state: State, event: Event) => Step} */
function resume(state, event) {
  if (state.closed) return to(state, event, { name: "asking", closed: false }, ["open"]);
  if (state.kind === "watch") return go(state, event);
  return state.begun || state.calibrated ? count(state, event) : opened(state, event); // who was calibrated need not be again
}

/** @type {(state: State, event: Event) => Step} */
function opened(state, event) {
  if (state.begun) return count(state, event);
  return state.kind === "webcam" ? to(state, event, { name: "framing" }, ["stand"]) : count(state, event);
}

/** A hint stays long enough to be read before another takes its place. @param {State} state @param {string} hint @param {number} time @returns {State} */
function advised(state, hint, time) {
  const stays = state.hint !== null && (state.hint === hint || time - state.advised < TIMES.read);
  return stays && state.good === null ? state : { ...state, hint: stays ? state.hint : hint, advised: stays ? state.advised : time, good: null };
}

/** Only a camera's client can answer a hint. @type {(state: State, event: Event) => Step} */
function framing(state, event) {
  const hint = event.hint ?? null;
  if (hint) return { state: advised(state, hint, event.time), effects: [] };
  const good = state.good ?? event.time;
  if (event.time - good >= TIMES.framing) return calibrating(state, event);
  return state.good === good ? { state, effects: [] } : { state: { ...state, hint: null, good }, effects: [] };
}

/** The pose has to be held: moving begins anew, leaving the picture goes back. @type {(state: State, event: Event) => Step} */
function calibration(state, event) {
  if (event.time - state.since >= TIMES.calibrationMost) return count(state, event);
  if (event.hint) return { state: { ...state, hint: event.hint, good: null }, effects: ["forget"] };
  if (!event.still) return { state: { ...state, hint: "still", good: null }, effects: ["forget"] };
  const good = state.good ?? event.time;
  if (event.time - good >= TIMES.calibration) {
    const { state: next, effects } = count({ ...state, calibrated: true }, event);
    return { state: next, effects: ["calibrate", ...effects] };
  }
  return { state: { ...state, hint: null, good }, effects: [] };
}

/** The patience is for people and cameras; a large file may take as long as it takes. @type {(state: State, event: Event) => Step | null} */
function wait(state, event) {
  if (event.loading) return { state: { ...state, since: event.time, slow: false }, effects: [] };
  const waited = event.time - state.since;
  if (waited >= TIMES.patience) return refuse(state, { ...event, code: "timeout" });
  return waited >= TIMES.hint && !state.slow ? { state: { ...state, slow: true }, effects: [] } : null;
}

/** @type {(state: State, event: Event) => Step | null} */
function countDown(state, event) {
  const left = TIMES.countdown - Math.floor(event.time - state.since + 1e-6);
  if (left <= 0) return go(state, event);
  return left === state.left ? null : { state: { ...state, left }, effects: ["beep"] };
}

/** @type {Record<string, (state: State, event: Event) => Step | null>} whatever the page is doing */
const ANYWHERE = {
  leave: (state, event) => home(state, event),
  failed: (state, event) => (["welcome", "report", "refused"].includes(state.name) ? null : refuse(state, event)),
};

/** @type {Record<Name, Record<string, (state: State, event: Event) => Step | null>>} */
const STATES = {
  welcome: {
    choose: (state, event) =>
      event.kind === "watch"
        ? go({ ...initial(), kind: "watch" }, event)
        : to({ ...initial(), kind: event.kind }, event, { name: "asking" }, ["clear", "open"]),
  },
  asking: { tick: wait, opened, stop: home, hide: (state, event) => leaveOpening(state, event) },
  refused: {
    retry: (state, event) => to(state, event, { name: "asking", code: null }, ["open"]),
    stop: home,
    report: (state, event) => (state.begun ? end(state, event) : null),
  },
  framing: {
    pose: framing,
    skip: calibrating,
    stop: home,
    hide: (state, event) => pause(state, { ...event, reason: "hidden" }),
  },
  calibrating: {
    pose: calibration,
    skip: count,
    stop: home,
    hide: (state, event) => pause(state, { ...event, reason: "hidden" }),
  },
  countdown: {
    tick: countDown,
    skip: go,
    stop: (state, event) => (state.begun ? end(state, event) : home(state, event)),
    pause,
    hide: (state, event) => pause(state, { ...event, reason: "hidden" }),
  },
  workout: {
    pause,
    hide: (state, event) => pause(state, { ...event, reason: "hidden" }),
    ended: (state, event) => (state.kind === "watch" ? pause(state, event) : end(state, event)),
    stop: end,
  },
  paused: {
    resume,
    hide: (state, event) =>
      state.kind === "webcam" && !state.closed ? { state: { ...state, closed: true }, effects: ["close"] } : null,
    stop: (state, event) => (state.begun ? end(state, event) : home(state, event)),
  },
  report: { again: home, stop: home },
};

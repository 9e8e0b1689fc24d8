// What belongs to the client: the repetitions that they accepted, and their sessions over weeks. In this browser's storage
// or in their own file; nothing here is ever sent.

/**
 * @typedef {{made: string, form: number, reps: number|null, attempts: number|null, groups: Record<string, number|null>}} Session
 * @typedef {{accepted: Record<string, number>, sessions: Session[]}} Mine  accepted: measure to tolerances off
 * @typedef {import("./judge.mjs").Rep} Rep
 */

const SCHEMA = "perscoach.mine.1";
const KEY = "perscoach.mine:";
/** Repetitions that are accepted; sessions that are kept; characters of a file that is read. */
export const LIMITS = { reps: 3, sessions: 500, file: 2_000_000 };

/** @returns {Mine} */
export const nothing = () => ({ accepted: {}, sessions: [] });

/**
 * The best three full repetitions as what this client is judged against from now on; null where there are fewer.
 * @param {Rep[]} reps @param {Record<string, number>} before what they were judged against @param {number} own `rules.own`
 * @returns {Record<string, number>|null}
 */
export function acceptedOf(reps, before, own) {
  const best = reps.filter((rep) => rep.kind === "full").sort((a, b) => b.form - a.form).slice(0, LIMITS.reps);
  if (best.length < LIMITS.reps) return null;
  /** @type {Record<string, number[]>} */
  const offs = {};
  for (const { findings } of best) {
    for (const { name, off } of findings) (offs[name] ??= []).push(name in before ? off * own + before[name] : off);
  }
  return Object.fromEntries(Object.entries(offs).map(([name, all]) => [name, all.sort((a, b) => a - b)[all.length >> 1]]));
}

/** With one more session, the oldest forgotten. @param {Mine} mine @param {import("./report.mjs").Report} report @param {string} made @returns {Mine} */
export function withSession(mine, report, made) {
  const { form, reps, attempts, groups } = report;
  if (form === null) return mine;
  const rounded = Object.fromEntries(Object.entries(groups).map(([name, v]) => [name, v === null ? null : Math.round(v)]));
  const others = mine.sessions.filter((one) => one.made !== made);
  return { ...mine, sessions: [...others, { made, form: Math.round(form), reps, attempts, groups: rounded }].slice(-LIMITS.sessions) };
}

/** @param {Mine} mine @param {string} trainer @returns {string} the client's own file */
export const toFile = (mine, trainer) => `${JSON.stringify({ schema: SCHEMA, trainer, ...mine }, null, 1)}\n`;

/** @param {string} text @param {string} trainer @returns {Mine|null} null where it is something else, or of another trainer's movement */
export function fromFile(text, trainer) {
  if (text.length > LIMITS.file) return null;
  try {
    const value = JSON.parse(text);
    return value?.schema === SCHEMA && value.trainer === trainer ? checked(value) : null;
  } catch {
    return null;
  }
}

/** Only what can be used; whatever else stands there is left. @param {any} value @returns {Mine|null} */
function checked(value) {
  if (!value || typeof value.accepted !== "object" || !Array.isArray(value.sessions)) return null;
  const accepted = Object.entries(value.accepted ?? {}).filter(([, off]) => Number.isFinite(off) && Math.abs(Number(off)) < 100);
  const whole = (/** @type {any} */ v) => (Number.isFinite(v) && v >= 0 && v < 1e6 ? Math.round(v) : null);
  const sessions = value.sessions.slice(-LIMITS.sessions).filter((/** @type {any} */ one) => one && Number.isFinite(Date.parse(one.made)) && whole(one.form) !== null)
    .map((/** @type {any} */ one) => ({
      made: new Date(one.made).toISOString(), form: Math.min(Number(whole(one.form)), 100), reps: whole(one.reps), attempts: whole(one.attempts),
      groups: Object.fromEntries(Object.entries(one.groups ?? {}).slice(0, 20).map(([name, v]) => [name, whole(v)])),
    }));
  return { accepted: Object.fromEntries(accepted.map(([name, off]) => [name, Number(off)])), sessions };
}

/** What this browser keeps for a trainer's movement. @param {string} trainer @returns {Mine} */
export function load(trainer) {
  try {
    return fromFile(localStorage.getItem(KEY + trainer) ?? "", trainer) ?? nothing();
  } catch {
    return nothing(); // a browser that keeps nothing
  }
}

/** @param {string} trainer @param {Mine} mine @returns {boolean} whether this browser keeps it */
export function keep(trainer, mine) {
  try {
    localStorage.setItem(KEY + trainer, toFile(mine, trainer));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} trainer */
export function forget(trainer) {
  try {
    localStorage.removeItem(KEY + trainer);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}

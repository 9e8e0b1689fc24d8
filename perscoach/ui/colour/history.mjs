// Undo and redo of the room's choices, and what is believed of a choice that was stored. Pure: no page, no storage.

/** The most steps that can be taken back. */
export const STEPS = 200;
const SAME = 1e-9;
const LONGEST = 400_000; // characters of a stored state that are read at all
const KIND = /^[a-z_]{1,40}$/;
const LOOK = /^[0-9a-f]{64}$/;
const NAME = 120; // characters of a look's name

/** @typedef {readonly Pick<Shared.Parameter, 'name'|'low'|'high'>[]} Parameters */

/** @param {Record<string, unknown>} object @param {string} key @returns {unknown} */
const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);
/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {Shared.Look|null} look @returns {Shared.Look|null} */
const lookOf = (look) => (look ? { id: look.id, name: look.name, amount: look.amount } : null);
/** @param {Shared.Choice} choice @returns {Shared.Choice} */
const copyOf = (choice) => ({ grade: { ...choice.grade }, look: lookOf(choice.look) });

/**
 * A grade whose numbers `value` gives.
 * @template {{name: string}} P
 * @param {readonly P[]} parameters @param {(parameter: P) => number} value @returns {Shared.Grade}
 */
export const gradeOf = (parameters, value) => /** @type {any} */ (Object.fromEntries(parameters.map((p) => [p.name, value(p)])));

/** Whether two grades differ by at most `most` in every number. @param {Shared.Grade} a @param {Shared.Grade} b @param {number} most */
export const alike = (a, b, most) => /** @type {(keyof Shared.Grade)[]} */ (Object.keys(a)).every((name) => Math.abs(a[name] - b[name]) <= most);

/** Whether two choices give the same picture (a look's name does not matter). @param {Shared.Choice} a @param {Shared.Choice} b */
export function sameChoice(a, b) {
  const [one, other] = [a.look ?? null, b.look ?? null];
  if (one && other ? one.id !== other.id || Math.abs(one.amount - other.amount) > SAME : one !== other) return false;
  return alike(a.grade, b.grade, SAME);
}

/** The five numbers of something stored, or null where one is missing or outside its range. @param {unknown} value @param {Parameters} parameters @returns {Shared.Grade|null} */
export function gradeFrom(value, parameters) {
  if (!isObject(value)) return null;
  const numbers = parameters.map(({ name, low, high }) => ({ name, low, high, number: own(value, name) }));
  if (!numbers.every(({ number, low, high }) => typeof number === "number" && number >= low && number <= high)) return null;
  return gradeOf(numbers, ({ number }) => Number(number));
}

/** A choice of something stored, or null where it is none. @param {unknown} value @param {Parameters} parameters @returns {Shared.Choice|null} */
function choiceFrom(value, parameters) {
  if (!isObject(value)) return null;
  const grade = gradeFrom(own(value, "grade"), parameters);
  const look = own(value, "look") ?? null;
  if (!grade) return null;
  if (look === null) return { grade, look };
  if (!isObject(look) || typeof look.id !== "string" || !LOOK.test(look.id)) return null;
  if (typeof look.name !== "string" || typeof look.amount !== "number" || !(look.amount >= 0 && look.amount <= 1)) return null;
  return { grade, look: { id: look.id, name: look.name.slice(0, NAME), amount: look.amount } };
}

/** @typedef {{choice: Shared.Choice, kind: string, merge: number|null}} Step */

/** The choices of one version, one after the other, and where in them the coach stands. */
export class History {
  /** @param {Shared.Choice} first the choice that can no longer be undone @param {number} [limit] */
  constructor(first, limit = STEPS) {
    this.limit = limit;
    this.at = 0;
    this.open = false; // the last step may still be joined by its gesture's next choice
    /** @type {Step[]} */
    this.steps = [{ choice: copyOf(first), kind: "", merge: null }];
  }

  /**
   * A new choice. `kind` (a key of the texts) says what was changed. Choices of one kind that come with the same `merge`
   * (the number of a gesture: one drag, one held key) become one step; a gesture that ends where it began leaves none.
   * What had been undone is dropped. Returns whether anything changed.
   * @param {Shared.Choice} choice @param {{kind?: string, merge?: number|null}} [about]
   */
  push(choice, { kind = "", merge = null } = {}) {
    const { steps } = this;
    const here = steps[this.at];
    if (sameChoice(choice, here.choice)) return false;
    steps.length = this.at + 1;
    const joins = this.open && merge !== null && here.merge === merge && here.kind === kind && this.at > 0;
    if (joins) steps.pop();
    const gone = joins && sameChoice(choice, steps[steps.length - 1].choice);
    if (!gone) steps.push({ choice: copyOf(choice), kind, merge });
    if (steps.length > this.limit + 1) steps.splice(0, steps.length - this.limit - 1);
    this.at = steps.length - 1;
    this.open = !gone;
    return true;
  }

  /** One step back; the choice there, or null where there is none. */
  undo() {
    return this.canUndo ? this.go(-1) : null;
  }

  /** One step forward again; the choice there, or null. */
  redo() {
    return this.canRedo ? this.go(1) : null;
  }

  /** @param {number} step */
  go(step) {
    this.at += step;
    this.open = false; // what was undone to is never changed by a gesture that still goes on
    return this.present;
  }

  get present() {
    return copyOf(this.steps[this.at].choice);
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  /** What `undo` would take back (its kind), or "". */
  get label() {
    return this.steps[this.at].kind;
  }

  /** What `redo` would bring back (its kind), or "". */
  get next() {
    return this.canRedo ? this.steps[this.at + 1].kind : "";
  }

  toJSON() {
    return { at: this.at, steps: this.steps.map(({ choice, kind }) => ({ choice, kind })) };
  }

  /** A stored history, or null where any part of it cannot be believed. @param {unknown} value @param {Parameters} parameters @param {number} [limit] */
  static from(value, parameters, limit = STEPS) {
    if (!isObject(value) || !Array.isArray(value.steps)) return null;
    const { at, steps } = value;
    if (!steps.length || steps.length > limit + 1 || typeof at !== "number" || !Number.isInteger(at) || at < 0 || at >= steps.length) return null;
    /** @type {Step[]} */
    const read = [];
    for (const step of steps) {
      const choice = choiceFrom(step?.choice, parameters);
      const kind = step?.kind;
      if (!choice || typeof kind !== "string" || !(KIND.test(kind) || (read.length === 0 && kind === ""))) return null;
      read.push({ choice, kind, merge: null });
    }
    return Object.assign(new History(read[0].choice, limit), { at, steps: read });
  }
}

/**
 * A job's two versions; `shown` is on the screen and always there.
 * @typedef {'A'|'B'} Slot
 * @typedef {{shown: Slot, slots: Record<Slot, History|null>}} Versions
 */

/** A job's versions as text. @param {Versions} versions */
export function packed({ shown, slots }) {
  return JSON.stringify({ version: 1, shown, slots });
}

/** What `packed` wrote, or null where it cannot be believed. @param {unknown} text @param {Parameters} parameters @returns {Versions|null} */
export function unpacked(text, parameters) {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.version !== 1 || !isObject(value.slots)) return null;
  const { shown } = value;
  if (shown !== "A" && shown !== "B") return null;
  const slots = { A: History.from(value.slots.A, parameters), B: History.from(value.slots.B, parameters) };
  return slots.A && slots[shown] ? { shown, slots } : null;
}

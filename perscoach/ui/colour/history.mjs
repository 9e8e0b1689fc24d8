// Undo and redo of the room's choices, and what is believed of a choice that was stored. Pure: no page, no storage.

/** The most steps that can be taken back. */
export const STEPS = 200;
const SAME = 1e-9;
const LONGEST = 400_000; // characters of a stored state that are read at all
const KIND = /^[a-z_]{1,40}$/;
const LOOK = /^[0-9a-f]{64}$/;
const NAME = 120; // characters of a look's name

const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const lookOf = (look) => (look ? { id: look.id, name: look.name, amount: look.amount } : null);
const copyOf = (choice) => ({ grade: { ...choice.grade }, look: lookOf(choice.look) });

/** Whether two choices give the same picture (a look's name does not matter). */
export function sameChoice(a, b) {
  const one = a.look ?? null;
  const other = b.look ?? null;
  if ((one === null) !== (other === null)) return false;
  if (one && (one.id !== other.id || Math.abs(one.amount - other.amount) > SAME)) return false;
  return Object.keys(a.grade).every((name) => Math.abs(a.grade[name] - b.grade[name]) <= SAME);
}

/** The five numbers of something stored, or null where one is missing or outside its range (`parameters` of the setup). */
export function gradeFrom(value, parameters) {
  if (!isObject(value)) return null;
  const grade = {};
  for (const { name, low, high } of parameters) {
    const number = own(value, name);
    if (typeof number !== "number" || !(number >= low && number <= high)) return null;
    grade[name] = number;
  }
  return grade;
}

/** A choice of something stored, or null where it is none. */
export function choiceFrom(value, parameters) {
  if (!isObject(value)) return null;
  const grade = gradeFrom(own(value, "grade"), parameters);
  const look = own(value, "look") ?? null;
  if (!grade) return null;
  if (look === null) return { grade, look };
  if (!isObject(look) || typeof look.id !== "string" || !LOOK.test(look.id)) return null;
  if (typeof look.name !== "string" || typeof look.amount !== "number" || !(look.amount >= 0 && look.amount <= 1)) return null;
  return { grade, look: lookOf({ ...look, name: look.name.slice(0, NAME) }) };
}

/** The choices of one version, one after the other, and where in them the coach stands. */
export class History {
  /** `first`: the choice that can no longer be undone. */
  constructor(first, limit = STEPS) {
    Object.assign(this, { limit, at: 0, open: false, steps: [{ choice: copyOf(first), kind: "", merge: null }] });
  }

  /**
   * A new choice. `kind` (a key of the texts) says what was changed. Choices of one kind that come with the same `merge`
   * (the number of a gesture: one drag, one held key) become one step; a gesture that ends where it began leaves none.
   * What had been undone is dropped. Returns whether anything changed.
   */
  push(choice, { kind = "", merge = null } = {}) {
    const { steps } = this;
    const here = steps[this.at];
    if (sameChoice(choice, here.choice)) return false;
    steps.length = this.at + 1;
    const joins = this.open && merge !== null && here.merge === merge && here.kind === kind && this.at > 0;
    if (joins) steps.pop();
    const gone = joins && sameChoice(choice, steps.at(-1).choice);
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

  /** A stored history, or null where any part of it cannot be believed. */
  static from(value, parameters, limit = STEPS) {
    if (!isObject(value) || !Array.isArray(value.steps)) return null;
    const { at, steps } = value;
    if (!steps.length || steps.length > limit + 1 || !Number.isInteger(at) || at < 0 || at >= steps.length) return null;
    const read = steps.map((step) => ({ choice: choiceFrom(step?.choice, parameters), kind: step?.kind, merge: null }));
    if (!read.every(({ choice, kind }, i) => choice && typeof kind === "string" && (KIND.test(kind) || (i === 0 && kind === "")))) return null;
    return Object.assign(new History(read[0].choice, limit), { at, steps: read });
  }
}

/** The state of a job `{shown: "A" | "B", slots: {A: History, B: History | null}}` as text. */
export function packed({ shown, slots }) {
  return JSON.stringify({ version: 1, shown, slots });
}

/** What `packed` wrote, or null where it cannot be believed. */
export function unpacked(text, parameters) {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value.version !== 1 || !isObject(value.slots) || !["A", "B"].includes(value.shown)) return null;
  const slots = { A: History.from(value.slots.A, parameters), B: History.from(value.slots.B, parameters) };
  return slots.A && slots[value.shown] ? { shown: value.shown, slots } : null;
}

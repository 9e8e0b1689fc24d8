// One thing to say at a time: after a repetition, its worst measure with a number, and a word when it is right again.
// Pure; the words stand in texts.mjs under the keys that come out of here.

/**
 * @typedef {import("./judge.mjs").Rep} Rep
 * @typedef {{kind: 'fix'|'praise', name: string|null, key: string, values: {n: number}, text: string, time: number}} Cue
 *   key and values: of the words; text: the coach's own words, instead; name: the measure
 */

/** Seconds; marks below which a measure is named, and from which it is right again; a repetition's form that is praised. */
export const CUES = { cooldown: 4, praiseWithin: 15, shown: 3.5, named: 0.6, right: 0.8, praised: 92 };

/** Decides when to say what. */
export class CueMaker {
  /** @param {Shared.Rules} rules @param {Shared.PlanJson} plan @param {boolean} mirror */
  constructor(rules, plan, mirror) {
    this.rules = rules;
    this.plan = plan;
    this.mirror = mirror;
    /** @type {Cue|null} */
    this.current = null;
    /** @type {{name: string, time: number}|null} */
    this.asked = null;
    this.last = -Infinity;
  }

  /**
   * @param {number} time seconds, growing
   * @param {Rep|null} rep that ended with this frame
   * @returns {Cue|null} a new thing to say, or null
   */
  step(time, rep) {
    if (!rep) return null;
    const cue = this.praise(time, rep) ?? this.fix(time, rep);
    if (cue) {
      this.current = cue;
      this.last = time;
    }
    return cue;
  }

  /** What should stand on the screen at `time`. @param {number} time @returns {Cue|null} */
  shown(time) {
    return this.current && time - this.current.time < CUES.shown ? this.current : null;
  }

  /** Only where nothing in the repetition needs a word. @param {number} time @param {Rep} rep @returns {Cue|null} */
  praise(time, rep) {
    const asked = this.asked;
    const now = asked && rep.findings.find((one) => one.name === asked.name);
    if (!asked || !now || now.mark < CUES.right || rep.kind !== "full") return null;
    this.asked = null;
    const clean = rep.findings.every((one) => one.mark >= CUES.named);
    if (!clean || time - asked.time > CUES.praiseWithin) return null;
    return { kind: "praise", name: asked.name, key: "praise", values: { n: 0 }, text: "", time };
  }

  /** @param {number} time @param {Rep} rep @returns {Cue|null} */
  fix(time, rep) {
    if (time - this.last < CUES.cooldown) return null;
    if (rep.kind === "missed") return { kind: "fix", name: null, key: "missed", values: { n: 0 }, text: "", time };
    const [worst] = rep.findings.filter((one) => one.mark < CUES.named).sort((a, b) => a.mark - b.mark);
    if (!worst) return null;
    this.asked = { name: worst.name, time };
    const text = this.plan.targets.find((target) => target.name === worst.name)?.cue ?? "";
    return { kind: "fix", name: worst.name, ...words(own(worst.name, this.rules, this.mirror), worst.amount, this.rules), text, time };
  }
}

/** The measure of the client's own side. @param {string} name @param {Shared.Rules} rules @param {boolean} mirror */
export function own(name, rules, mirror) {
  return (mirror && rules.measures.find((m) => m.name === name)?.other_side) || name;
}

/**
 * Key and number of the words for a difference: whole centimetres, or fives of degrees.
 * @param {string} name @param {number} amount @param {Shared.Rules} rules
 */
export function words(name, amount, rules) {
  const step = rules.measures.find((m) => m.name === name)?.unit === "deg" ? 5 : 1;
  const n = Math.max(step, Math.round(Math.abs(amount) / step) * step);
  return { key: `fix.${name}.${amount < 0 ? "less" : "more"}`, values: { n } };
}

// Standing frames from the server, without loss: the frame itself, and the person cut out of it.

import { Latest, unpack } from "./feed.mjs";

const REST_MS = 200; // the person is looked for once the frame has come to rest, so that stepping stays quick

/** The frame that is wanted and what has come of it. */
export class Stills {
  /**
   * @param {Colour.Server} server @param {import("../web/words.mjs").Speaker} t
   * @param {{changed: () => void, say: Colour.Say}} on changed: something new is there
   */
  constructor(server, t, { changed, say }) {
    this.t = t;
    this.changed = changed;
    this.say = say;
    this.token = "";
    /** @type {Shared.Clip|null} */
    this.clip = null;
    this.wanted = "";
    this.needPerson = false;
    /** @type {Colour.Still|null} the frame itself */
    this.room = null;
    /** @type {Colour.Still|null} the person cut out of it */
    this.person = null;
    this.failed = ""; // the key of the frame in which nobody was found
    this.resting = 0;
    const lost = () => say(t("colour_lost"), true);
    this.frames = new Latest((/** @type {Colour.StillAsk} */ ask) => server.frame(ask), (answer, ask) => this.gotFrame(answer, ask), lost);
    this.people = new Latest((/** @type {Colour.StillAsk} */ ask) => server.cutout(ask), (answer, ask) => this.gotPerson(answer, ask), lost);
  }

  /** Another clip, or none. @param {string} token @param {Shared.Clip|null} clip */
  open(token, clip) {
    for (const queue of [this.frames, this.people]) queue.drop();
    clearTimeout(this.resting);
    Object.assign(this, { token, clip, wanted: "", room: null, person: null });
  }

  /** Ask for a frame as this view shows it. @param {number} index @param {Colour.View} view */
  ask(index, view) {
    const ask = { token: this.token, index, view };
    this.wanted = JSON.stringify(ask);
    if (!this.room) this.say(this.t("colour_loading"));
    this.frames.ask(ask);
  }

  /** Whether this frame in this view is asked for already. @param {number} index @param {Colour.View} view */
  has(index, view) {
    return this.wanted === JSON.stringify({ token: this.token, index, view });
  }

  /** The cut-out of the frame that is shown, where it has come. */
  get cutout() {
    return this.person && this.person.key === this.room?.key ? this.person : null;
  }

  /** Whether the cut-out of the shown frame has come, or will not. */
  get settled() {
    return this.cutout !== null || this.failed === this.room?.key;
  }

  /** The matte may be another now. */
  forgetPerson() {
    this.person = null;
    this.findPerson();
  }

  findPerson() {
    clearTimeout(this.resting);
    if (!this.needPerson || !this.room || this.cutout || this.failed === this.room.key) return;
    this.say(this.t("colour_finding"));
    this.resting = window.setTimeout(() => {
      if (this.room && this.room.key === this.wanted) this.people.ask(JSON.parse(this.room.key));
    }, REST_MS);
  }

  /** Whether the person is needed at all: behind the trainer stands something else, or only the trainer is measured. @param {boolean} person */
  want(person) {
    if (person && !this.needPerson) this.failed = "";
    this.needPerson = person;
    this.findPerson();
  }

  /** @param {Colour.Answer<Shared.StillAnswer>} answer @param {Colour.StillAsk} ask */
  async gotFrame(answer, ask) {
    if (ask.token !== this.token) return;
    if (answer.error) return this.say(this.t.pair(answer.error), true);
    this.room = await this.picture(answer, ask, null);
    this.say("");
    this.findPerson();
    this.changed();
  }

  /** @param {Colour.Answer<Shared.StillAnswer>} answer @param {Colour.StillAsk} ask */
  async gotPerson(answer, ask) {
    if (ask.token !== this.token || !this.needPerson) return;
    if (answer.error) {
      this.failed = JSON.stringify(ask);
      this.say(`${this.t("colour_room_instead")} ${this.t.pair(answer.error)}`, true);
      return this.changed();
    }
    this.person = await this.picture(answer, ask, 3);
    if (this.cutout) this.say("");
    this.changed();
  }

  /** @param {Shared.StillAnswer} answer @param {Colour.StillAsk} ask @param {number|null} alphaAt the plane that holds alpha @returns {Promise<Colour.Still>} */
  async picture(answer, ask, alphaAt) {
    const { index, width, height, part } = answer;
    const planes = await unpack(answer.planes, width, height);
    const alpha = alphaAt === null ? null : planes.subarray(alphaAt * width * height);
    return { key: JSON.stringify(ask), index, width, height, part, clip: this.clip, planes, alpha };
  }
}

// Standing frames from the server, without loss: the frame itself, and the person cut out of it.

import { Latest, unpack } from "./feed.mjs";

const REST_MS = 200; // the person is looked for once the frame has come to rest, so that stepping stays quick

/**
 * The frame that is wanted and what has come of it.
 *
 * changed(): something new is there; say(sentence, bad): a word for the user.
 */
export class Stills {
  constructor(server, t, { changed, say }) {
    Object.assign(this, { t, changed, say, clip: null, wanted: "", needPerson: false });
    this.room = this.person = null;
    const lost = () => say(t("colour_lost"), true);
    this.frames = new Latest((ask) => server.frame(ask), (answer, ask) => this.gotFrame(answer, ask), lost);
    this.people = new Latest((ask) => server.cutout(ask), (answer, ask) => this.gotPerson(answer, ask), lost);
  }

  /** Another clip, or none. */
  open(token, clip) {
    for (const queue of [this.frames, this.people]) queue.drop();
    clearTimeout(this.resting);
    Object.assign(this, { token, clip, wanted: "", room: null, person: null });
  }

  /** Ask for a frame as this view shows it. */
  ask(index, view) {
    const ask = { token: this.token, index, view };
    this.wanted = JSON.stringify(ask);
    if (!this.room) this.say(this.t("colour_loading"));
    this.frames.ask(ask);
  }

  /** Whether this frame in this view is asked for already. */
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
    this.resting = setTimeout(() => {
      if (this.room && this.room.key === this.wanted) this.people.ask(JSON.parse(this.room.key));
    }, REST_MS);
  }

  /** Whether the person is needed at all: behind the trainer stands something else, or only the trainer is measured. */
  want(person) {
    if (person && !this.needPerson) this.failed = "";
    this.needPerson = person;
    this.findPerson();
  }

  async gotFrame(answer, ask) {
    if (ask.token !== this.token) return;
    if (answer.error) return this.say(this.t.pair(answer.error), true);
    this.room = await this.picture(answer, ask, null);
    this.say("");
    this.findPerson();
    this.changed();
  }

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

  async picture(answer, ask, alphaAt) {
    const { index, width, height, part } = answer;
    const planes = await unpack(answer.planes, width, height);
    const alpha = alphaAt === null ? null : planes.subarray(alphaAt * width * height);
    return { key: JSON.stringify(ask), index, width, height, part, clip: this.clip, planes, alpha };
  }
}

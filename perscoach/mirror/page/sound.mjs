// Beeps and the spoken word. Only voices that live on this device speak: others would send the words away.

export class Beeper {
  constructor() {
    this.on = true;
    /** @type {AudioContext|null} */
    this.context = null;
  }

  /** After a touch or a key: browsers let no page sound before. */
  wake() {
    if (!this.context && typeof AudioContext !== "undefined") this.context = new AudioContext();
    if (this.context && this.context.state === "suspended") this.context.resume().catch(() => {});
  }

  /** @param {'count'|'go'|'good'|'end'} kind */
  play(kind) {
    if (!this.on || !this.context || this.context.state !== "running") return;
    const notes = { count: [[660, 0, 0.12]], go: [[990, 0, 0.35]], good: [[880, 0, 0.09], [1175, 0.1, 0.14]], end: [[880, 0, 0.15], [660, 0.18, 0.3]] };
    for (const [pitch, after, length] of notes[kind]) this.note(pitch, this.context.currentTime + after, length);
  }

  /** @param {number} pitch Hz @param {number} at @param {number} length seconds */
  note(pitch, at, length) {
    if (!this.context) return;
    const tone = this.context.createOscillator();
    const loud = this.context.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.16, at + 0.01);
    loud.gain.exponentialRampToValueAtTime(0.001, at + length);
    tone.connect(loud).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + length + 0.02);
  }
}

export class Speaker {
  constructor() {
    this.on = false;
  }

  /** A voice of this device for the language. @param {string} language @returns {SpeechSynthesisVoice|null} */
  voice(language) {
    if (typeof speechSynthesis === "undefined") return null;
    const voices = speechSynthesis.getVoices().filter((v) => v.localService && v.lang.toLowerCase().startsWith(language));
    return voices.find((v) => v.default) || voices[0] || null;
  }

  /** @param {string} words @param {string} language */
  say(words, language) {
    const voice = this.on && this.voice(language);
    if (!voice) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(words);
    said.voice = voice;
    said.lang = voice.lang;
    speechSynthesis.speak(said);
  }

  stop() {
    if (typeof speechSynthesis !== "undefined") speechSynthesis.cancel();
  }
}

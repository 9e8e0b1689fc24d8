// The matte beside the playing clip: small frames read by ranges, about one request a second (see matting/proxy.py).

const MAGIC = "PCALPHA1";
const HEAD = 16384; // bytes of the first request: the header of a clip of many minutes
const MOST = { side: 4096, frames: 1e6, chunk: 256, header: 4 << 20, unpacked: 128 << 20 };
const ROOM = 48 << 20; // bytes of unpacked frames that are kept (at least three chunks)

/** `key`: of the sentence for the user; `changed`: another matte lies at the address now. */
export class AlphaError extends Error {
  /** @param {string} key @param {string} why @param {boolean} [changed] */
  constructor(key, why, changed = false) {
    super(why);
    this.key = key;
    this.changed = changed;
  }
}

const damaged = (/** @type {string} */ why) => new AlphaError("colour_play_matte_damaged", why);

/** @typedef {{width: number, height: number, frames: number, chunk: number, offsets: number[]}} Header chunk: frames in one; offsets: of the chunks, in bytes */

/** The checked header of a proxy from its first bytes, or the number of bytes that are needed for it. @param {Uint8Array} bytes @returns {Header|number} */
export function header(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 8)) !== MAGIC) throw damaged("not an alpha proxy");
  const length = view.getUint32(8, true);
  if (length > MOST.header) throw damaged(`a header of ${length} bytes`);
  if (bytes.length < 12 + length) return 12 + length;
  let head;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + length)));
  } catch {
    throw damaged("the header is no JSON");
  }
  const whole = (/** @type {string} */ name, /** @type {number} */ most) => {
    if (!Number.isInteger(head?.[name]) || head[name] < 1 || head[name] > most) throw damaged(`${name}: ${head?.[name]}`);
  };
  whole("width", MOST.side);
  whole("height", MOST.side);
  whole("frames", MOST.frames);
  whole("chunk", MOST.chunk);
  if (head.width * head.height * head.chunk > MOST.unpacked) throw damaged("chunks too large");
  const { offsets } = head;
  const chunks = Math.ceil(head.frames / head.chunk);
  if (!Array.isArray(offsets) || offsets.length !== chunks + 1 || offsets[0] !== 12 + length) throw damaged("offsets");
  for (let i = 1; i < offsets.length; i++) {
    if (!Number.isSafeInteger(offsets[i]) || offsets[i] <= offsets[i - 1]) throw damaged("offsets");
    if (offsets[i] - offsets[i - 1] > MOST.unpacked) throw damaged("offsets");
  }
  return head;
}

/** Inflate at most `size` bytes; anything but exactly `size` is an error. @param {Uint8Array<ArrayBuffer>} packed @param {number} size */
async function inflate(packed, size) {
  const out = new Uint8Array(size);
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > size) throw new Error("longer than it says");
      out.set(value, at);
      at += value.length;
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw damaged(error instanceof Error ? error.message : String(error));
  }
  if (at !== size) throw damaged(`${at} of ${size} bytes`);
  return out;
}

/** @typedef {{data: Uint8Array|null, coming: Promise<Chunk>}} Chunk */

/** One job's alpha proxy. `open` reads its header; frames come from a bounded store of unpacked chunks. */
export class AlphaProxy {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
    /** @type {Map<number, Chunk>} the latest used last */
    this.chunks = new Map();
    this.stopper = new AbortController();
    /** @type {string|null} the file's ETag */
    this.tag = null;
    /** @type {Uint8Array<ArrayBuffer>|null} the whole file, where the server gave that instead of a range */
    this.whole = null;
    this.requests = 0;
    this.width = this.height = this.frames = this.chunk = this.size = this.kept = 0;
    /** @type {number[]} */
    this.offsets = [];
  }

  /** @param {string} url @returns {Promise<AlphaProxy>} @throws {AlphaError} */
  static async open(url) {
    const proxy = new AlphaProxy(url);
    let first = await proxy.bytes(0, HEAD);
    let head = header(first);
    if (typeof head === "number") {
      first = await proxy.bytes(0, head);
      head = header(first);
      if (typeof head === "number") throw damaged("the header is cut off");
    }
    Object.assign(proxy, head);
    proxy.size = head.width * head.height;
    proxy.kept = Math.max(3, Math.floor(ROOM / (proxy.size * head.chunk)));
    return proxy;
  }

  /** The frame now, or null where its chunk is not here yet. @param {number} index @returns {Colour.Alpha|null} */
  at(index) {
    const chunk = this.chunks.get(Math.floor(index / this.chunk));
    return chunk?.data ? this.view(chunk.data, index) : null;
  }

  /** The frame, read where needed. @param {number} index @throws {AlphaError} */
  async frame(index) {
    const now = this.at(index);
    return now ?? this.view((await this.load(Math.floor(index / this.chunk))).data ?? new Uint8Array(), index);
  }

  /** Have what is played from `index` on: its chunk, and the next one (around the end to the beginning). @param {number} index */
  async prefetch(index) {
    const number = Math.floor(index / this.chunk);
    await this.load(number);
    await this.load((number + 1) % (this.offsets.length - 1));
  }

  close() {
    this.stopper.abort();
    this.chunks.clear();
    this.whole = null;
  }

  /** @param {Uint8Array} data of the chunk @param {number} index @returns {Colour.Alpha} */
  view(data, index) {
    const start = (index % this.chunk) * this.size;
    return { width: this.width, height: this.height, data: data.subarray(start, start + this.size) };
  }

  /** @param {number} number @returns {Promise<Chunk>} */
  load(number) {
    let chunk = this.chunks.get(number);
    if (!chunk) {
      chunk = /** @type {Chunk} */ ({ data: null });
      chunk.coming = this.read(number, chunk).catch((error) => { this.chunks.delete(number); throw error; });
    }
    this.chunks.delete(number); // the latest used stands last
    this.chunks.set(number, chunk);
    for (const old of this.chunks.keys()) {
      if (this.chunks.size <= this.kept) break;
      this.chunks.delete(old);
    }
    return chunk.coming;
  }

  /** @param {number} number @param {Chunk} chunk */
  async read(number, chunk) {
    const packed = await this.bytes(this.offsets[number], this.offsets[number + 1]);
    if (packed.length !== this.offsets[number + 1] - this.offsets[number]) throw damaged("the file is cut off");
    const frames = Math.min(this.chunk, this.frames - number * this.chunk);
    chunk.data = await inflate(packed, frames * this.size);
    return chunk;
  }

  /** The file's bytes `start <= i < stop`, fewer where it ends before. @param {number} start @param {number} stop */
  async bytes(start, stop) {
    if (this.whole) return this.whole.subarray(start, stop);
    this.requests += 1;
    let answer;
    let buffer = new ArrayBuffer(0);
    try {
      answer = await fetch(this.url, { headers: { Range: `bytes=${start}-${stop - 1}` }, signal: this.stopper.signal });
      if (answer.ok) buffer = await answer.arrayBuffer();
    } catch (error) {
      throw new AlphaError("colour_play_matte_lost", String(error));
    }
    if (!answer.ok) throw new AlphaError("colour_play_matte_lost", `status ${answer.status}`, answer.status === 404 || answer.status === 416);
    const tag = answer.headers.get("etag");
    if (this.tag !== null && tag !== this.tag) throw new AlphaError("colour_play_matte_lost", "another file", true);
    this.tag = tag;
    if (answer.status === 206) return new Uint8Array(buffer);
    this.whole = new Uint8Array(buffer); // something between here and the server leaves ranges out
    return this.whole.subarray(start, stop);
  }
}

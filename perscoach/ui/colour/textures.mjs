// Textures of the WebGL2 painter, and the tables of looks among them.

const KEPT = 8; // tables on the graphics card: 3.3 MB each at most
const LARGEST = 65; // points on an edge

/** @param {WebGL2RenderingContext} gl @param {number} kind @param {number} filter */
export function newTexture(gl, kind, filter) {
  const texture = gl.createTexture();
  gl.bindTexture(kind, texture);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(kind, name, filter);
  for (const axis of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) gl.texParameteri(kind, axis, gl.CLAMP_TO_EDGE);
  return texture;
}

/** @param {WebGL2RenderingContext} gl @param {number} unit @param {number} kind @param {WebGLTexture|null} texture */
export function bind(gl, unit, kind, texture) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(kind, texture);
}

/** The tables of the looks that were used last. */
export class LookTables {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    /** @type {Map<string, {texture: WebGLTexture, domain: number[][]}>} the last used stands last */
    this.tables = new Map();
  }

  /** @param {string} id */
  has(id) {
    return this.tables.has(id);
  }

  /** A look's table, which counts as a use. @param {string} id */
  use(id) {
    const kept = this.tables.get(id);
    if (kept) {
      this.tables.delete(id);
      this.tables.set(id, kept);
    }
    return kept;
  }

  /** See `Painter.addLook`. @param {string} id @param {Colour.Cube} cube */
  add(id, { size, table, domain }) {
    if (this.has(id)) return;
    if (!Number.isInteger(size) || size < 2 || size > LARGEST || table.length !== 3 * size ** 3) {
      throw new RangeError(`a look needs 3 * size^3 numbers, 2 <= size <= ${LARGEST}: got ${table.length}, size ${size}`);
    }
    if (![0, 1, 2].every((i) => domain[0][i] < domain[1][i])) throw new RangeError("a look's domain must rise");
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE2);
    const texture = newTexture(gl, gl.TEXTURE_3D, gl.NEAREST);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGB32F, size, size, size, 0, gl.RGB, gl.FLOAT, table);
    this.tables.set(id, { texture, domain });
    for (const [oldest, { texture: gone }] of this.tables) {
      if (this.tables.size <= KEPT) break;
      gl.deleteTexture(gone);
      this.tables.delete(oldest);
    }
  }

  /** Forget them: a lost context has none. */
  clear() {
    this.tables.clear();
  }

  dispose() {
    for (const { texture } of this.tables.values()) this.gl.deleteTexture(texture);
    this.clear();
  }
}

// The WebGL2 programs of the colour room: the steps of perscoach/grade/reference.py, a look after them, the marks.
//
// There is no pow in them: how exact it is is the driver's business. An inverse root 1/t^(1/n) starts from the float's bits
// divided by -n (a few per cent off) and is mended by the series of (1 - h)^(-1/n) in h = 1 - t y^n: relative errors below
// 1e-6, what a 32-bit float can hold. There are neither divisions nor branches (a software renderer runs both sides of one).

/** One triangle that covers everything; no buffers. */
export const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(float((gl_VertexID & 1) << 2) - 1.0, float((gl_VertexID & 2) << 1) - 1.0, 0.0, 1.0);
}`;

const TONE = `
uniform vec2 tone;  // steps 1 and 2: a factor and what is added after it
uniform vec3 gains; // step 4`;

const LIFT = `
uniform mat3 toXyz; // linear sRGB to XYZ relative to white
uniform mat3 toRgb;
uniform float lift; // k of the reference's lift_gain

vec3 cubeRoot(vec3 t) { // t^(1/3) = t (t^(-1/3))^2
  vec3 y = intBitsToFloat(1419908917 - ivec3(vec3(floatBitsToInt(t)) * (1.0 / 3.0)));
  vec3 h = 1.0 - t * (y * y * y);
  y += y * h * (1.0 / 3.0 + h * (2.0 / 9.0 + h * (14.0 / 81.0 + h * (35.0 / 243.0 + h * (91.0 / 729.0)))));
  return t * y * y;
}

vec3 power24(vec3 x) { // x^2.4 = x^3 (x^(-1/5))^3
  vec3 y = intBitsToFloat(1277912154 - ivec3(vec3(floatBitsToInt(x)) * 0.2));
  vec3 y2 = y * y;
  vec3 h = 1.0 - x * (y2 * y2 * y);
  y += y * h * (0.2 + h * (0.12 + h * (0.088 + h * (0.0704 + h * 0.059136))));
  vec3 v = x * y;
  return v * v * v;
}

vec3 linearOf(vec3 c) {
  vec3 a = abs(c);
  return sign(c) * mix(power24(a * (1.0 / 1.055) + 0.055 / 1.055), a * (1.0 / 12.92), lessThanEqual(a, vec3(0.04045)));
}

vec3 srgbOf(vec3 c) { // x^(1/2.4) = x^(1/3) (x^(1/3))^(1/4)
  vec3 a = abs(c);
  vec3 root = cubeRoot(max(a, 1e-6));
  return sign(c) * mix(1.055 * root * sqrt(sqrt(root)) - 0.055, a * 12.92, lessThanEqual(a, vec3(0.04045 / 12.92)));
}

const float KNEE = 6.0 / 29.0;
const float SLOPE = 841.0 / 108.0;

vec3 lifted(vec3 c) {
  vec3 t = toXyz * linearOf(c);
  vec3 f = mix(cubeRoot(max(t, 1e-6)), SLOPE * t + 4.0 / 29.0, lessThanEqual(t, vec3(KNEE * KNEE * KNEE)));
  float x = clamp(1.16 * f.y - 0.16, 0.0, 1.0);
  float rest = 1.0 - x;
  float rise = lift / 1.16 * x * x * rest * rest * rest * rest * rest;
  f += rise;
  vec3 back = mix(f * f * f, (f - 4.0 / 29.0) * (1.0 / SLOPE), lessThanEqual(f, vec3(KNEE)));
  return mix(c, srgbOf(toRgb * back), bvec3(rise > 0.0));
}`;

/** `vec3 graded(vec3 c)`: steps 1 to 4 of the reference, unclipped; with or without step 3. Neutral numbers change no bit. */
export const grading = (/** @type {boolean|undefined} */ lifted) => `${TONE}
${lifted ? LIFT : "vec3 lifted(vec3 c) { return c; }"}
vec3 graded(vec3 c) { return lifted(c * tone.x + tone.y) * gains; }`;

const MATTED = `
uniform sampler2D matte; // alpha of the whole clip
float alphaOf(vec4 c, vec2 place) { return textureLod(matte, place, 0.0).r; }`;

const UNMATTED = `
float alphaOf(vec4 c, vec2 place) { return c.a; }`;

const NEAREST = `
vec4 seen() {
  vec2 at = origin + stride * gl_FragCoord.xy;
  vec4 c = texelFetch(picture, clamp(ivec2(at), ivec2(0), ivec2(size) - 1), 0);
  return vec4(c.rgb, alphaOf(c, at / size));
}`;

const SMOOTH = `
uniform int taps; // the mean of taps x taps places in each pixel, as much of each as is not transparent
vec4 seen() {
  vec2 first = origin + stride * (gl_FragCoord.xy - 0.5);
  vec2 step = stride / float(taps);
  vec4 sum = vec4(0.0);
  for (int y = 0; y < taps; y++) {
    for (int x = 0; x < taps; x++) {
      vec2 at = (first + step * (vec2(x, y) + 0.5)) / size;
      vec4 c = textureLod(picture, at, 0.0);
      c.a = alphaOf(c, at);
      sum += vec4(c.rgb * c.a, c.a);
    }
  }
  return vec4(sum.rgb / max(sum.a, 1e-6), sum.a / float(taps * taps));
}`;

const LOOK = `
uniform float look;     // amount
uniform sampler3D cube;
uniform vec3 low, high; // its domain

vec3 point(ivec3 i) { return texelFetch(cube, i, 0).rgb; }

vec3 looked(vec3 c) { // between eight points by hand: the hardware's own filter has as few as 8 bits between two points
  float last = float(textureSize(cube, 0).x - 1);
  c = clamp(c, 0.0, 1.0);
  vec3 place = clamp((c - low) / (high - low), 0.0, 1.0) * last;
  vec3 first = min(floor(place), last - 1.0);
  vec3 p = place - first;
  ivec3 i = ivec3(first);
  vec3 near = mix(mix(point(i), point(i + ivec3(1, 0, 0)), p.x), mix(point(i + ivec3(0, 1, 0)), point(i + ivec3(1, 1, 0)), p.x), p.y);
  i.z += 1;
  vec3 far = mix(mix(point(i), point(i + ivec3(1, 0, 0)), p.x), mix(point(i + ivec3(0, 1, 0)), point(i + ivec3(1, 1, 0)), p.x), p.y);
  return c + look * (mix(near, far, p.z) - c);
}`;

const UNLOOKED = `
vec3 looked(vec3 c) { return c; }`;

const MARK = `
uniform float period; // of the stripes, in pixels
vec3 marked(vec3 shown, vec3 c) {
  vec2 at = gl_FragCoord.xy;
  bool rising = fract((at.x - at.y) / period) < 0.5; // for highlights; those of shadows fall
  bool falling = fract((at.x + at.y) / period) < 0.5;
  if (rising && any(greaterThanEqual(c, vec3(254.5 / 255.0)))) return vec3(1.0, 0.27, 0.0);
  if (falling && any(lessThanEqual(c, vec3(0.5 / 255.0)))) return vec3(0.12, 0.42, 1.0);
  return shown;
}`;

const UNMARKED = `
vec3 marked(vec3 shown, vec3 c) { return shown; }`;

/**
 * The fragment program with only what is asked for. One program with branches for all of it would take a software renderer twice as long.
 * @typedef {{matted?: boolean, smooth?: boolean, lifted?: boolean, looked?: boolean, marked?: boolean, straight?: boolean}} Abilities
 * @param {Abilities} abilities @param {(lifted?: boolean) => string} [grade]
 */
export const fragment = ({ matted, smooth, lifted, looked, marked, straight }, grade = grading) => `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
uniform sampler2D picture;    // straight alpha
uniform vec2 size;            // its size
uniform vec2 origin, stride;  // from pixels of the target to its texels
out vec4 result;
${grade(lifted)}
${matted ? MATTED : UNMATTED}
${smooth ? SMOOTH : NEAREST}
${looked ? LOOK : UNLOOKED}
${marked ? MARK : UNMARKED}

void main() {
  vec4 source = seen();
  float a = floor(source.a * 255.0 + 0.5) * (1.0 / 255.0);
  vec3 c = looked(graded(source.rgb));
  vec3 shown = marked(floor(clamp(c, 0.0, 1.0) * 255.0 + 0.5) * (1.0 / 255.0), c);
  result = a > 0.0 ? vec4(${straight ? "shown" : "shown * a"}, a) : vec4(0.0);
}`;

/**
 * A linked program, or null (a lost context, or a driver that does not take it).
 * @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragmentSource
 */
export function linked(gl, vertex, fragmentSource) {
  const program = gl.createProgram();
  if (!program) return null;
  for (const { kind, source } of [{ kind: gl.VERTEX_SHADER, source: vertex }, { kind: gl.FRAGMENT_SHADER, source: fragmentSource }]) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader); // goes with the program
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
  gl.deleteProgram(program);
  return null;
}

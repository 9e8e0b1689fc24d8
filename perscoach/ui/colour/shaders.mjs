// The WebGL2 programs of the colour room: the steps of perscoach/grade/reference.py, a look after them, the marks.
//
// There is no pow in them: how exact it is is the driver's business. Roots are found by halving the exponent's bits for a
// first guess (a few per cent off) and two steps of Halley's method, which leaves what a 32-bit float can hold.

/** One triangle that covers everything; no buffers. */
export const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(float((gl_VertexID & 1) << 2) - 1.0, float((gl_VertexID & 2) << 1) - 1.0, 0.0, 1.0);
}`;

/** `vec3 graded(vec3 c)`: steps 1 to 4 of the reference, unclipped. A step whose parameter is neutral is left out. */
export const GRADE = `
uniform mat3 toXyz;    // linear sRGB to XYZ relative to white
uniform mat3 toRgb;
uniform vec2 tone;     // brightness, contrast
uniform float lift;    // k of the reference's lift_gain; 0: no step 3
uniform vec3 gains;

vec3 cubeRoot(vec3 t) {
  vec3 y = intBitsToFloat(ivec3(vec3(floatBitsToInt(t)) * (1.0 / 3.0)) + 709958130);
  vec3 q = y * y * y;
  y *= (q + 2.0 * t) / (2.0 * q + t);
  q = y * y * y;
  return y * (q + 2.0 * t) / (2.0 * q + t);
}

vec3 fifthRoot(vec3 t) {
  vec3 y = intBitsToFloat(ivec3(vec3(floatBitsToInt(t)) * 0.2) + 851866000);
  vec3 q = y * y * y * y * y;
  y *= (2.0 * q + 3.0 * t) / (3.0 * q + 2.0 * t);
  q = y * y * y * y * y;
  return y * (2.0 * q + 3.0 * t) / (3.0 * q + 2.0 * t);
}

vec3 linearOf(vec3 c) { // x^2.4 = x^2 (x^2)^(1/5)
  vec3 a = abs(c);
  vec3 x = a * (1.0 / 1.055) + 0.055 / 1.055;
  x *= x;
  return sign(c) * mix(x * fifthRoot(x), a * (1.0 / 12.92), lessThanEqual(a, vec3(0.04045)));
}

vec3 srgbOf(vec3 c) { // x^(1/2.4) = x^(1/3) x^(1/12)
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
}

vec3 graded(vec3 c) {
  if (tone.x != 0.0) c += tone.x;
  if (tone.y != 1.0) c = 0.5 + (c - 0.5) * tone.y;
  if (lift != 0.0) c = lifted(c);
  return c * gains;
}`;

const MATTED = `
uniform sampler2D matte; // alpha of the whole clip
float alphaOf(vec4 c, vec2 place) { return textureLod(matte, place, 0.0).r; }`;

const UNMATTED = `
float alphaOf(vec4 c, vec2 place) { return c.a; }`;

const NEAREST = `
vec4 seen() {
  vec2 at = place();
  vec2 size = vec2(textureSize(picture, 0));
  vec4 c = texelFetch(picture, ivec2(clamp(floor(at), vec2(0.0), size - 1.0)), 0);
  return vec4(c.rgb, alphaOf(c, at / size));
}`;

const SMOOTH = `
uniform int taps; // the mean of taps x taps places in each pixel, as much of each as is not transparent
vec4 seen() {
  vec2 size = vec2(textureSize(picture, 0));
  vec2 stride = part.zw * view.zw / (target * float(taps));
  vec2 first = place() - stride * 0.5 * float(taps - 1);
  vec4 sum = vec4(0.0);
  for (int y = 0; y < taps; y++) {
    for (int x = 0; x < taps; x++) {
      vec2 at = (first + stride * vec2(x, y)) / size;
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
  if (rising && any(greaterThanEqual(c, vec3(1.0 - 1e-5)))) return vec3(1.0, 0.27, 0.0);
  if (falling && any(lessThanEqual(c, vec3(1e-5)))) return vec3(0.12, 0.42, 1.0);
  return shown;
}`;

const UNMARKED = `
vec3 marked(vec3 shown, vec3 c) { return shown; }`;

/**
 * The fragment program with only what is asked for: {matted, smooth, looked, marked, straight}. One program with branches
 * for all of it would take a software renderer twice as long. Places are in 0..1 of the picture on the canvas, y down.
 */
export const fragment = ({ matted, smooth, looked, marked, straight }, grade = GRADE) => `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
uniform sampler2D picture; // straight alpha
uniform vec4 part;         // x, y, width, height of what is shown, in the picture's texels
uniform vec4 view;         // x, y, width, height of what this target shows of it, in 0..1
uniform vec2 target;       // the target's size in pixels
out vec4 result;
vec2 place() { return part.xy + part.zw * (view.xy + view.zw * gl_FragCoord.xy / target); }
${grade}
${matted ? MATTED : UNMATTED}
${smooth ? SMOOTH : NEAREST}
${looked ? LOOK : UNLOOKED}
${marked ? MARK : UNMARKED}

void main() {
  vec4 source = seen();
  float a = floor(source.a * 255.0 + 0.5) / 255.0;
  result = vec4(0.0);
  if (a > 0.0) {
    vec3 c = looked(graded(source.rgb));
    vec3 shown = marked(floor(clamp(c, 0.0, 1.0) * 255.0 + 0.5) / 255.0, c);
    result = vec4(${straight ? "shown" : "shown * a"}, a);
  }
}`;

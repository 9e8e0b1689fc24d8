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
  vec3 y = intBitsToFloat(ivec3(vec3(floatBitsToInt(t)) / 3.0) + 709958130);
  vec3 q = y * y * y;
  y *= (q + 2.0 * t) / (2.0 * q + t);
  q = y * y * y;
  return y * (q + 2.0 * t) / (2.0 * q + t);
}

vec3 fifthRoot(vec3 t) {
  vec3 y = intBitsToFloat(ivec3(vec3(floatBitsToInt(t)) / 5.0) + 851866000);
  vec3 q = y * y * y * y * y;
  y *= (2.0 * q + 3.0 * t) / (3.0 * q + 2.0 * t);
  q = y * y * y * y * y;
  return y * (2.0 * q + 3.0 * t) / (3.0 * q + 2.0 * t);
}

vec3 linearOf(vec3 c) { // x^2.4 = x^2 (x^2)^(1/5)
  vec3 a = abs(c);
  vec3 x = (a + 0.055) / 1.055;
  x *= x;
  return sign(c) * mix(x * fifthRoot(x), a / 12.92, lessThanEqual(a, vec3(0.04045)));
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
  float x = 1.16 * f.y - 0.16;
  if (x <= 0.0 || x >= 1.0) return c;
  float rest = 1.0 - x;
  f += lift / 1.16 * x * x * rest * rest * rest * rest * rest;
  return srgbOf(toRgb * mix(f * f * f, (f - 4.0 / 29.0) / SLOPE, lessThanEqual(f, vec3(KNEE))));
}

vec3 graded(vec3 c) {
  if (tone.x != 0.0) c += tone.x;
  if (tone.y != 1.0) c = 0.5 + (c - 0.5) * tone.y;
  if (lift != 0.0) c = lifted(c);
  return c * gains;
}`;

/** The whole fragment program around `graded`. Positions are in 0..1 of the picture on the canvas, y down. */
export const fragment = (grade = GRADE) => `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp sampler3D;
${grade}

uniform sampler2D picture;  // straight alpha
uniform sampler2D matte;    // of the whole clip
uniform bool matted;        // take alpha from it
uniform vec4 part;          // x, y, width, height of what is shown, in the picture's texels
uniform vec4 view;          // x, y, width, height of what this target shows, in 0..1
uniform vec2 target;        // the target's size in pixels
uniform int taps;           // 0: the nearest texel; n: the mean of n x n places in each pixel
uniform bool straight;
uniform float look;         // amount; 0: none
uniform sampler3D cube;
uniform vec3 low, high;     // the cube's domain
uniform float mark;         // 0: off; else the pattern's period in pixels
out vec4 result;

vec4 taken(vec2 at) {
  vec2 size = vec2(textureSize(picture, 0));
  vec4 c = taps == 0 ? texelFetch(picture, ivec2(clamp(floor(at), vec2(0.0), size - 1.0)), 0) : textureLod(picture, at / size, 0.0);
  if (matted) c.a = textureLod(matte, at / size, 0.0).r;
  return c;
}

vec4 seen() {
  vec2 at = part.xy + part.zw * (view.xy + view.zw * gl_FragCoord.xy / target);
  if (taps == 0) return taken(at);
  vec2 stride = part.zw * view.zw / (target * float(taps));
  vec2 first = at - stride * 0.5 * float(taps - 1);
  vec4 sum = vec4(0.0);
  for (int y = 0; y < taps; y++) {
    for (int x = 0; x < taps; x++) {
      vec4 c = taken(first + stride * vec2(x, y));
      sum += vec4(c.rgb * c.a, c.a);
    }
  }
  return sum.a > 0.0 ? vec4(sum.rgb / sum.a, sum.a / float(taps * taps)) : vec4(0.0);
}

vec3 point(ivec3 i) { return texelFetch(cube, i, 0).rgb; }

vec3 looked(vec3 c) { // between eight points by hand: the hardware's own filter has as few as 8 bits between two points
  float last = float(textureSize(cube, 0).x - 1);
  vec3 place = clamp((c - low) / (high - low), 0.0, 1.0) * last;
  vec3 first = min(floor(place), last - 1.0);
  vec3 p = place - first;
  ivec3 i = ivec3(first);
  vec3 near = mix(mix(point(i), point(i + ivec3(1, 0, 0)), p.x), mix(point(i + ivec3(0, 1, 0)), point(i + ivec3(1, 1, 0)), p.x), p.y);
  i.z += 1;
  vec3 far = mix(mix(point(i), point(i + ivec3(1, 0, 0)), p.x), mix(point(i + ivec3(0, 1, 0)), point(i + ivec3(1, 1, 0)), p.x), p.y);
  return mix(near, far, p.z);
}

vec3 marked(vec3 shown, vec3 c) {
  vec2 at = gl_FragCoord.xy;
  bool up = fract((at.x - at.y) / mark) < 0.5;   // highlights: stripes that rise to the right
  bool down = fract((at.x + at.y) / mark) < 0.5; // shadows: stripes that fall
  if (up && any(greaterThanEqual(c, vec3(1.0 - 1e-5)))) return vec3(1.0, 0.27, 0.0);
  if (down && any(lessThanEqual(c, vec3(1e-5)))) return vec3(0.12, 0.42, 1.0);
  return shown;
}

void main() {
  vec4 source = seen();
  float a = floor(source.a * 255.0 + 0.5) / 255.0;
  if (a == 0.0) {
    result = vec4(0.0);
    return;
  }
  vec3 c = graded(source.rgb);
  if (look > 0.0) {
    c = clamp(c, 0.0, 1.0);
    c += look * (looked(c) - c);
  }
  vec3 shown = floor(clamp(c, 0.0, 1.0) * 255.0 + 0.5) / 255.0;
  if (mark > 0.0) shown = marked(shown, c);
  result = straight ? vec4(shown, a) : vec4(shown * a, a);
}`;

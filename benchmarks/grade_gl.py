"""Ways to grade in a WebGL2 program: how far each is from the reference, and how long a 720x1280 picture takes.

    python benchmarks/grade_gl.py [--paints 12] [--only NAME …]

In headless Chromium whose WebGL is drawn by software (SwiftShader), so the times compare the ways with each other and say
nothing about a graphics card. Each way is put into the colour room's own painter in place of its ``graded``:

* ``roots``: what the room uses. Roots by exponent bits and Halley's method, no ``pow``.
* ``roots_one_step``: the same with one step of Halley's method.
* ``pow``: the formulas as they stand, with the driver's ``pow``.
* ``tables``: one-dimensional tables in float textures around the lift, read with ``texelFetch`` and interpolated.
* ``cube33``, ``cube65``: the whole grade baked into a 3D table (RGBA16F), read by the hardware's linear filter.

Errors are in codes of 255 against the unrounded reference, over a 17^3 grid of colours and 20 random grades, so that 0.5 is
the smallest largest error an 8-bit picture can have. ``bake_ms`` is what a move of a slider costs before the paint.
For comparison, ``page_loops`` is ``grade.mjs``, the renderer of browsers without WebGL2. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.grade import reference
from perscoach.grade.params import Grade
from tests.get_browser import find
from tests.ui.painter_page import FLAGS, choice, colour_grid, maths, opened, picture_of, random_grades, source_of

SIZE = (1280, 720)

# The other ways: GLSL for `graded`, and what has to be baked and bound for a grade before each draw.
_WAYS = r"""async () => {
  const { GRADE } = await import("./shaders.mjs");
  const head = GRADE.slice(0, GRADE.indexOf("vec3 cubeRoot"));
  const tail = GRADE.slice(GRADE.indexOf("const float KNEE"));
  const step = (text, from) => text.slice(0, text.indexOf(from)) + text.slice(text.indexOf(from)).replace(/  q = [\s\S]*?return (y \* .*?);/, "  return y;");
  const linear = `vec3 linearOf(vec3 c) { vec3 a = abs(c);
    return sign(c) * mix(pow((a + 0.055) / 1.055, vec3(2.4)), a / 12.92, lessThanEqual(a, vec3(0.04045))); }`;
  const srgb = `vec3 srgbOf(vec3 c) { vec3 a = abs(c);
    return sign(c) * mix(1.055 * pow(a, vec3(1.0 / 2.4)) - 0.055, a * 12.92, lessThanEqual(a, vec3(0.04045 / 12.92))); }`;
  const power = head + `vec3 cubeRoot(vec3 t) { return pow(t, vec3(1.0 / 3.0)); }` + linear + srgb + tail;
  const tables = head + `
    uniform highp sampler2D roots, outs, lines; // 64 entries wide: place i is (i & 63, i >> 6); entry and step to the next
    float at(highp sampler2D t, float place) {
      int i = int(place);
      vec2 e = texelFetch(t, ivec2(i & 63, i >> 6), 0).rg;
      return e.x + e.y * (place - float(i));
    }
    float root(float t) { return at(roots, sqrt(t) * 2048.0); }
    vec3 cubeRoot(vec3 t) { return vec3(root(t.x), root(t.y), root(t.z)); }
    float outOf(float a) { return at(outs, sqrt(a) * 2048.0); }
    vec3 srgbOf(vec3 c) { vec3 a = abs(c); return sign(c) * vec3(outOf(a.x), outOf(a.y), outOf(a.z)); }
    vec3 source; // before the tone: the table holds both
    vec3 linearOf(vec3 c) { vec3 s = source * 255.0; return vec3(at(lines, s.x), at(lines, s.y), at(lines, s.z)); }
    ` + tail.replace("vec3 graded(vec3 c) {", "vec3 graded(vec3 c) {\n  source = c;");
  const cube = `uniform highp sampler3D baked; vec3 graded(vec3 c) {
    float n = float(textureSize(baked, 0).x); return textureLod(baked, (c * (n - 1.0) + 0.5) / n, 0.0).rgb; }`;

  // the reference in the page's doubles, to bake from
  const lin = (c) => Math.sign(c) * (Math.abs(c) <= 0.04045 ? Math.abs(c) / 12.92 : ((Math.abs(c) + 0.055) / 1.055) ** 2.4);
  const out = (c) => Math.sign(c) * (Math.abs(c) <= 0.04045 / 12.92 ? Math.abs(c) * 12.92 : 1.055 * Math.abs(c) ** (1 / 2.4) - 0.055);
  const knee = 6 / 29, slope = 841 / 108;
  const f = (t) => (t > knee ** 3 ? Math.cbrt(t) : slope * t + 4 / 29);
  const back = (v) => (v > knee ? v ** 3 : (v - 4 / 29) / slope);
  const toned = (c, g) => 0.5 + (c + g.brightness_boost - 0.5) * g.contrast;
  const exact = (r, g, b, grade, m) => {
    let c = [r, g, b].map((v) => toned(v, grade));
    const t = c.map(lin);
    const fs = m.to_xyz.map((row) => f(row[0] * t[0] + row[1] * t[1] + row[2] * t[2]));
    const x = 1.16 * fs[1] - 0.16;
    if (grade.lab_lift !== 0 && x > 0 && x < 1) {
      const v = fs.map((e) => back(e + ((m.lift * grade.lab_lift) / 1.16) * x ** 2 * (1 - x) ** 5));
      c = m.to_rgb.map((row) => out(row[0] * v[0] + row[1] * v[1] + row[2] * v[2]));
    }
    return [c[0] * grade.red_boost, c[1], c[2] * grade.blue_reduce];
  };

  const flat = (p, unit, name, entries) => {
    const { gl } = p;
    const tall = Math.ceil(entries.length / 64);
    const data = new Float32Array(64 * tall * 2);
    entries.forEach((e, i) => { data[2 * i] = e; data[2 * i + 1] = i + 1 < entries.length ? entries[i + 1] - e : 0; });
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, (p[name] ??= gl.createTexture()));
    for (const k of ["MIN", "MAG"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${k}_FILTER`], gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, 64, tall, 0, gl.RG, gl.FLOAT, data);
    gl.uniform1i(p.at[name], unit);
  };
  const range = (n, of) => Array.from({ length: n }, (_, i) => of(i));
  const bakeTables = (p, grade) => {
    if (!p.roots) {
      flat(p, 3, "roots", range(5000, (i) => f((i / 2048) ** 2)));
      flat(p, 4, "outs", range(5000, (i) => out((i / 2048) ** 2)));
    }
    flat(p, 5, "lines", range(256, (i) => lin(toned(i / 255, grade))));
  };
  const bakeCube = (n) => (p, grade) => {
    const { gl } = p;
    const data = new Float32Array(4 * n ** 3);
    for (let b = 0, k = 0; b < n; b++) for (let g = 0; g < n; g++) for (let r = 0; r < n; r++, k += 4) {
      data.set(exact(r / (n - 1), g / (n - 1), b / (n - 1), grade, p.maths), k);
    }
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_3D, (p.baked ??= gl.createTexture()));
    for (const k of ["MIN_FILTER", "MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_3D, gl[`TEXTURE_${k}`], gl.LINEAR);
    for (const k of "STR") gl.texParameteri(gl.TEXTURE_3D, gl[`TEXTURE_WRAP_${k}`], gl.CLAMP_TO_EDGE);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGBA16F, n, n, n, 0, gl.RGBA, gl.FLOAT, data);
    gl.uniform1i(p.at.baked, 3);
  };
  window.ways = {
    roots: [GRADE], roots_one_step: [step(step(GRADE, "vec3 cubeRoot"), "vec3 fifthRoot")], pow: [power],
    tables: [tables, bakeTables], cube33: [cube, bakeCube(33)], cube65: [cube, bakeCube(65)],
  };
  return Object.keys(window.ways);
}"""

# One way: its pictures of the grid in every grade, and times of painting.
_TRY = r"""([name, maths, grid, big, choices, paints]) => {
  const canvas = document.createElement("canvas");
  document.body.replaceChildren(canvas);
  const p = room.Painter.create(canvas, maths);
  const [chunk, bake] = ways[name];
  if (!p.build(chunk)) throw new Error(`${name}: ${p.gl.getError()}`);
  const scene = (right) => ({ left: null, right, split: 0, mark: false });
  let bakeTimes = [];
  const ready = (one) => {
    const began = performance.now();
    bake?.(p, one.grade);
    p.gl.finish();
    bakeTimes.push(performance.now() - began);
  };
  const source = room.source(grid);
  p.still(source);
  const pictures = choices.map((one) => { ready(one); return room.pixels(p.read(scene(one), source)); });
  bakeTimes = [];
  const picture = room.source(big);
  p.still(picture);
  canvas.width = picture.width;
  canvas.height = picture.height;
  const times = [];
  for (let i = 0; i < paints + 2; i++) {
    const one = choices[i % choices.length];
    ready(one);
    const began = performance.now();
    p.paint(scene(one));
    p.gl.readPixels(0, 0, 1, 1, p.gl.RGBA, p.gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits for the paint
    if (i > 1) times.push(performance.now() - began);
  }
  p.dispose();
  return { pictures, times, bakes: bakeTimes };
}"""

_LOOPS = r"""async ([maths, big, choices, paints]) => {
  const { render } = await import("./grade.mjs");
  const picture = room.source(big);
  const image = new ImageData(picture.width, picture.height);
  const context = document.createElement("canvas").getContext("2d");
  Object.assign(context.canvas, { width: picture.width, height: picture.height });
  return Array.from({ length: paints }, (_, i) => {
    const began = performance.now();
    context.putImageData(render(picture, null, choices[i % choices.length].grade, maths, image), 0, 0);
    return performance.now() - began;
  });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--paints", type=int, default=12, help="paints to time per way")
    parser.add_argument("--only", nargs="*", default=[], help="only these ways")
    options = parser.parse_args()
    print(json.dumps(measure(max(3, options.paints), options.only)))


def measure(paints: int, only: list[str]) -> dict[str, Any]:
    """Every way in turn."""
    from playwright.sync_api import sync_playwright

    grades = random_grades(20)
    grid = colour_grid()
    big = source_of(np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    choices = [choice(g) for g in grades]
    result: dict[str, Any] = {"picture": list(SIZE[::-1]), "grades": len(grades), "colours": grid.size // 3}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), headless=True, args=list(FLAGS))
        with opened(browser) as (page, _):
            for name in page.evaluate(_WAYS):
                if only and name not in only:
                    continue
                got = page.evaluate(_TRY, [name, maths(), source_of(grid), big, choices, paints])
                result[name] = _figures(got, grid, grades)
                print(name, json.dumps(result[name]), flush=True)
            loops = page.evaluate(_LOOPS, [maths(), big, choices, paints])
            result["page_loops"] = {"paint_ms": round(float(np.median(loops)), 1)}
        browser.close()
    return result


def _figures(got: dict[str, Any], grid: np.ndarray, grades: list[Grade]) -> dict[str, float]:
    errors = [
        np.abs(picture_of(shown)[..., :3] - reference.apply(grid / 255.0, grade) * 255)
        for shown, grade in zip(got["pictures"], grades, strict=True)
    ]
    return {
        "largest": round(float(max(e.max() for e in errors)), 3),
        "mean": round(float(np.mean([e.mean() for e in errors])), 3),
        "paint_ms": round(float(np.median(got["times"])), 1),
        "fastest_paint_ms": round(float(min(got["times"])), 1),
        "bake_ms": round(float(np.median(got["bakes"])), 2),
    }


if __name__ == "__main__":
    main()

"""Ways to grade in a WebGL2 program: how far each is from the reference, and how long a 720x1280 picture takes.

    python benchmarks/grade_gl.py [--paints 12] [--only NAME …]

In headless Chromium whose WebGL is drawn by software (SwiftShader), so the times compare the ways with each other and say
nothing about a graphics card. Each way is put into the colour room's own painter in place of its ``graded``:

* ``series``: what the room uses. Roots from the float's bits and a series, no ``pow`` and no division.
* ``halley``: the same roots by two steps of Halley's method.
* ``pow``: the formulas as they stand, with the driver's ``pow``.
* ``tables``: one-dimensional tables in float textures around the lift, read with ``texelFetch`` and interpolated.
* ``cube33``, ``cube65``: the whole grade baked into a 3D table (RGBA16F), read by the hardware's linear filter.

Errors are in codes of 255 against the unrounded reference, over a 17^3 grid of colours and 20 random grades, so that 0.5 is
the smallest largest error an 8-bit picture can have. ``cpu_ms`` is the processor time of a paint and of the upload of what was
baked for it, over all cores, which another load on the machine hardly changes (Linux only); ``bake_ms`` is what a move of a
slider costs before the paint.
For comparison, ``page_loops`` is ``grade.mjs``, the renderer of browsers without WebGL2. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
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
_MARK = f"--perscoach-benchmark={os.getpid()}"  # Chromium ignores it; it tells our browser from others

# The other ways: GLSL for `graded`, and what has to be baked and bound for a grade before each draw.
_WAYS = r"""async () => {
  const { grading } = await import("./shaders.mjs");
  const own = grading(true);
  const put = (text, name, code) => { // another body for one function
    const start = text.indexOf(`vec3 ${name}(`);
    return text.slice(0, start) + code + text.slice(text.indexOf("\n}", start) + 2);
  };
  const root = (name, n, power) => `vec3 ${name}(vec3 t) {
    vec3 y = intBitsToFloat(ivec3(vec3(floatBitsToInt(t)) * (1.0 / ${n}.0)) + ${{ 3: 709958130, 5: 851866000 }[n]});
    for (int i = 0; i < 2; i++) {
      vec3 q = y * y * y ${n === 5 ? "* y * y" : ""};
      y *= (${n - 1}.0 * q + ${n + 1}.0 * t) / (${n + 1}.0 * q + ${n - 1}.0 * t);
    }
    return y;
  }`;
  const halley = put(put(own, "cubeRoot", root("cubeRoot", 3)), "power24", root("fifthRoot", 5) +
    "vec3 power24(vec3 x) { x *= x; return x * fifthRoot(x); }");
  const power = put(put(own, "cubeRoot", "vec3 cubeRoot(vec3 t) { return pow(t, vec3(1.0 / 3.0)); }"), "power24",
    "vec3 power24(vec3 x) { return pow(x, vec3(2.4)); }").replace("root * sqrt(sqrt(root))", "pow(a, vec3(1.0 / 2.4))");
  const tables = put(put(put(put(own, "cubeRoot", `
    uniform highp sampler2D roots, outs, lines; // 64 entries wide: place i is (i & 63, i >> 6); entry and step to the next
    float at(highp sampler2D t, float place) {
      int i = int(place);
      vec2 e = texelFetch(t, ivec2(i & 63, i >> 6), 0).rg;
      return e.x + e.y * (place - float(i));
    }
    float root(float t) { return at(roots, sqrt(t) * 2048.0); }
    vec3 cubeRoot(vec3 t) { return vec3(root(t.x), root(t.y), root(t.z)); }`), "power24", ""), "linearOf", `
    vec3 source; // before the tone: the table holds both
    vec3 linearOf(vec3 c) { vec3 s = source * 255.0; return vec3(at(lines, s.x), at(lines, s.y), at(lines, s.z)); }`), "srgbOf", `
    float outOf(float a) { return at(outs, sqrt(a) * 2048.0); }
    vec3 srgbOf(vec3 c) { vec3 a = abs(c); return sign(c) * vec3(outOf(a.x), outOf(a.y), outOf(a.z)); }`)
    .replace("vec3 graded(vec3 c) {", "vec3 graded(vec3 c) {\n  source = c;");
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

  const everywhere = (p, name, unit) => {
    for (const straight of [true, false]) {
      const { program, at } = p.program({ lifted: true, straight });
      p.gl.useProgram(program);
      p.gl.uniform1i(at[name], unit);
    }
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
    everywhere(p, name, unit);
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
    everywhere(p, "baked", 3);
  };
  window.ways = {
    series: [own], halley: [halley], pow: [power], tables: [tables, bakeTables], cube33: [cube, bakeCube(33)], cube65: [cube, bakeCube(65)],
  };
  return Object.keys(window.ways);
}"""

# One way: its pictures of the grid in every grade, and times of painting.
_TRY = r"""([name, maths, grid, big, choices]) => {
  const canvas = document.createElement("canvas");
  document.body.replaceChildren(canvas);
  const p = room.Painter.create(canvas, maths);
  const [chunk, bake] = ways[name];
  if (!p.build(() => chunk)) throw new Error(`${name}: ${p.gl.getError()}`);
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
  window.timed = (count) => Array.from({ length: count }, (_, i) => {
    const one = choices[i % choices.length];
    ready(one);
    const began = performance.now();
    p.paint(scene(one));
    p.gl.readPixels(0, 0, 1, 1, p.gl.RGBA, p.gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits for the paint
    return performance.now() - began;
  });
  window.bakes = () => bakeTimes;
  window.painter = p;
  timed(2);
  return pictures;
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
        browser = playwright.chromium.launch(executable_path=find(), headless=True, args=[*FLAGS, _MARK])
        with opened(browser) as (page, _):
            for name in page.evaluate(_WAYS):
                if only and name not in only:
                    continue
                pictures = page.evaluate(_TRY, [name, maths(), source_of(grid), big, choices])
                before = graphics_seconds()
                times = page.evaluate("(count) => timed(count)", paints)
                spent = 1000 * (graphics_seconds() - before) / paints
                result[name] = _errors(pictures, grid, grades) | {
                    "paint_ms": round(float(np.median(times)), 1),
                    "fastest_paint_ms": round(min(times), 1),
                    "cpu_ms": round(spent, 1),
                    "bake_ms": round(float(np.median(page.evaluate("bakes()"))), 2),
                }
                page.evaluate("painter.dispose()")
                print(name, json.dumps(result[name]), flush=True)
            loops = page.evaluate(_LOOPS, [maths(), big, choices, paints])
            result["page_loops"] = {"paint_ms": round(float(np.median(loops)), 1)}
        browser.close()
    return result


def _errors(pictures: list[dict[str, Any]], grid: np.ndarray, grades: list[Grade]) -> dict[str, float]:
    """In codes of 255."""
    errors = [
        np.abs(picture_of(shown)[..., :3] - reference.apply(grid / 255.0, grade) * 255)
        for shown, grade in zip(pictures, grades, strict=True)
    ]
    return {
        "largest": round(float(max(e.max() for e in errors)), 3),
        "mean": round(float(np.mean([e.mean() for e in errors])), 3),
    }


def graphics_seconds() -> float:
    """Processor time so far of our browser's process that draws; nan where there is no /proc."""
    parents: dict[str, str] = {}
    words: dict[str, bytes] = {}
    times: dict[str, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words[folder.name] = (folder / "cmdline").read_bytes()
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:  # it ended meanwhile
            continue
        parents[folder.name] = fields[1]
        times[folder.name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ours(pid: str) -> bool:
        return pid in words and (_MARK.encode() in words[pid] or ours(parents[pid]))

    found = [pid for pid in times if b"--type=gpu-process" in words[pid] and ours(pid)]
    return sum(times[pid] for pid in found) if found else float("nan")


if __name__ == "__main__":
    main()

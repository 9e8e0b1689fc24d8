"""How well suggest and match bring degraded copies of a clip back, by mean CIEDE2000 on the person's pixels.

    python benchmarks/colour_advice.py --clip FILE [FILE ...] [--sheets FOLDER]

Ten copies of each clip are made as a wrong camera setting or poor light would make them, in linear light, clipped and
rounded to 8 bits: less exposure (dark), a wrong white balance (warm, cold), stray light over everything (flat), tinted
light (green, magenta). None of them is the inverse of a grade. The person is cut out of every degraded copy anew.

* match: the reference is one frame of the clip as filmed, none of those that the clip's person is taken from.
* suggest: nothing but the degraded copy. "to the clip as filmed" is the strict reading; "to its own aim" compares with
  the clip as filmed under the grade that suggest gives for it, which is what a coach gets who asks there.

Differences are between the same pixels of the same frames (the sampled ones and the reference): mean CIEDE2000 of the
degraded and of the graded copy to the aim, and by how much the grade brings it down. The last line is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.grade import reference
from perscoach.grade.advice.difference import ciede2000, to_lab
from perscoach.grade.advice.match import match
from perscoach.grade.advice.subject import SOLID, Subject, frames_to_see, subject_of_clip, subject_of_picture
from perscoach.grade.advice.suggest import suggest
from perscoach.grade.params import Grade
from perscoach.matting.base import MattingSettings
from perscoach.matting.preview import preview_alpha
from perscoach.media import Clip, IngestSettings
from perscoach.media.ingest import ingest

Light = Callable[[np.ndarray], np.ndarray]


def gains(red: float, green: float, blue: float) -> Light:
    """Another light, or another exposure."""
    return lambda linear: linear * np.array([red, green, blue])


def veil(light: float, share: float) -> Light:
    """So much of the picture, and stray light over all of it."""
    return lambda linear: share * linear + light


DEGRADED: dict[str, Light] = {
    "dark, 1 stop": gains(0.5, 0.5, 0.5),
    "dark, 2 stops": gains(0.25, 0.25, 0.25),
    "warm": gains(1.2, 1.0, 0.75),  # daylight setting, light of about 4700 K
    "very warm": gains(1.35, 1.0, 0.55),  # about 4000 K
    "cold": gains(0.8, 1.0, 1.2),  # about 7500 K
    "very cold": gains(0.65, 1.0, 1.4),  # about 10000 K
    "flat": veil(0.05, 0.75),
    "very flat": veil(0.10, 0.60),
    "green": gains(0.82, 1.05, 0.80),
    "magenta": gains(1.20, 0.85, 1.15),
}


def degrade(rgb: np.ndarray, light: Light) -> np.ndarray:
    """(..., 3) uint8 in another light."""
    linear = np.clip(light(reference.srgb_to_linear(rgb / 255.0)), 0, 1)
    return np.floor(reference.linear_to_srgb(linear) * 255 + 0.5).astype(np.uint8)


@dataclass(frozen=True)
class Copy(Clip):
    """A clip in another light: its frames are degraded as they are read (``frame`` reads too)."""

    kind: str = ""

    def read(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[np.ndarray]:
        for rgb in super().read(start, stop, step):
            yield degrade(rgb, DEGRADED[self.kind])


@dataclass(frozen=True)
class Result:
    """Mean differences to an aim: of the degraded copy, and graded."""

    before: float
    after: float

    @property
    def down(self) -> float:
        return 100 * (1 - self.after / self.before)

    def __str__(self) -> str:
        return f"{self.before:6.2f} → {self.after:5.2f}  -{self.down:3.0f} %"


def pixels_of(clip: Clip, indices: list[int], folder: Path) -> np.ndarray:
    """(n, 3) uint8: the person's pixels of some frames, every few."""
    found = [clip.frame(i)[preview_alpha(clip, i, MattingSettings(), folder) >= SOLID] for i in indices]
    every = np.concatenate(found)
    return every[:: max(1, len(every) // 20000)]


def mean_difference(rgb: np.ndarray, grade: Grade, aim: np.ndarray) -> float:
    return float(ciede2000(to_lab(reference.apply(rgb / 255.0, grade)), aim).mean())


def run(clip: Clip, work: Path, sheets: Path | None, name: str) -> dict[str, dict[str, object]]:
    """All copies of one clip, printed as they come."""
    seen = frames_to_see(clip.frames)
    other = (seen[1] + seen[2]) // 2
    person = pixels_of(clip, [*seen, other], work)
    plain = to_lab(person)
    reference_alpha = preview_alpha(clip, other, MattingSettings(), work)
    wanted = subject_of_picture(clip.frame(other), np.where(reference_alpha >= SOLID, 255, 0).astype(np.uint8))
    own = suggest(subject_of_clip(clip, MattingSettings(), work))
    aim = to_lab(reference.apply(person / 255.0, own.grade))
    print(f"\n{name}: seen {seen}, reference {other}; suggest as filmed: {told(own.grade)}")
    print(f"{'':14s}{'match':28s}{'suggest, as filmed':28s}{'suggest, own aim':28s}")
    rows: dict[str, dict[str, object]] = {}
    grades: dict[str, tuple[Grade, Grade]] = {}
    for kind, light in DEGRADED.items():
        copy = Copy(**{f.name: getattr(clip, f.name) for f in dataclasses.fields(Clip)}, kind=kind)
        subject = subject_of_clip(copy, MattingSettings(), work / kind)
        found, advised, seconds = timed(subject, wanted)
        grades[kind] = found, advised
        poor = degrade(person, light)
        results = {
            "match": Result(mean_difference(poor, NEUTRAL, plain), mean_difference(poor, found, plain)),
            "suggest": Result(mean_difference(poor, NEUTRAL, plain), mean_difference(poor, advised, plain)),
            "own": Result(mean_difference(poor, NEUTRAL, aim), mean_difference(poor, advised, aim)),
        }
        print(f"{kind:14s}" + "".join(f"{result!s:28s}" for result in results.values()) + f"{seconds:.2f} s")
        print(f"{'':14s}match {told(found)}; suggest {told(advised)}")
        rows[kind] = {key: dataclasses.asdict(result) | {"down": result.down} for key, result in results.items()}
    if sheets is not None:
        draw(clip, other, reference_alpha, grades, sheets / f"{name}.png")
    return rows


NEUTRAL = Grade(0.0, 1.0, 0.0, 1.0, 1.0)


def timed(subject: Subject, wanted: Subject) -> tuple[Grade, Grade, float]:
    """What match and suggest give, and the processor's seconds of both together."""
    start = time.process_time()
    found, advised = match(subject, wanted).grade, suggest(subject).grade
    return found, advised, time.process_time() - start


def told(grade: Grade) -> str:
    return " ".join(f"{value:g}" for value in dataclasses.astuple(grade))


def draw(clip: Clip, index: int, alpha: np.ndarray, grades: dict[str, tuple[Grade, Grade]], path: Path) -> None:
    """A row per copy: degraded, match, suggest, as filmed."""
    import cv2

    from perscoach.grade import lut

    rows, columns = np.nonzero(alpha >= SOLID)
    part = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    rgb, mask = clip.frame(index)[part], alpha[part][..., None] >= SOLID
    lines = []
    for kind, (found, advised) in grades.items():
        poor = degrade(rgb, DEGRADED[kind])
        shown = [poor, lut.apply(poor, found), lut.apply(poor, advised), rgb]
        line = np.hstack([np.where(mask, picture, np.uint8(200)) for picture in shown])
        line = cv2.resize(line, None, fx=420 / line.shape[0], fy=420 / line.shape[0], interpolation=cv2.INTER_AREA)
        cv2.putText(line, kind, (8, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 1, cv2.LINE_AA)
        lines.append(line)
    half = len(lines) // 2
    sheet = np.hstack([np.vstack(lines[:half]), np.vstack(lines[half:])])
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(sheet[..., ::-1]))


def summary(every: dict[str, dict[str, dict[str, object]]], key: str) -> dict[str, float]:
    """Over all copies: the mean differences, how far the mean comes down, the mean and the least of all decreases."""
    results = [row[key] for rows in every.values() for row in rows.values()]
    before, after = (float(np.mean([r[end] for r in results])) for end in ("before", "after"))  # type: ignore[index]
    downs = [float(r["down"]) for r in results]  # type: ignore[index]
    return {
        "before": before,
        "after": after,
        "down": 100 * (1 - after / before),
        "mean_down": float(np.mean(downs)),
        "least_down": min(downs),
        "at_least_60": sum(d >= 60 for d in downs),
        "copies": len(downs),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clip", type=Path, nargs="+", required=True, help="clips with a person")
    parser.add_argument("--sheets", type=Path, help="folder for a picture of all copies per clip")
    arguments = parser.parse_args()
    every = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(arguments.clip):
            work = Path(folder) / str(number)
            work.mkdir()
            clip = ingest(source, work / "clip.mp4", IngestSettings(), load_settings(), Quiet())
            every[source.stem] = run(clip, work, arguments.sheets, source.stem)
    told_of = {"match": "match", "suggest": "suggest, to the clip as filmed", "own": "suggest, to its own aim"}
    sums = {key: summary(every, key) for key in told_of}
    print()
    for key, title in told_of.items():
        s = sums[key]
        print(
            f"{title}: mean {s['before']:.2f} → {s['after']:.2f} (-{s['down']:.0f} %); per copy -{s['mean_down']:.0f} % "
            f"on average, least -{s['least_down']:.0f} %, {s['at_least_60']} of {s['copies']} by 60 % or more"
        )
    print(json.dumps({"copies": every, "summary": sums}))


if __name__ == "__main__":
    main()

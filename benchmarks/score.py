"""The score against experts' labels: the table and the plot of ``docs/mirror.md``, from an evaluator's output.

    python benchmarks/score.py ALIGNED [OWN_TEMPO] [--write]

Each file's last line is one JSON object: ``{"benchmark": "squats", "pairs": …, "classes": {label: {n, mean, below_70,
reps_right}}, "auc": {label: …}, "named": {label: …}, "mean_auc": …}``: the mean form of each class of labelled repetitions
against trainers of other days, the area under the curve of each fault against right repetitions, and how often the
fault's own group is among the two worst. Prints the table; ``--write`` puts it between the marks in ``docs/mirror.md``
and the plot into ``docs/images/score.svg``.
"""

from __future__ import annotations

import argparse
import html
import json
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKS = ("<!-- labels: begin (benchmarks/score.py) -->", "<!-- labels: end -->")
BAR, LEFT, WIDTH = 26, 190, 640
GOOD, FAULT, INK = "#2b7fb8", "#d9632f", "#28323c"


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file's last line."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8").strip().splitlines()[-1])
    return found


def table(aligned: dict[str, Any], own: dict[str, Any] | None) -> str:
    """The Markdown table."""
    counted = own or aligned
    pace = "own tempo" if own else "the trainer's tempo"
    lines = [
        f"| labelled as | recordings | mean form | below 70 | repetitions counted, {pace} | AUC | named among the two worst |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, row in aligned["classes"].items():
        auc, named = (aligned[key].get(label) for key in ("auc", "named"))
        rest = ["–" if v is None else f"{v:.2f}" for v in (auc, named)]
        reps = f"{counted['classes'][label]['reps_right'] * 100:.0f} %"
        cells = [label, row["n"], f"{row['mean']:.0f}", f"{row['below_70'] * 100:.0f} %", reps, *rest]
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines.append(f"\nMean AUC {aligned['mean_auc']:.2f} over {aligned['pairs']} pairs (0.5 is chance, 1 is perfect).")
    return "\n".join(lines)


def plot(result: dict[str, Any]) -> str:
    """The mean form of each class as bars, SVG."""
    rows = list(result["classes"].items())
    height = BAR * len(rows) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" '
        f'font-size="14" fill="{INK}"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for mark in range(0, 101, 20):
        x = LEFT + WIDTH * mark / 100
        parts.append(f'<line x1="{x}" x2="{x}" y1="4" y2="{height - 24}" stroke="#d5dbe1"/>')
        parts.append(f'<text x="{x}" y="{height - 8}" text-anchor="middle">{mark}</text>')
    for i, (label, row) in enumerate(rows):
        y = 8 + BAR * i
        auc = result["auc"].get(label)
        width = WIDTH * row["mean"] / 100
        words = f"{row['mean']:.0f}" if auc is None else f"{row['mean']:.0f}, AUC {auc:.2f}"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{html.escape(label)}</text>')
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 6}" fill="{GOOD if auc is None else FAULT}"/>'
        )
        parts.append(f'<text x="{LEFT + 8}" y="{y + 15}" fill="#fff">{words}</text>')
    return "".join([*parts, "</svg>\n"])


def main() -> None:
    """Read, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("aligned", type=Path)
    parser.add_argument("own", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    aligned = read(options.aligned)
    made = table(aligned, read(options.own) if options.own else None)
    print(made)
    if not options.write:
        return
    page = DOCS / "mirror.md"
    between = re.compile(f"{re.escape(MARKS[0])}.*?{re.escape(MARKS[1])}", re.DOTALL)
    page.write_text(between.sub(lambda _: f"{MARKS[0]}\n{made}\n{MARKS[1]}", page.read_text("utf-8")), "utf-8")
    (DOCS / "images" / "score.svg").write_text(plot(aligned), encoding="utf-8")


if __name__ == "__main__":
    main()

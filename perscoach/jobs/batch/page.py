"""``batch.html``: the record as one page that needs no other file and runs no script."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from perscoach.bundles import layout
from perscoach.core.messages import Message, translate
from perscoach.core.version import VERSION
from perscoach.jobs.batch.record import Entry, Record

_PICTURE = "data:image/jpeg;base64,"
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { overflow-wrap: anywhere; }
img { display: block; max-width: 120px; max-height: 80px; border-radius: 4px; }
small { opacity: .75; } pre { overflow: auto; max-height: 30rem; }
.done b, .kept b { color: #18794e; } .failed b { color: #c62a2f; } .cancelled b, .waiting b, .running b { color: #ad5700; }
@media (prefers-color-scheme: dark) { .done b, .kept b { color: #4cc38a; } .failed b { color: #ff9592; } .cancelled b,
.waiting b, .running b { color: #f1a10d; } }
"""


def page(record: Record, language: str) -> str:
    """The report in one language. Everything that a clip or a file name brings is escaped.

    Args:
        language: ``en`` or ``ru``.
    """

    def say(id: str, **values: object) -> str:
        return html.escape(translate(f"batch.{id}", language, **values))

    counts = record.counts
    summary = [say(f"count_{state}", count=count) for state, count in counts.items() if count]
    state = say("page_finished" if record.finished else "page_unfinished")
    columns = [("", ""), ("column_clip", ""), ("column_state", ""), *((f"column_{c}", "number") for c in _NUMBERS)]
    head = "".join(f'<th class="{kind}">{say(id) if id else ""}</th>' for id, kind in columns)
    rows = "\n".join(_row(entry, record.deliver, language) for entry in record.entries)
    recipe = html.escape(json.dumps(dict(record.recipe), ensure_ascii=False, indent=2))
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{say("page_title")}</title><style>{_STYLE}</style></head>
<body><h1>{say("page_title")}</h1>
<p>{state} {"; ".join(summary)}. {say("page_time", minutes=record.seconds / 60)} <small>perscoach {VERSION}</small></p>
<table><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table>
<details><summary>{say("page_recipe")}</summary><pre>{recipe}</pre></details>
</body></html>
"""


_NUMBERS = ("frames", "found", "seconds")


def _row(entry: Entry, deliver: str, language: str) -> str:
    facts = entry.facts
    picture = facts.get("picture")
    image = (
        f'<img alt="" src="{html.escape(picture, quote=True)}">'
        if isinstance(picture, str) and picture.startswith(_PICTURE)
        else ""
    )
    state = html.escape(translate(f"batch.state_{entry.status}", language))
    lines = [] if entry.error is None else [entry.error.text(language)]
    lines += _warnings(facts, language)
    details = "".join(f"<br><small>{html.escape(line)}</small>" for line in lines)
    source = html.escape(PurePath(entry.source).name)
    figures = "".join(f'<td class="number">{_number(facts.get(name))}</td>' for name in _NUMBERS)
    made = entry.status in ("done", "kept")
    name = _links(entry.name, deliver) if made else html.escape(entry.name)
    return (
        f'<tr class="{html.escape(entry.status)}"><td>{image}</td><td class="name">{name}<br><small>{source}</small></td>'
        f"<td><b>{state}</b>{details}</td>{figures}</tr>"
    )


def _links(name: str, deliver: str) -> str:
    """The package's own page and its zip, beside the report."""
    quoted, shown = urllib.parse.quote(name), html.escape(name)
    folder = f'<a href="./{quoted}/{layout.PAGE}">{shown}</a>' if deliver != "zip" else shown
    return folder if deliver == "folder" else f'{folder} <a href="./{quoted}.zip">zip</a>'


def _warnings(facts: Mapping[str, Any], language: str) -> list[str]:
    try:
        return [Message.from_json(pair).text(language) for pair in facts.get("warnings") or ()]
    except (TypeError, ValueError):
        return []


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)

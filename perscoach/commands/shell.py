"""The terminal's side of every command: progress bars, notes, errors, JSON, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from perscoach.errors import BundleError, Cancelled, ClipError, EngineError, ModelError, PerscoachError, SettingsError

_CODES: tuple[tuple[type[PerscoachError], int], ...] = (
    (Cancelled, 130),
    (ClipError, 3),
    (SettingsError, 3),
    (ModelError, 4),
    (EngineError, 4),
    (BundleError, 5),
)
_STAGES = {
    "clip": ("Clip", "Клип"),
    "matte": ("Matte", "Вырезание"),
    "pose": ("Pose", "Движение"),
    "encode": ("Video", "Видео"),
    "bundle": ("Bundle", "Набор"),
    "fetch": ("Download", "Загрузка"),
}


def code_of(error: PerscoachError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


class Shell:
    """Speaks to a person (standard error) or to a machine (one JSON object on standard output)."""

    def __init__(self, *, json: bool = False, quiet: bool = False, language: str | None = None) -> None:
        self.json = json
        self.quiet = quiet or json
        self.language = language or ("ru" if os.environ.get("LANG", "").startswith("ru") else "en")
        self._stop = False
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self.notes: list[str] = []

    # The monitor's side ---------------------------------------------------------------------------------------------

    def report(self, stage: str, done: int, total: int) -> None:
        if self.quiet:
            return
        if self._bars is None:
            self._bars = _progress()
            self._bars.start()
        if stage not in self._tasks:
            names = _STAGES.get(stage, (stage, stage))
            self._tasks[stage] = self._bars.add_task(names[self.language == "ru"], total=total or None)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)

    def note(self, en: str, ru: str | None = None) -> None:
        text = ru if ru and self.language == "ru" else en
        self.notes.append(text)
        if not self.quiet:
            self._print(text)

    def check(self) -> None:
        if self._stop:
            raise Cancelled

    # The commands' side ---------------------------------------------------------------------------------------------

    def say(self, en: str, ru: str | None = None) -> None:
        """A line for a person; nothing in JSON mode."""
        if not self.json:
            self._print(ru if ru and self.language == "ru" else en)

    def result(self, value: dict[str, Any]) -> None:
        """The command's result, for a machine; nothing otherwise."""
        if self.json:
            print(json.dumps(value, ensure_ascii=False), flush=True)

    def table(self, columns: list[str], rows: list[list[str]]) -> None:
        """A table for a person."""
        if self.json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)

    def run(self, command: Callable[[], int]) -> int:
        """Run a command; errors become sentences and exit codes."""
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            return command()
        except PerscoachError as error:
            self._close()
            self._fail(error.text(self.language), code_of(error))
            return code_of(error)
        except KeyboardInterrupt:
            self._close()
            self._fail(Cancelled().text(self.language), 130)
            return 130
        except BrokenPipeError:
            return 1
        except Exception as error:  # the last fence of the command line
            self._close()
            if os.environ.get("PERSCOACH_DEBUG"):
                traceback.print_exc()
            self._fail(
                f"Something broke inside perscoach: {type(error).__name__}: {error}. PERSCOACH_DEBUG=1 shows where.", 1
            )
            return 1
        finally:
            self._close()
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, _signal: int, _frame: object) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    def _fail(self, text: str, code: int) -> None:
        if self.json:
            print(json.dumps({"ok": False, "error": text, "code": code}, ensure_ascii=False), flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            print(text, flush=True)

    def _close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Frames per second."""

        def render(self, task: Any) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "", style="dim")

    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )

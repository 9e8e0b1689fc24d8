"""The terminal's side of every command: progress bars, notes, errors, JSON, Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from perscoach.core.errors import (
    BundleError,
    Cancelled,
    ClipError,
    EngineError,
    JobError,
    ModelError,
    PerscoachError,
    SettingsError,
    system_message,
)
from perscoach.core.messages import Message, catalogue, message, translate

_CODES: tuple[tuple[type[PerscoachError], int], ...] = (
    (Cancelled, 130),
    (ClipError, 3),
    (SettingsError, 3),
    (JobError, 3),
    (ModelError, 4),
    (EngineError, 4),
    (BundleError, 5),
)


def code_of(error: PerscoachError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


class Shell:
    """A command's monitor and its output: progress and sentences, or one JSON object on standard output."""

    def __init__(self, *, json: bool = False, quiet: bool = False, language: str | None = None) -> None:
        self.json = json
        self.quiet = quiet or json
        self.language = language or ("ru" if os.environ.get("LANG", "").startswith("ru") else "en")
        self._stop = False
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self.notes: list[str] = []
        self._answer: dict[str, Any] | None = None

    # as a monitor ---------------------------------------------------------------------------------------------

    def report(self, stage: str, done: int, total: int) -> None:
        if self.quiet:
            return
        if self._bars is None:
            self._bars = _progress()
            self._bars.start()
        if stage not in self._tasks:
            id = f"cli.stage_{stage}"
            name = translate(id, self.language) if id in catalogue() else stage
            self._tasks[stage] = self._bars.add_task(name, total=total or None)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)

    def note(self, message: Message) -> None:
        text = message.text(self.language)
        self.notes.append(text)
        if not self.quiet:
            self._print(text)

    def check(self) -> None:
        if self._stop:
            raise Cancelled

    # for the commands ---------------------------------------------------------------------------------------------

    def say(self, message: Message) -> None:
        """Print a sentence; nothing in JSON mode."""
        self.print(message.text(self.language))

    def print(self, text: str) -> None:
        """Print a line that is the same in every language, such as a path; nothing in JSON mode."""
        if not self.json:
            self._print(text)

    def result(self, value: dict[str, Any]) -> None:
        """Set the JSON object that is printed when the command has ended; ignored without ``--json``."""
        self._answer = value

    def table(self, columns: list[Message], rows: list[list[str]]) -> None:
        """Print a table; nothing in JSON mode."""
        if self.json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.text(self.language), overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)

    def run(self, command: Callable[[], int]) -> int:
        """Run a command; errors become sentences and exit codes."""
        signs = (signal.SIGINT, signal.SIGTERM)  # both stop the work as its monitor does: no encoder is left behind
        before = [signal.signal(sign, self._interrupt) for sign in signs]
        try:
            with self._aside():
                code = self._guarded(command)
            if self.json:
                _write_line({"ok": code == 0} if self._answer is None else self._answer)
            return code
        except BrokenPipeError:
            with contextlib.suppress(OSError, ValueError):  # or Python complains once more when it flushes at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        finally:
            self._close()
            for sign, handler in zip(signs, before, strict=True):
                signal.signal(sign, handler)

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        """In JSON mode, redirect what libraries print to standard error, also what native code writes to descriptor 1."""
        try:
            out = sys.stdout.fileno()
            kept = os.dup(out) if self.json else -1
        except (OSError, ValueError, AttributeError):  # no real standard output (a test, a service)
            kept = -1
        if kept < 0:
            yield
            return
        sys.stdout.flush()
        os.dup2(2, out)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, out)
            os.close(kept)

    def _guarded(self, command: Callable[[], int]) -> int:
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
            raise
        except Exception as error:  # the last fence of the command line
            self._close()
            if os.environ.get("PERSCOACH_DEBUG"):
                traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            self._fail((system_message(error) or message("cli.broken", what=what)).text(self.language), 1)
            return 1

    def _interrupt(self, _signal: int, _frame: object) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    def _fail(self, text: str, code: int) -> None:
        self._answer = {"ok": False, "error": text, "code": code}
        if not self.json:
            print(text, file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(_printable(text), markup=False, highlight=False)
        else:
            print(_printable(text), flush=True)

    def _close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()


def _printable(text: str) -> str:
    """``text`` without the lone surrogates that stand for a file name's broken bytes: no terminal takes them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _write_line(value: dict[str, Any]) -> None:
    """One JSON object in UTF-8 whatever the locale; a file name's broken bytes become escapes, which JSON knows."""
    sys.stdout.flush()
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


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

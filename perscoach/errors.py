"""Errors that a person reads.

Every error that can reach the screen carries one sentence in English and one in Russian: what was found, what was
expected and what to do next. Programming errors stay ordinary Python exceptions.
"""

from __future__ import annotations


class PerscoachError(Exception):
    """A failure with a sentence for the user.

    Args:
        en: the sentence in English; also ``str(error)``.
        ru: the sentence in Russian; English where it is left out.
    """

    def __init__(self, en: str, ru: str | None = None) -> None:
        super().__init__(en)
        self.en = en
        self.ru = ru or en

    def text(self, language: str = "en") -> str:
        """The sentence in ``language`` (``"en"`` or ``"ru"``)."""
        return self.ru if language == "ru" else self.en


class ClipError(PerscoachError):
    """The clip cannot be used (empty, not a video, over a limit, …)."""


class ModelError(PerscoachError):
    """Weights are missing, damaged, gated or do not fit this machine."""


class EngineError(PerscoachError):
    """A matting or pose engine cannot run or failed on a frame."""


class EncodeError(PerscoachError):
    """ffmpeg could not write a file."""


class BundleError(PerscoachError):
    """A bundle or one of its files does not hold what its format asks for."""


class SettingsError(PerscoachError):
    """A setting, preset or job file has a value that cannot be used."""


class JobError(PerscoachError):
    """A job cannot be found, opened, queued or resumed."""


class Cancelled(PerscoachError):
    """The user stopped the work; what was finished stays on disk."""

    def __init__(self) -> None:
        super().__init__("Stopped. What is finished is kept.", "Остановлено. Готовое сохранено.")

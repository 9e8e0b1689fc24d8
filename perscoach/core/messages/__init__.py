"""Every sentence for people, in English and Russian, under an id.

One module per room holds ``MESSAGES: dict[id, (en, ru)]``; modules whose name begins with ``ui_`` hold the labels of the
app's panels. A text may name values in braces:

* ``{name}``: the value; numbers take the language's decimal mark and grouping (Babel, Unicode CLDR);
* ``{name:.1f}``: a number in Python's format, with the language's decimal mark;
* ``{count:frame|frames}``, ``{count:кадр|кадра|кадров}``: the word for that many, without the number. English has the forms
  *one* and *other*, Russian *one* (1, 21), *few* (2-4) and *many* (0, 5-20; also fractions' place, where it is *few*).

Code raises ``ClipError("clip.too_long", seconds=…)`` and notes ``message("pose.engine", name=…)``.
"""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

LANGUAGES = ("en", "ru")


@dataclass(frozen=True)
class Message:
    """One sentence in every language.

    Attributes:
        en, ru: the finished sentence, values filled in.
        id: under which it stands in the catalogue; empty for one that was read back from a file.
    """

    en: str
    ru: str
    id: str = ""

    def text(self, language: str = "en") -> str:
        """The sentence in ``language``; English for one that is not in ``LANGUAGES``."""
        return self.ru if language == "ru" else self.en

    def to_json(self) -> list[str]:
        """``[en, ru]``, as job states keep it."""
        return [self.en, self.ru]

    @classmethod
    def from_json(cls, value: Any) -> Message:
        """Read ``[en, ru]``.

        Raises:
            ValueError, TypeError: something else.
        """
        en, ru = value
        return cls(str(en), str(ru))

    def __str__(self) -> str:
        return self.en


def message(id: str, /, **values: object) -> Message:
    """The sentence ``id`` with its values filled in. A value that is a ``Message`` itself appears in each language.

    Raises:
        KeyError: no such id, or a value that the text names is missing.
    """
    en, ru = (translate(id, language, **values) for language in LANGUAGES)
    return Message(en, ru, id)


def translate(id: str, language: str, /, **values: object) -> str:
    """The sentence ``id`` in ``language``.

    Raises:
        KeyError: no such id, no such value.
        ValueError: no such language.
    """
    return fill(catalogue()[id][LANGUAGES.index(language)], language, values)


def joined(messages: Sequence[Message]) -> Message:
    """Several sentences as one, a space between them."""
    return Message(" ".join(m.en for m in messages), " ".join(m.ru for m in messages))


def fill(template: str, language: str, values: Mapping[str, object]) -> str:
    """``template`` with the values put in, as the module's description says.

    Example:
        >>> fill("{n} {n:кадр|кадра|кадров}", "ru", {"n": 22})
        '22 кадра'
    """
    return _Filler(language).vformat(template, (), values) if values else template


@cache
def labels() -> dict[str, tuple[str, str]]:
    """The texts of the app's panels alone."""
    return of(*(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("ui_")))


@cache
def catalogue() -> dict[str, tuple[str, str]]:
    """Every id with its English and Russian text.

    Raises:
        ValueError: two modules use one id.
    """
    return of(*(module.name for module in pkgutil.iter_modules(__path__)))


def of(*names: str) -> dict[str, tuple[str, str]]:
    """The messages of some of the catalogue's modules.

    Raises:
        ValueError: two of them use one id.
    """
    merged: dict[str, tuple[str, str]] = {}
    for name in names:
        for id, pair in importlib.import_module(f"{__name__}.{name}").MESSAGES.items():
            if id in merged:
                raise ValueError(f"{id!r}: more than one module of the catalogue defines this message")
            merged[id] = pair
    return merged


class _Filler(string.Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        value = kwargs[key]
        return value.text(self._language) if isinstance(value, Message) else value

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            return _word_for(value, format_spec.split("|"), self._language)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(super().format_field(value, format_spec))
        if not format_spec:
            return str(_babel().numbers.format_decimal(value, locale=self._language))
        return str(super().format_field(value, format_spec)).replace(".", "," if self._language == "ru" else ".")


def _word_for(count: float, forms: Sequence[str], language: str) -> str:
    rule = _babel().core.Locale(language).plural_form(count)
    order = {"en": ("one", "other"), "ru": ("one", "few", "many")}[language]
    # Russian counts fractions ("1,5 кадра") with CLDR's "other", which is spelled as "few"
    return forms[order.index("few" if language == "ru" and rule == "other" else rule)]


@cache
def _babel() -> Any:
    import babel.core
    import babel.numbers

    return babel

"""What stands in a recording in the place of a value that must not be kept: of the same form, and the same each time.

A stand-in is made with a key that is kept nowhere, so that it tells of the value no more than its length and its
punctuation.  Equal values have equal stand-ins, and others have others, in whichever encoding they travel: a conversation
stays one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Final
from urllib.parse import quote, quote_plus

__all__ = ["Masks", "loosely", "plain_forms", "text_forms"]

_TRIES: Final = 64
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "123456789"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?=.)", re.DOTALL)
_EXPONENT = re.compile(r"[eE].*\Z")
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_HUGE: Final = 1e308
"""From here on a number that begins with another digit than 1 is none any more: the largest double is 1.8e308."""
_LARGE: Final = 1e290
"""From here on a number that is made longer may be none any more."""


def _always(_text: str) -> bool:
    return True


def _is_finite(text: str) -> bool:
    return _magnitude(text) < math.inf


def _magnitude(text: str) -> float:
    """How large the number *text* is; 0 where it is none."""
    try:
        return abs(float(text))
    except ValueError:
        return 0.0


@dataclass(slots=True)
class Masks:
    """Makes stand-ins with a *key*; different values get different ones, for as long as one object makes them."""

    key: bytes = field(repr=False)
    given: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    taken: set[str] = field(default_factory=set[str], repr=False)

    def text(self, value: str) -> str:
        """Return what stands in for the text *value*: letters for letters, digits for digits, the rest as it is.

        >>> masks = Masks(b"k")
        >>> masks.text("Ada-99") == masks.text("Ada-99"), len(masks.text("Ada-99")), masks.text("Ada-99")[3]
        (True, 6, '-')
        >>> len({masks.text(str(number)) for number in range(100)})
        100
        """
        scheme = _SCHEME.match(value)
        return self._new(value, before=scheme[0] if scheme else "", after="") if value else value

    def number(self, text: str) -> str:
        """Return what stands in for the number that *text* is in JSON: as many digits, the same sign, point and exponent.

        >>> Masks(b"k").number("-10.50e3")[0::3]
        '-.e'
        """
        exponent = _EXPONENT.search(text)
        after = exponent[0] if exponent else ""
        before = text[: text.index("1") + 1] if _HUGE <= _magnitude(text) < math.inf else ""
        if _magnitude(text) < _LARGE or text.removeprefix("-").isdecimal():
            return self._new(text, before=before, after=after, fits=_is_finite)
        return self._new(text, before=before, after=after, fits=_is_finite, others=map("1.0{}e200".format, count(1)))

    def _new(
        self,
        value: str,
        *,
        before: str,
        after: str,
        fits: Callable[[str], bool] = _always,
        others: Iterator[str] | None = None,
    ) -> str:
        """Change all of *value* but its beginning and its end, once; where it or another value is the same, try again.

        *others* are tried after that; without them, longer ones.
        """
        if value not in self.given:
            inner = value.removeprefix(before).removesuffix(after)
            tries = filter(fits, (before + self._mapped(inner, value, salt) + after for salt in range(_TRIES)))
            longer = others or (f"{before}{self._mapped(inner, value, 0)}{number}{after}" for number in count(1))
            self.given[value] = next(one for one in chain(tries, longer) if one not in self.taken and one != value)
            self.taken.add(self.given[value])
        return self.given[value]

    def _mapped(self, text: str, value: str, salt: int) -> str:
        seed = self.key + salt.to_bytes(2, "big") + value.encode("utf-8", "surrogatepass")
        stream = hashlib.shake_256(seed).digest(len(text))
        mapped = "".join(_mapped(sign, byte) for sign, byte in zip(text, stream, strict=True))
        return mapped if any(map(str.isalnum, mapped)) else "x" * len(mapped)


def _mapped(sign: str, byte: int) -> str:
    if sign.isdecimal():  # never to 0, so that a number stays one
        return _DIGITS[byte % 9]
    if sign.isalpha():
        letter = _LOWER[byte % 26]
        return letter.upper() if sign.isupper() else letter
    return sign


# ------------------------------------------------------------------------------------------ the forms of a value


def text_forms(value: str, mask: str) -> dict[str, str]:
    """Return the ways in which the text *value* stands in other texts, each with the way of *mask*, which stands in for it.

    Those of `plain_forms`, in hexadecimal, and in Base64: alone, or after other bytes (RFC 4648, 4), unless it is too short to
    be told from chance.
    """
    coded = (_of_bytes(text.encode("utf-8", "surrogatepass")) for text in (value, mask))
    return plain_forms(value, mask) | {form: other for form, other in zip(*coded, strict=True) if form}


def plain_forms(value: str, mask: str) -> dict[str, str]:
    """Return those in texts that are made to be read: as it is, in JSON, in a URL, in HTML.

    Each way is within each other one as well: JSON in a text of JSON, HTML in JSON, a URL in a URL.
    """
    inner = {layer(value): layer(mask) for layer in _LAYERS}
    return {layer(form): layer(other) for form, other in inner.items() for layer in _LAYERS}


def _inside(value: str) -> str:
    return json.dumps(value)[1:-1]


def _plain(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _slashed(value: str) -> str:
    return value.replace("/", "\\/")


_LAYERS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    _plain,
    _inside,
    lambda value: _slashed(_plain(value)),
    lambda value: _slashed(_inside(value)),
    lambda value: _quoted(value, ""),
    lambda value: _lower_escapes(_quoted(value, "")),
    lambda value: _quoted(value, "/"),
    lambda value: quote_plus(value, errors="surrogatepass"),
    html.escape,
    lambda value: html.escape(value, quote=False),
    lambda value: html.escape(value).replace("&#x27;", "&#039;"),
)


def _of_bytes(content: bytes) -> Iterator[str]:
    yield from (content.hex(), content.hex().upper())
    whole = base64.b64encode(content).decode("ascii").rstrip("=")
    for shift in range(3):
        yield from map(_long_enough, (*_spellings(whole), *_spellings(_core(content, shift))))


def _core(content: bytes, shift: int) -> str:
    """The signs that stand for nothing but *content*, where *shift* bytes more than a multiple of three stand before it."""
    end = (shift + len(content)) // 3 * 3
    return base64.b64encode((b"\0" * shift + content)[:end]).decode("ascii")[(shift * 8 + 5) // 6 :]


def _spellings(signs: str) -> tuple[str, str, str]:
    return signs, signs.replace("+", "-").replace("/", "_"), quote(signs, safe="")


def _long_enough(signs: str) -> str:
    return signs if len(signs) >= _LEAST else ""


_LEAST: Final = 8  # signs of Base64: 48 bits


def _quoted(value: str, safe: str) -> str:
    return quote(value, safe=safe, errors="surrogatepass")


def _lower_escapes(percent: str) -> str:
    return _ESCAPE.sub(lambda found: found[0].lower(), percent)


# ------------------------------------------------------------------------------------------ escapes, however they are mixed


def loosely(value: str) -> re.Pattern[str]:
    r"""Return what finds *value* with any of its signs escaped in any way.

    >>> loosely("a/b").sub("x", r"\u0061%2fb")
    'x'
    """
    return re.compile("".join(map(_any_way, value)))


def _any_way(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    pairs = "".join(f"\\\\u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
    percent = "".join(f"%(?i:{byte:02x})" for byte in sign.encode("utf-8", "surrogatepass"))
    return f"(?:{re.escape(sign)}|{pairs}|{percent}|&#x0*(?i:{ord(sign):x});|&#0*{ord(sign)};)"

"""The text of a content and the way back, exact to the byte: UTF-8, or UTF-16 where every other byte is zero.

What only looks like UTF-16 (an image, an archive) may hold other text as well, so secrets are looked for in all that it may be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["each_text", "is_form", "read_text", "texts_of", "written_text"]

_LEAST: Final = 0.25  # of all bytes are zero in UTF-16 of mostly Latin letters, half of them at best


def read_text(content: bytes) -> tuple[str, str]:
    r"""Return the text that *content* is, and the name of its coding, with which `written_text` gives the same bytes.

    >>> read_text(b"a\x00b\x00"), read_text(b"a\xff")
    (('ab', 'utf-16-le'), ('a\udcff', 'utf-8'))
    """
    if coding := _of_two_bytes(content):
        try:
            return content.decode(coding, "surrogatepass"), coding
        except UnicodeDecodeError:
            pass  # bytes that only look so
    return _in_utf8(content), "utf-8"


def written_text(text: str, coding: str) -> bytes:
    r"""Return *text* in *coding*.

    >>> written_text("ab", "utf-16-be")
    b'\x00a\x00b'
    """
    return text.encode(coding, "surrogateescape" if coding == "utf-8" else "surrogatepass")


def texts_of(content: bytes) -> dict[str, str]:
    r"""Return every text that *content* may be, by the name of its coding.

    >>> texts_of(b"a\x00b\x00")
    {'utf-8': 'a\x00b\x00', 'utf-16-le': 'ab'}
    """
    text, coding = read_text(content)
    return {"utf-8": _in_utf8(content), coding: text}


def each_text(content: bytes, change: Callable[[str], str]) -> bytes:
    """Replace *content* by what *change* makes of each text that it may be."""
    text, coding = read_text(content)
    content = written_text(change(text), coding)
    return content if coding == "utf-8" else written_text(change(_in_utf8(content)), "utf-8")


def _in_utf8(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _of_two_bytes(content: bytes) -> str | None:
    zeros = content.count(b"\0")
    if not zeros or len(content) % 2 or zeros < len(content) * _LEAST:
        return None
    return "utf-16-le" if content[1::2].count(b"\0") * 2 > zeros else "utf-16-be"


def is_form(media: str) -> bool:
    """Say whether content of the type *media* is the parameters of a form, as in a URL."""
    return media.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"

"""What a description says in prose, cut to what a model needs: tokens are paid with every turn.

It shortens and flattens; it never writes a word of its own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

__all__ = ["line", "sentence", "trimmed"]

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_LINK = re.compile(r"!?\[([^\]\[]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_MARK = re.compile(r"^\s*(?:#{1,6}|>+|[*+-])\s+", re.MULTILINE)
_ALERT = re.compile(r"\[![A-Z]+\]")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_END = re.compile(r"[.!?](?=\s)")


def line(text: str) -> str:
    """Write *text* as one line without controls and surplus blanks.

    >>> line("a\\n  b\\u2028c")
    'a b c'
    """
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


@lru_cache(maxsize=8192)  # the same words stand in many places, and are asked for at several depths
def trimmed(text: str, most: int) -> str:
    """Flatten Markdown and HTML to one line of at most *most* characters, cut at the end of a sentence or word.

    >>> trimmed("Lists **all** [issues](https://x.test/a).  Only open ones.", 100)
    'Lists all issues. Only open ones.'
    >>> trimmed("One sentence. Another one that is longer.", 20)
    'One sentence.'
    """
    plain = _STRONG.sub(r"\2", _LINK.sub(r"\1", _MARK.sub("", _TAG.sub(" ", _ALERT.sub(" ", _COMMENT.sub(" ", text))))))
    flat = line(unescape(plain))
    return flat if len(flat) <= most else _cut(flat, most)


def _cut(flat: str, most: int) -> str:
    ends = [match.end() for match in _END.finditer(flat, 0, most + 1) if match.end() <= most]
    if ends and ends[-1] >= most // 3:
        return flat[: ends[-1]]
    return (
        flat[: most - 1].rpartition(" ")[0].rstrip(",;:") + "…" if " " in flat[: most - 1] else flat[: most - 1] + "…"
    )


def sentence(text: str) -> str:
    """End *text* as a sentence ends, if it says anything.

    >>> sentence("List pets"), sentence("Really?"), sentence("")
    ('List pets.', 'Really?', '')
    """
    return text if not text or text[-1] in ".!?…:" else f"{text}."

"""What a text tells to somebody who undoes every escape in it, again and again, and decodes what is encoded.

It is the last look before a recording is written, so it looks further than replacing can.  It replaces nothing.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Collection, Iterator
from typing import Final

__all__ = ["cut_short", "meant", "naming", "readings", "telling"]

_ROUNDS: Final = 8
_DEEPEST: Final = 3  # encodings in encodings
_BEGINNING: Final = 8  # signs of a secret at the end of a text that was cut

_ESCAPES = re.compile(
    r'\\u([0-9A-Fa-f]{4})|\\(["\\/bfnrt])|((?:%[0-9A-Fa-f]{2})+)'
    r"|&#(?:[xX]([0-9A-Fa-f]{1,6})|([0-9]{1,7}));|(&[A-Za-z][A-Za-z0-9]{1,30};)"
)
_SIGNS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{10,}(?:\r?\n[A-Za-z0-9+/_-]+)*")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{2}(?:[ :,-]?[0-9A-Fa-f]{2}){5,}")


def meant(text: str) -> str:
    r"""Return *text* with the escapes of JSON, URLs and HTML undone, once.

    >>> meant(r"\u0061%62%C3%A9&#x64;\/&amp;")
    'abéd/&'
    """
    if "\\" not in text and "%" not in text and "&" not in text:
        return text
    return _PAIR.sub(_joined, _ESCAPES.sub(_unescaped, text))


def _unescaped(found: re.Match[str]) -> str:
    by_json, sign, percent, by_hex, by_number, name = found.groups()
    if sign:
        return _SIGNS.get(sign, sign)
    if percent:
        return bytes.fromhex(percent.replace("%", "")).decode("utf-8", "replace")
    if name:
        return html.unescape(name)
    number = int(by_json or by_hex, 16) if by_number is None else int(by_number)
    return chr(number) if number < 0x110000 else ""


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def readings(text: str) -> Iterator[str]:
    r"""Yield *text*, and what it means, and what that means, until nothing changes or after some rounds.

    >>> list(readings(r"a\\/b%2541"))
    ['a\\\\/b%2541', 'a\\/b%41', 'a/bA']
    """
    for _ in range(_ROUNDS):
        yield text
        understood = meant(text)
        if understood == text:
            return
        text = understood
    yield text


def telling(text: str, secrets: Collection[str]) -> frozenset[str]:
    """Return those of *secrets* that *text* tells: in any reading and letter case, in Base64, in hexadecimal.

    >>> sorted(telling("%2573ecret+1 c2VjcmV0IDI=", {"secret 1", "Secret 2", "secret 3"}))
    ['Secret 2', 'secret 1']
    """
    wanted = {secret: _wanted(secret) for secret in secrets}
    told: set[str] = set()
    for said in _everything(text, _DEEPEST) if wanted else ():
        for folded in (_folded(said), _bare(said) if "\\" in said else ""):
            told |= {secret for secret, forms in wanted.items() if any(form in folded for form in forms)}
    return frozenset(told)


def _wanted(secret: str) -> set[str]:
    """The secret as it is looked for; without its backslashes as well, which no two writers escape alike."""
    forms = {secret, _last(secret)}
    return {_folded(form) for form in forms} | {_bare(form) for form in forms if len(_bare(form)) >= _BEGINNING}


def naming(text: str, values: Collection[str]) -> frozenset[str]:
    """Return those of *values* that stand alone in any reading of *text*, in any letter case.

    >>> sorted(naming("%41da%2520Lovelace", {"Ada Lovelace", "Ada Love"}))
    ['Ada Lovelace']
    """
    wanted = {value: {value.casefold(), _last(value).casefold()} for value in values}
    named: set[str] = set()
    for said in readings(text) if wanted else ():
        folded = said.casefold()
        named |= {value for value, forms in wanted.items() if any(_alone(form, folded) for form in forms)}
    return frozenset(named)


def _alone(value: str, text: str) -> bool:
    return value in text and re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", text) is not None


def cut_short(text: str, secrets: Collection[str]) -> frozenset[str]:
    """Return those of *secrets* with whose beginning *text* ends, in any reading.

    >>> cut_short('{"key": "s3cr3t-s3c', {"s3cr3t-s3cr3t"}) == {"s3cr3t-s3cr3t"}
    True
    """
    ends = [_folded(said.rstrip()) for said in readings(text[-_TAIL:])]
    return frozenset(secret for secret in secrets if any(_ends(end, _folded(secret)) for end in ends))


_TAIL: Final = 16_384  # signs of a text that are looked at for its end


def _ends(text: str, secret: str) -> bool:
    return any(text.endswith(secret[:length]) for length in range(_BEGINNING, len(secret) + 1))


def _folded(text: str) -> str:
    return text.casefold().replace("+", " ")


def _bare(text: str) -> str:
    return _folded(text).replace("\\", "")


def _last(text: str) -> str:
    return list(readings(text))[-1]


def _everything(text: str, depth: int) -> Iterator[str]:
    said = text
    for said in readings(text):
        yield said
    if depth:
        decoded = "\0".join(_decoded(said))
        if decoded:
            yield from _everything(decoded, depth - 1)


def _decoded(text: str) -> Iterator[str]:
    for found in _HEXADECIMAL.finditer(text):
        digits = re.sub(r"[^0-9A-Fa-f]", "", found[0])
        yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "replace")
    for found in _BASE64.finditer(text):
        signs = "".join(found[0].split()).replace("-", "+").replace("_", "/")
        for start in range(4):  # it may stand after other signs of the alphabet, such as those of a path
            yield _from_base64(signs[start:]).decode("utf-8", "replace")


def _from_base64(signs: str) -> bytes:
    whole = signs[:-1] if len(signs) % 4 == 1 else signs
    return base64.b64decode(whole + "=" * (-len(whole) % 4))

"""What is in a recording, for the person who must say whether it may be shared: places, types, counts, forms and suspicions.

No value is shown: a form keeps the punctuation and hides every letter and digit.  It judges by what values look like, so
it can be wrong both ways, and decides nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from ...schemas.location import escaped
from ...schemas.recording import Recording
from ...schemas.wire import Fault, Headers, Json, Outcome, Request
from .json_places import documents
from .text_coding import is_form, read_text

__all__ = ["SUSPICIONS", "Asked", "Field", "Survey", "form", "is_data", "is_done", "survey"]

_LONGEST: Final = 32
_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How often one path was asked, and what came: statuses, and the codes of faults."""

    method: str
    host: str
    path: str
    times: int
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One place, as `--redact` takes it: its types, how many values, some of their forms, and what they look like."""

    place: str
    types: tuple[str, ...]
    values: int
    forms: tuple[str, ...]
    looks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is in one recording."""

    tool: str
    at: float
    reviewed: bool
    ended: str
    asked: tuple[Asked, ...]
    fields: tuple[Field, ...]
    redacted: tuple[str, ...]
    left_out: int

    @property
    def suspicious(self) -> tuple[Field, ...]:
        """The places that look like something that should not be shared, and were not redacted."""
        return tuple(one for one in self.fields if one.looks and not is_done(one.place, self.redacted))


# ------------------------------------------------------------------------------------------ what a value looks like

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_KEYS = re.compile(r"-----BEGIN [A-Z ]*KEY-----|\b(?:sk|pk|ghp|gho|glpat|xox[abps]|AKIA|AIza)[-_A-Za-z0-9]{12,}")
_PHONE = re.compile(r"\+?\d[\d ()./-]{7,18}\d\Z")
_CARD = re.compile(r"(?:\d[ -]?){13,19}\Z")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z")
_USER_INFO = re.compile(r"[a-z]+://[^/\s:@]+:[^/\s@]+@")
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.~-]{24,}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"(?=.*\d)[0-9a-f]{16,}\Z", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]|\Z)")
_BITS: Final = 3.5  # a sign; words have less, keys and tokens have more
_PERSON = re.compile(
    r"(?:(?:first|last|full|sur|given|family|display|user|real)[-_ ]?name|e-?mail|phone|mobile|fax|street|address|zip|postal(?:[-_ ]?code)?"
    r"|birth(?:day|[-_ ]?date)?|dob|ssn|passport|iban|login|ip(?:[-_ ]?address)?|gender|salary)\Z",
    re.IGNORECASE,
)

Suspicion: TypeAlias = Callable[[str, str], str | None]
"""From a field's name and a text in it to what it looks like."""


def an_email(name: str, text: str) -> str | None:
    """Suspect an address of e-mail, anywhere in the text."""
    return "an e-mail address" if _EMAIL.search(text) else None


def a_token(name: str, text: str) -> str | None:
    """Suspect what is a key or a token by its form."""
    return "a token or key" if _JWT.search(text) or _KEYS.search(text) or _USER_INFO.search(text) else None


def a_random_text(name: str, text: str) -> str | None:
    """Suspect a long text without words: a secret, or a cursor."""
    if not _RANDOM.match(text) or _UUID.match(text) or _MOMENT.match(text):
        return None
    counts = Counter(text).values()
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
    return "a long random text" if bits >= _BITS else None


def a_number_of_a_person(name: str, text: str) -> str | None:
    """Suspect numbers of telephones and cards, and addresses of machines."""
    if _ADDRESS.match(text):
        return "an IP address"
    if _CARD.match(text) and _luhn(text):
        return "a card number"
    return "a telephone number" if _PHONE.match(text) and not _MOMENT.match(text) and not text.isdigit() else None


def a_person(name: str, text: str) -> str | None:
    """Suspect what is called as data of people are."""
    return "personal, by its name" if text and _PERSON.match(name) else None


SUSPICIONS: Final[tuple[Suspicion, ...]] = (a_token, an_email, a_number_of_a_person, a_person, a_random_text)
"""What is looked for in every text."""


def is_data(name: str) -> bool:
    """Say whether what should be a name is data by its form: an address of e-mail, a number, an identifier, a token.

    >>> [is_data(name) for name in ("ada@example.org", "4711", "created_at", "v2")]
    [True, True, False, False]
    """
    by_form = (a_token, an_email, a_number_of_a_person, a_random_text)
    identifies = name.isdecimal() or _UUID.match(name) or _MOMENT.match(name) or _HEXADECIMAL.match(name)
    return bool(identifies) or any(suspect("", name) for suspect in by_form)


def _luhn(text: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1)."""
    digits = [int(sign) for sign in reversed(text) if sign.isdigit()]
    return sum(sum(divmod(digit * 2, 10)) if odd % 2 else digit for odd, digit in enumerate(digits)) % 10 == 0


def form(text: str) -> str:
    """Return the form of *text*: `a` for letters, `9` for digits, the rest as it is, cut when it is long.

    >>> form("Ada.L@example.org"), form("x" * 40)
    ('Aaa.A@aaaaaaa.aaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… (40)')
    """
    shown = "".join(_sign(sign) for sign in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}… ({len(text)})"


def _sign(sign: str) -> str:
    if sign.isalpha():
        return "A" if sign.isupper() else "a"
    return "9" if sign.isdigit() else sign if sign.isprintable() else "?"


# ------------------------------------------------------------------------------------------ going through a recording


@dataclass(slots=True)
class _Noted:
    types: dict[str, None] = field(default_factory=dict[str, None])
    values: int = 0
    forms: dict[str, None] = field(default_factory=dict[str, None])
    looks: dict[str, None] = field(default_factory=dict[str, None])


def survey(recording: Recording) -> Survey:
    """Look through *recording*."""
    noted: dict[str, _Noted] = {}
    values = list(_values(recording))
    stand_ins = {value for place, value in values if isinstance(value, str) and is_done(place, recording.redacted)}
    for place, value in values:
        one = noted.setdefault(place, _Noted())
        one.values += 1
        one.types[_type(value)] = None
        text = _text(value)
        if len(one.forms) < _SAMPLES:
            one.forms[form(text)] = None
        name = re.split(r"[/:]", place.replace("/*", ""))[-1]
        if value not in stand_ins or is_done(place, recording.redacted):
            one.looks |= dict.fromkeys(said for suspect in SUSPICIONS if (said := suspect(name, text)) is not None)
    ended = recording.ended
    return Survey(
        tool=recording.tool,
        at=recording.at,
        reviewed=recording.reviewed,
        ended="unknown" if ended is None else ended.code or f"delivered, {ended.grade}",
        asked=tuple(_asked(recording)),
        fields=tuple(_field(place, one) for place, one in noted.items()),
        redacted=recording.redacted,
        left_out=recording.left_out,
    )


def _field(place: str, one: _Noted) -> Field:
    return Field(place=place, types=tuple(one.types), values=one.values, forms=tuple(one.forms), looks=tuple(one.looks))


def _asked(recording: Recording) -> Iterator[Asked]:
    outcomes: dict[tuple[str, str, str], list[str]] = {}
    for exchange in recording.exchanges:
        url = urlsplit(exchange.request.url)
        outcomes.setdefault((exchange.request.method, url.netloc, _path(url.path)), []).append(_came(exchange.outcome))
    for (method, host, path), came in outcomes.items():
        yield Asked(method=method, host=host, path=path, times=len(came), outcomes=tuple(dict.fromkeys(came)))


def _path(path: str) -> str:
    """A path of which each segment that looks like data is a form."""
    return "/".join(form(said) if is_data(said := unquote(segment)) else segment for segment in path.split("/"))


def _came(outcome: Outcome) -> str:
    return outcome.code if isinstance(outcome, Fault) else str(outcome.status)


def _values(recording: Recording) -> Iterator[tuple[str, Json]]:
    """Every plain value and its place, as `--redact` takes it."""
    for name, argument in recording.arguments.items():
        yield from _leaves(argument, f"input:/{escaped(name)}")
    for exchange in recording.exchanges:
        yield from _of_request(exchange.request)
        if not isinstance(exchange.outcome, Fault):
            yield from _of_headers(exchange.outcome.headers)
            yield from _of_content(exchange.outcome.content)


def _of_request(request: Request) -> Iterator[tuple[str, Json]]:
    for name, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        yield f"query:{form(name) if is_data(name) else name}", value
    yield from _of_headers(request.headers)
    if request.body is None:
        return
    if is_form(request.body.media):
        for name, value in parse_qsl(read_text(request.body.content)[0], keep_blank_values=True):
            yield f"query:{form(name) if is_data(name) else name}", value
    else:
        yield from _of_content(request.body.content)


def _of_headers(headers: Headers) -> Iterator[tuple[str, Json]]:
    for name, value in headers:
        yield f"header:{name}", value


def _of_content(content: bytes) -> Iterator[tuple[str, Json]]:
    text = read_text(content)[0]
    values = list(documents(text))
    if not values and text.strip():  # what has no places is one value
        yield "body:", text
    for value in values:
        yield from _leaves(value, "")


def _leaves(value: Json, place: str) -> Iterator[tuple[str, Json]]:
    match value:
        case dict():
            for name, member in value.items():
                yield from _leaves(member, f"{place}/{'*' if is_data(name) else escaped(name)}")
        case list():
            for element in value:
                yield from _leaves(element, f"{place}/*")
        case _:
            yield place, value


def _type(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case _:
            return "text"


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "null" if value is None else str(value).lower()


def is_done(place: str, redacted: Collection[str]) -> bool:
    """Say whether what stands at *place* was replaced, by what a recording names as *redacted*.

    >>> is_done("/items/*/owner/email", ["body:/items/*/owner"]), is_done("header:date", ["body:/date"])
    (True, False)
    """
    own = f"body:{place}" if place.startswith("/") else place
    named = f"field:{place.rpartition('/')[2]}"
    return any(done in (own, named) or own.startswith(f"{done}/") for done in redacted)

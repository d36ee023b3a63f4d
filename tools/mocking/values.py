"""Values that fit a JSON Schema, always the same for one seed: what a service that keeps its contract could have sent.

It writes what a schema names and guesses from names what a schema leaves open.  It never reads a clock.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any, Final, TypeAlias

from ...schemas.location import unescaped
from ...schemas.wire import Json
from ...validators.shape import compiled
from ..shapes import is_list, is_object, members
from .dice import chance, pick, roll, within
from .patterns import Unwritable, matching

__all__ = ["WORDS", "Unmakeable", "fitting", "inside", "resolved"]

Schema: TypeAlias = Mapping[str, Any]

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DEEP: Final = 5  # levels from which on only what is required is written
_DEEPEST: Final = 40
_TRIES: Final = 24
WORDS: Final = (
    "amber", "anchor", "april", "atlas", "basil", "beacon", "birch", "breeze", "canal", "cedar", "cloud", "comet",
    "copper", "delta", "drift", "ember", "fable", "fern", "garnet", "glade", "harbour", "hazel", "island", "ivory",
    "juniper", "lantern", "linen", "maple", "meadow", "mellow", "north", "olive", "orchard", "pebble", "pine", "quartz",
    "river", "saffron", "slate", "spruce", "summit", "tide", "timber", "valley", "violet", "willow", "winter", "yarrow",
)  # fmt: skip


class Unmakeable(Exception):  # noqa: N818 - a limit of this file, told to whoever asks
    """A schema that no value was found for; the text is one sentence."""


def fitting(schema: Schema, *place: object, lean: bool = False, name: str = "") -> Json:
    """Write a value that fits *schema*, drawn for *place*; *lean* writes required members only.

    Raises `Unmakeable` where none is found.

    >>> fitting({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 5, "maximum": 5}}}, 0)
    {'id': 5}
    """
    validator = compiled(schema)
    for number in range(_TRIES):
        # What is optional is what gets in the way, so it is left out once nothing else helps.
        value = _Writing(schema, lean or number >= _TRIES // 2).value(
            schema, (*place, number) if number else place, name
        )
        if validator.is_valid(value):
            return value
    raise Unmakeable("no value was found that fits the declared schema")


def resolved(schema: Schema, root: Schema) -> Schema:
    """Follow the references of *schema* inside *root*, and lay its `allOf` together."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = _joined(_pointed(root, reference), rest)
    parts = [part for part in schema.get("allOf", ()) if is_object(part) and "if" not in part]
    if not parts:
        return schema
    whole: Schema = {key: value for key, value in schema.items() if key != "allOf"}
    for part in parts:
        whole = _joined(whole, resolved(part, root))
    return whole


def inside(schema: Schema | None, pointer: str) -> Schema:
    """Find what *schema* says of the place at *pointer*; nothing where it says nothing.

    >>> inside({"properties": {"a": {"items": {"type": "string"}}}}, "/a/0")
    {'type': 'string'}
    """
    root = members(schema)
    found: Schema = resolved(root, root)
    for step in pointer.split("/")[1:]:
        found = _below(found, unescaped(step), root)
    return found


def _below(schema: Schema, name: str, root: Schema) -> Schema:
    """What *schema* says of its member *name*, or of its elements; of alternatives, what the first says that knows it."""
    known = members(schema.get("properties"))
    if name in known or "items" in schema:
        return resolved(members(known.get(name) if name in known else schema.get("items")), root)
    options = [resolved(one, root) for word in ("oneOf", "anyOf") for one in schema.get(word, ()) if is_object(one)]
    nothing: Schema = {}
    return next((below for one in options if (below := _below(one, name, root))), nothing)


def _pointed(root: Schema, reference: str) -> Schema:
    value: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        value = members(value).get(unescaped(step))
    return value if is_object(value) else {}


def _joined(one: Schema, other: Schema) -> Schema:
    """Lay two schemas together that must both hold, as far as that can be done without thinking."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        shared = {**one["properties"], **other["properties"]}
        for name in members(one["properties"]).keys() & members(other["properties"]).keys():
            pair = one["properties"][name], other["properties"][name]
            shared[name] = _joined(*pair) if is_object(pair[0]) and is_object(pair[1]) else pair[1]
        both["properties"] = shared
    if "required" in one and "required" in other:
        both["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    return both


class _Writing:
    """One value on its way: its whole schema, and whether only what is required is written."""

    __slots__ = ("_lean", "_root")

    def __init__(self, root: Schema, lean: bool) -> None:
        self._root = root
        self._lean = lean

    def value(self, schema: Any, place: tuple[object, ...], name: str, depth: int = 0) -> Json:
        """Write a value of *schema*, which stands under *name*."""
        if not is_object(schema) or depth > _DEEPEST:
            return _guessed(name, place)
        schema = self._narrowed(resolved(schema, self._root), place)
        if "const" in schema:
            constant: Json = schema["const"]
            return constant
        if is_list(schema.get("enum")) and schema["enum"]:
            chosen: Json = pick(_present(schema["enum"]), *place)
            return chosen
        kind = _kind(schema, place)
        if kind == "object":
            return self._object(schema, place, depth)
        if kind == "array":
            return self._array(schema, place, name, depth)
        return _guessed(name, place) if kind is None else _SCALARS[kind](schema, place, name)

    def _narrowed(self, schema: Schema, place: tuple[object, ...]) -> Schema:
        """Choose one of several alternatives, and lay it over the rest."""
        for word in ("oneOf", "anyOf"):
            every = [one for one in schema.get(word, ()) if is_object(one)]
            if options := [one for one in every if one.get("type") != "null"] or every:
                rest = {key: value for key, value in schema.items() if key != word}
                return self._narrowed(_joined(rest, resolved(pick(options, *place, word), self._root)), place)
        return schema

    def _object(self, schema: Schema, place: tuple[object, ...], depth: int) -> Json:
        known = members(schema.get("properties"))
        required = [name for name in schema.get("required", ()) if isinstance(name, str)]
        optional = [] if self._lean or depth >= _DEEP else [name for name in known if name not in required]
        other = schema.get("additionalProperties")
        missing = [
            f"field_{number}" for number in range(int(schema.get("minProperties", 0)) - len({*required, *optional}))
        ]
        return {
            name: self.value(known.get(name, other), (*place, name), name, depth + 1)
            for name in dict.fromkeys(
                [*(key for key in known if key in required or key in optional), *required, *missing]
            )
            if known.get(name) is not False
        }

    def _array(self, schema: Schema, place: tuple[object, ...], name: str, depth: int) -> Json:
        first = schema.get("prefixItems", ())
        least = int(schema.get("minItems", len(first)))
        few = least if self._lean or depth >= _DEEP else within(max(least, 1), max(least, 2), *place)
        many = min(few, int(schema.get("maxItems", few)))
        single = name.removesuffix("s")
        parts = [first[number] if number < len(first) else schema.get("items") for number in range(many)]
        return [self.value(part, (*place, number), single, depth + 1) for number, part in enumerate(parts)]


def _present(options: Sequence[Any]) -> Sequence[Any]:
    """The options without null, where there are others."""
    return [one for one in options if one is not None] or options


def _kind(schema: Schema, place: tuple[object, ...]) -> str | None:
    kind = schema.get("type")
    if is_list(kind):
        return str(pick([one for one in kind if one != "null"] or ["null"], *place, "type"))
    if isinstance(kind, str):
        return kind
    for words, implied in _IMPLIED:
        if any(word in schema for word in words):
            return implied
    return None


_IMPLIED: Final = (
    (("properties", "required", "additionalProperties", "minProperties"), "object"),
    (("items", "prefixItems", "minItems"), "array"),
    (("pattern", "format", "minLength", "maxLength"), "string"),
    (("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
)


# ---------------------------------------------------------------------------------------------- scalars


def _text(schema: Schema, place: tuple[object, ...], name: str) -> Json:
    pattern, form = schema.get("pattern"), schema.get("format")
    if isinstance(pattern, str):
        return _by_pattern(pattern, place, name)
    if isinstance(form, str) and form in _FORMATS:
        return _FORMATS[form](place)
    guess = _guessed(name, place)
    return _sized(schema, guess if isinstance(guess, str) else _words(place))


def _by_pattern(pattern: str, place: tuple[object, ...], name: str) -> str:
    try:
        return matching(pattern, *place)
    except Unwritable:
        raise Unmakeable(f"no text was found for the pattern of `{name}`") from None


def _sized(schema: Schema, text: str) -> str:
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    longer = text if len(text) >= least else (text + " amber river slate" * (least // 18 + 1))[: max(least, 1)]
    return longer if most is None else longer[: int(most)].strip().ljust(min(least, int(most)), "x")


def _whole(schema: Schema, place: tuple[object, ...], _name: str) -> Json:
    low, high = _range(schema, edge=1)
    step = int(schema.get("multipleOf", 1)) or 1
    least, most = -(floor(-low) // step), floor(high) // step
    return within(least, max(least, most), *place) * step


def _number(schema: Schema, place: tuple[object, ...], name: str) -> Json:
    if "multipleOf" in schema:
        return _whole(schema, place, name) if float(schema["multipleOf"]).is_integer() else 0
    low, high = _range(schema, edge=0)
    exact = low + (high - low) * (0.25 + chance(*place) / 2)
    short = round(exact, 3)
    return short if low < short < high else exact


def _range(schema: Schema, *, edge: int) -> tuple[float, float]:
    """The least and the greatest number that may be drawn; an excluded bound is moved by *edge*."""
    lows = [float(schema["minimum"])] if "minimum" in schema else []
    highs = [float(schema["maximum"])] if "maximum" in schema else []
    lows += [float(schema["exclusiveMinimum"]) + edge] if "exclusiveMinimum" in schema else []
    highs += [float(schema["exclusiveMaximum"]) - edge] if "exclusiveMaximum" in schema else []
    high = min(highs, default=None)
    low = max(lows, default=1.0 if high is None or high >= 1 else high - 1000)
    return low, max(low, low + 999 if high is None else high)


_SCALARS: Final[Mapping[str, Callable[[Schema, tuple[object, ...], str], Json]]] = {
    "string": _text,
    "integer": _whole,
    "number": _number,
    "boolean": lambda _schema, place, _name: roll(*place) % 2 == 0,
    "null": lambda _schema, _place, _name: None,
}


def _moment(place: tuple[object, ...]) -> datetime:
    return _EPOCH + timedelta(seconds=roll(*place) % 20_000_000)


def _words(place: tuple[object, ...]) -> str:
    return " ".join(pick(WORDS, *place, number) for number in range(within(2, 3, *place, "many")))


def _identifier(place: tuple[object, ...]) -> str:
    return str(uuid.UUID(int=(roll(*place) << 64) | roll(*place, "low"), version=4))


_FORMATS: Final[Mapping[str, Callable[[tuple[object, ...]], str]]] = {
    "date-time": lambda place: _moment(place).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda place: _moment(place).strftime("%Y-%m-%d"),
    "time": lambda place: _moment(place).strftime("%H:%M:%SZ"),
    "duration": lambda place: f"PT{within(1, 59, *place)}M",
    "email": lambda place: f"{pick(WORDS, *place)}@example.org",
    "uri": lambda place: f"https://example.org/{pick(WORDS, *place)}/{within(1, 9999, *place)}",
    "uri-reference": lambda place: f"/{pick(WORDS, *place)}/{within(1, 9999, *place)}",
    "uuid": _identifier,
    "hostname": lambda place: f"{pick(WORDS, *place)}.example.org",
    "ipv4": lambda place: f"192.0.2.{within(1, 254, *place)}",
    "ipv6": lambda place: f"2001:db8::{within(1, 0xFFFF, *place):x}",
    "byte": lambda _: "YW1iZXI=",
}

_ENDINGS: Final[tuple[tuple[tuple[str, ...], Callable[[tuple[object, ...]], Json]], ...]] = (
    (("_at", "_on", "date", "time", "timestamp", "created", "updated"), _FORMATS["date-time"]),
    (("url", "uri", "href", "link", "website"), _FORMATS["uri"]),
    (("email", "mail"), _FORMATS["email"]),
    (("uuid", "guid"), _identifier),
    (("price", "cost"), lambda place: within(100, 99_999, *place) / 100),
    (("year",), lambda place: within(1990, 2026, *place)),
    (("_age",), lambda place: within(18, 90, *place)),
    (("id", "count", "number", "total", "size", "quantity", "amount", "position", "index"), lambda place: within(1, 9999, *place)),
)  # fmt: skip
"""What a name says of a value that no schema describes, by the end of the name."""


def _guessed(name: str, place: tuple[object, ...]) -> Json:
    lower = name.lower()
    if lower.startswith(("is_", "has_", "can_")):
        return roll(*place) % 2 == 0
    for endings, write in _ENDINGS:
        if f"_{lower}".endswith(endings):
            return write(place)
    return _words(place)

"""Redaction: nothing that must not be kept is in the file, in no form, and the conversation is still one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Any
from urllib.parse import quote, quote_plus

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.scripted import World, answer, content, contract, items, query
from tests.test_walks import BASE, KINDS, rows
from unabridged.schemas.recording import Exchange, Recording
from unabridged.schemas.wire import Body, Fault, Json, Outcome, Request, Response
from unabridged.tools.call import call
from unabridged.tools.recordings.file import recording_text
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.recording import Tape
from unabridged.tools.recordings.redacting import hidden_still, redacted
from unabridged.tools.recordings.replayed import call_again, differs
from unabridged.tools.recordings.replaying import boundary_of
from unabridged.tools.recordings.standing_in import Masks

CANARY = 'c4nary/T0ken+with=odd "signs" é'
KEY = b"a key that nobody keeps"


def _response(body: bytes, **fields: str) -> Response:
    return Response(status=200, headers=tuple(fields.items()), content=body, framing="chunked", received_at=1.0)


def _recording(
    *outcomes: Outcome, url: str = "https://a.test/", body: bytes | None = None, **arguments: Any
) -> Recording:
    sent = None if body is None else Body(content=body, media="application/json")
    request = Request(method="GET", url=url, body=sent)
    return Recording(
        tool="t",
        at=1.0,
        arguments=arguments,
        exchanges=tuple(Exchange(request=request, outcome=one) for one in outcomes),
    )


def _after(recording: Recording, *places: str, secrets: frozenset[str] = frozenset(), **setting: str) -> Recording:
    return redacted(recording, Hiding(key=KEY, secrets=secrets, settings=setting, places=places))


def _json(recording: Recording, number: int = 0) -> Any:
    outcome = recording.exchanges[number].outcome
    assert isinstance(outcome, Response)
    return json.loads(outcome.content)


def _in_base64(before: int, value: str) -> str:
    return base64.b64encode(b"u" * before + value.encode() + b":rest").decode()


_FORMS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": lambda value: json.dumps({"said": value}),
    "in JSON without escapes": lambda value: json.dumps({"said": value}, ensure_ascii=False),
    "in JSON with escaped slashes": lambda value: json.dumps({"said": value}).replace("/", "\\/"),
    "in JSON, every sign an escape": lambda value: '{"a": "' + "".join(f"\\u{ord(sign):04x}" for sign in value) + '"}',
    "in a URL": lambda value: f"https://a.test/?next={quote(value, safe='')}&x=1",
    "in a URL with small escapes": lambda value: (
        quote(value, safe="").replace("%2F", "%2f").replace("%C3%A9", "%c3%a9")
    ),
    "in a form": lambda value: f"a=1&b={quote_plus(value)}",
    "in a URL in a URL": lambda value: quote(quote(value, safe=""), safe=""),
    "in HTML": lambda value: "<p>" + value.replace("&", "&amp;").replace('"', "&quot;"),
    "in hexadecimal": lambda value: value.encode().hex(),
    **{f"in Base64 after {before} bytes": partial(_in_base64, before) for before in range(4)},
    "in URL-safe Base64": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
}


@pytest.mark.requirement("G37")
@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS.keys())
def test_a_secret_is_nowhere_in_the_file_in_whatever_form_it_came(form: Callable[[str], str]) -> None:
    said = form(CANARY)
    recording = _recording(
        _response(said.encode(), location=said.replace("\n", ""), etag="x"),
        _response(b"\xff\xfe" + said.encode()),
        Fault(kind="protocol", code="framing_error", sent="maybe", detail=said),
        url=f"https://a.test/{quote(CANARY, safe='')}?q={quote(CANARY, safe='')}",
        body=said.encode(),
        asked=said,
        inside={"more": [said]},
    )
    assert hidden_still(recording, Hiding(key=KEY, secrets=frozenset({CANARY})))
    kept = _after(recording, secrets=frozenset({CANARY}), TOKEN=CANARY)
    assert not hidden_still(kept, Hiding(key=KEY, secrets=frozenset({CANARY})))
    assert said not in _everything(kept)
    assert form(CANARY) not in recording_text(kept)
    assert "credentials" in kept.redacted


def _everything(recording: Recording) -> str:
    contents = b"\n".join(e.outcome.content for e in recording.exchanges if isinstance(e.outcome, Response))
    return recording_text(recording) + contents.decode("utf-8", "replace") + json.dumps(dict(recording.arguments))


_SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=8, max_size=40)


@given(_SECRETS, st.sampled_from(list(_FORMS)), st.text(max_size=10))
@example("A0000://", "as it is", "")
@settings(max_examples=300, deadline=None)
def test_no_secret_of_eight_signs_or_more_is_left(secret: str, form: str, before: str) -> None:
    recording = _recording(_response((before + _FORMS[form](secret)).encode("utf-8", "replace")), asked=secret)
    assert not hidden_still(
        _after(recording, secrets=frozenset({secret})), Hiding(key=KEY, secrets=frozenset({secret}))
    )


@pytest.mark.parametrize("number", ["1.780343268021894e+308", "-1.797e308", "0.17e309", "1" + "7" * 308, "17.9e307"])
@given(st.binary(min_size=1, max_size=8))
def test_the_stand_in_of_a_very_large_number_is_a_number_as_long(number: str, key: bytes) -> None:
    given_instead = Masks(key).number(number)
    assert isfinite(float(given_instead))
    assert given_instead != number
    assert len(given_instead) == len(number)


_LARGE = [
    f"{sign}{digits}e{plus}{exponent}"
    for sign in ("", "-")
    for digits in ("1", "1.0", "9", "0.1", "10")
    for plus in ("", "+")
    for exponent in (306, 307, 308)
    if isfinite(float(f"{digits}e{exponent}"))
]


@given(st.binary(min_size=1, max_size=8), st.permutations(_LARGE))
def test_the_stand_ins_of_very_large_numbers_are_numbers_and_all_different(key: bytes, numbers: list[str]) -> None:
    masks = Masks(key)
    given_instead = [masks.number(number) for number in numbers]
    assert all(map(isfinite, map(json.loads, given_instead)))
    assert len({*given_instead}) == len(numbers)
    assert all(map(str.__ne__, given_instead, numbers))


@pytest.mark.requirement("G37")
@pytest.mark.parametrize("given", [8675309421, [8675309421], {"a": {"b": 8675309421}}, 18675309421.5, -8675309421])
def test_a_secret_of_digits_that_was_given_as_a_number_is_taken_out_and_stays_a_number(given: Any) -> None:
    hiding = Hiding(key=KEY, secrets=frozenset({"8675309421"}))
    recording = _recording(_response(b"[]"), url="https://a.test/?pin=8675309421", pin=given, other=[17, True, None])
    assert hidden_still(replace(recording, exchanges=()), hiding)
    kept = redacted(recording, hiding)
    assert "8675309421" not in recording_text(kept)
    assert kept.arguments["other"] == [17, True, None]
    assert "credentials" in kept.redacted
    if given == 8675309421:
        assert kept.exchanges[0].request.url == f"https://a.test/?pin={kept.arguments['pin']}"


def test_a_declared_field_is_replaced_with_its_type_and_every_other_byte_stays() -> None:
    page = b'{ "items":[{"id":17, "email":"ada@example.org","n":1.50,"ok":true,"no":null}],\n"total": 17}'
    kept = _after(_recording(_response(page)), "/items/*/email", "/items/*/n", "/items/*/ok", "/items/*/no")
    item = _json(kept)["items"][0]
    assert item["email"] != "ada@example.org"
    assert "@" in item["email"]
    assert len(item["email"]) == len("ada@example.org")
    assert (item["id"], _json(kept)["total"], item["ok"], item["no"]) == (17, 17, False, None)
    assert isinstance(item["n"], float)
    outcome = kept.exchanges[0].outcome
    assert isinstance(outcome, Response)
    assert outcome.content.startswith(b'{ "items":[{"id":17, "email":"')
    assert outcome.content.endswith(b'"no":null}],\n"total": 17}')


@given(st.binary(min_size=1, max_size=8), st.text("a1é-", min_size=1, max_size=2))
def test_nothing_stands_in_for_itself(key: bytes, value: str) -> None:
    masks = Masks(key)
    assert masks.text(value) != value
    assert all(masks.number(str(digit)) != str(digit) for digit in range(10))
    assert masks.number("9e400") != "9e400"


@pytest.mark.parametrize("value", [b"0", b"-0", b"0.5", b'"0"', b'"007"', b"0e0"])
def test_a_stand_in_tells_of_no_digit_that_it_is_nought(value: bytes) -> None:
    kept = _after(_recording(_response(b'{"a":' + value + b"}")), "/a").exchanges[0].outcome
    assert isinstance(kept, Response)
    assert b"0" not in kept.content.replace(b"e0", b"")
    json.loads(kept.content)


def test_equal_values_have_equal_stand_ins_wherever_they_stand() -> None:
    page = b'{"items":[{"by":"ada.lovelace"},{"by":"ada.lovelace"}],"text":"by ada.lovelace, or ada.lovelaces"}'
    kept = _json(_after(_recording(_response(page, link="</?by=ada.lovelace>")), "/items/*/by"))
    stand_in = kept["items"][0]["by"]
    assert kept["items"][1]["by"] == stand_in != "ada.lovelace"
    assert kept["text"] == f"by {stand_in}, or ada.lovelaces"


def test_another_key_gives_other_stand_ins() -> None:
    recording = _recording(_response(b'{"a":"ada.lovelace"}'))
    first = redacted(recording, Hiding(key=b"1", places=("/a",)))
    second = redacted(recording, Hiding(key=b"2", places=("/a",)))
    assert _json(first) != _json(second)


def test_fields_that_always_carry_a_secret_need_not_be_declared() -> None:
    page = _response(b'{"Access_Token":"s3cr3t-s3cr3t","n":1}', **{"set-cookie": "sid=1234567890abc; Path=/"})
    kept = _after(_recording(page, url="https://a.test/?signature=9f8e7d6c5b&page=1"))
    text = recording_text(kept)
    assert not [word for word in ("s3cr3t", "1234567890abc", "9f8e7d6c5b") if word in text]
    assert kept.redacted == ("field:Access_Token", "header:set-cookie", "query:signature")


@pytest.mark.parametrize(
    "said",
    [
        b"user[password]=hunter22&x=1",
        b"x=1&user%5Bpassword%5D=hunter22",
        b"_token=hunter22&x=1",
        b"a[b][api_key]=hunter22",
        b'{"next": "https://a.test/?auth[token]=hunter22&x=1"}',
        b"next=https%3A%2F%2Fa.test%2F%3Fauth%255Btoken%255D%3Dhunter22%26x%3D1",
        b'{"api__key": "hunter22"}',
        b'{"pass_word": "hunter22"}',
        b'{"pass-phrase": "hunter22"}',
        b'{"api\\u002dkey": "hunter22"}',
        b'{"_pass": "hunter22"}',
    ],
)
def test_a_secret_is_known_by_its_name_however_the_name_is_spelled(said: bytes) -> None:
    kept = _after(_recording(_response(said), body=said))
    assert "hunter22" not in recording_text(kept)
    assert len(kept.redacted) == 1


def test_a_declared_parameter_is_replaced_in_every_url_and_form_so_that_the_next_one_is_still_asked_for() -> None:
    link = "<https://a.test/?pin=4711&page=2>; rel=next"
    page = _response(b'{"next": "https://a.test/?pin=4711&page=2"}', link=link)
    kept = _after(_recording(page, url="https://a.test/?pin=4711&page=2", body=b"pin=4711&page=2"), "query:pin")
    assert "4711" not in recording_text(kept)
    sent = kept.exchanges[0].request
    assert sent.body is not None
    assert _json(kept)["next"] == sent.url
    assert sent.url == f"https://a.test/?{sent.body.content.decode()}"
    assert kept.redacted == ("query:pin",)


def test_events_and_lines_of_json_have_places_too() -> None:
    stream = b'event: a\ndata: {"text":"hello Ada"}\n\ndata: {"text":"bye Ada"}\n\ndata: [DONE]\n\n'
    kept = _after(_recording(_response(stream)), "/text").exchanges[0].outcome
    assert isinstance(kept, Response)
    assert b"Ada" not in kept.content
    assert kept.content.startswith(b'event: a\ndata: {"text":"')
    assert kept.content.endswith(b'"}\n\ndata: [DONE]\n\n')


_UNREADABLE: Mapping[str, bytes] = {
    "cut": b'{"items": [{"mail": "ada@example.org", "token": "t-84721", "b',
    "cut in a value": b'{"items": [{"token": "t-84721", "mail": "ada@example',
    "cut in an escape": b'{"items": [{"token": "t-84721", "mail": "ada@example\\',
    "cut, of several lines": b'{\n "items": [\n  {"mail": "ada@example.org"},\n  {"mail": "ada@example.com", "token": "t-84721"}\n',
    "a name twice": b'{"items": [{"mail": "ada@example.org", "token": "t-84721", "a": 1, "a": 2}]}',
    "no number": b'{"items": [{"mail": "ada@example.org", "token": "t-84721", "a": NaN}]}',
    "a number too large": b'{"items": [{"mail": "ada@example.org", "token": "t-84721", "a": 1e400}]}',
    "an escape that there is not": b'{"items": [{"mail": "ada\\x40example.org", "token": "t-84721"}]}',
    "a byte order mark": b'\xef\xbb\xbf{"items": [{"mail": "ada@example.org", "token": "t-84721"}]}',
    "a guard before it": b')]}\',\n{\n"items": [\n{"mail": "ada@example.org", "token": "t-84721"}\n]\n}',
    "more after it": b'{"items": [{"mail": "ada@example.org", "token": "t-84721"}]}<!-- 5" -->',
    "two of them": b'{"items": [{"mail": "ada@example.org"}]}{"items": [{"mail": "ada@example.com", "token": "t-84721"}]}',
    "a line that was cut": b'{"items": [{"mail": "ada@example.org"\n{"items": [{"mail": "bo@example.org", "token": "t-84721"}]}\n',
    "an event of several lines": b'data: {"items": [\ndata: {"mail": "ada@example.org", "token": "t-84721"}\ndata: ]}\n\n',
    "events that end in one sign": b'data: {"items": [{"mail": "ada@example.org", "token": "t-84721"}]}\r\rdata: [DONE]\r\r',
    "a sequence": b'\x1e{"items": [{"mail": "ada@example.org", "token": "t-84721"}]}\n\x1e{}\n',
}


@pytest.mark.parametrize("page", _UNREADABLE.values(), ids=_UNREADABLE.keys())
def test_what_is_declared_or_called_as_a_secret_is_found_in_what_is_no_sound_json(page: bytes) -> None:
    kept = _after(_recording(_response(page)), "/items/*/mail")
    assert kept.redacted[0] == "body:/items/*/mail"
    told = kept.exchanges[0].outcome
    assert isinstance(told, Response)
    assert not [word for word in (b"ada", b"bo@", b"example", b"t-84721") if word in told.content]
    assert len(told.content) == len(page)


@given(st.text('{}[]:,"\\ \n\rab1data:\x1e', max_size=40), st.sampled_from(["/a", "/*", "/a/*/b", "body:"]))
@settings(max_examples=500, deadline=None)
def test_whatever_a_content_is_it_is_gone_through_and_outside_of_brackets_nothing_changes(
    text: str, place: str
) -> None:
    kept = _after(_recording(_response(text.encode()), body=text.encode()), place).exchanges[0]
    assert isinstance(kept.outcome, Response)
    if place != "body:" and not {"{", "["} & set(text):
        assert kept.outcome.content.decode() == text


def test_a_content_of_brackets_alone_is_gone_through_in_no_time() -> None:
    kept = _after(_recording(_response(b"[" * 200_000 + b"1," * 100_000)), "/*/mail", "/*/*/token")
    assert kept.redacted == ()


@pytest.mark.requirement("G37")
@pytest.mark.parametrize("around", [b"\0" * 500, b"\0\1" * 250, b"\1\0" * 250, b"\0\xff" * 250])
@pytest.mark.parametrize("more", [b"", b"x"])
@pytest.mark.parametrize("coded", [CANARY.encode(), base64.b64encode(base64.b64encode(CANARY.encode()))])
def test_a_secret_is_found_in_a_content_that_only_looks_like_text_of_two_bytes_a_sign(
    around: bytes, more: bytes, coded: bytes
) -> None:
    hiding = Hiding(key=KEY, secrets=frozenset({CANARY}))
    for body in (around + more + coded, coded + more + around):
        kept = redacted(_recording(_response(body), body=body), hiding)
        outcome = kept.exchanges[0].outcome
        assert isinstance(outcome, Response)
        assert coded not in outcome.content
        assert around in outcome.content
        assert "credentials" in kept.redacted


@pytest.mark.parametrize(
    "name",
    ["content-digest", "digest", "content-md5", "etag", "x-amz-checksum-sha256", "x-amz-crc32", "x-goog-hash"],
)
def test_what_a_service_computed_over_the_content_goes_with_it(name: str) -> None:
    page = _response(b'{"email":"a@b.c"}', **{name: "sha-256=:X48E9q=:", "date": "today", "x-shard": "7"})
    kept = _after(_recording(page), "/email").exchanges[0].outcome
    assert isinstance(kept, Response)
    assert dict(kept.headers)[name] != "sha-256=:X48E9q=:"
    assert (dict(kept.headers)["date"], dict(kept.headers)["x-shard"]) == ("today", "7")


def test_a_setting_is_replaced_where_it_stands_alone_and_comes_with_the_recording() -> None:
    recording = _recording(_response(b'{"self":"https://acme.desk.test/a","acmeism":1}'), url="https://acme.desk.test/")
    kept = _after(recording, DESK="acme", PORT="8080")
    assert kept.environment["PORT"] == "8080"
    assert kept.exchanges[0].request.url == f"https://{kept.environment['DESK']}.desk.test/"
    assert _json(kept)["acmeism"] == 1
    assert kept.environment["DESK"] != "acme"
    assert kept.redacted == ("variable:DESK",)


@pytest.mark.parametrize("word", ["items", "link:next", "input:x", "status", ""])
def test_a_word_that_names_no_place_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="a place in a recording"):
        _after(_recording(), word)


# ------------------------------------------------------------------------------------------ still a conversation


def _keyset(request: Request) -> Outcome:
    people: list[Json] = [{"id": f"p{n}", "email": f"person{n}@example.org", "age": 30 + n} for n in range(5)]
    after = query(request).get("after")
    start = next((n + 1 for n, one in enumerate(people) if isinstance(one, dict) and one["email"] == after), 0)
    page = people[start : start + 2]
    last = page[-1] if page else None
    more = start + 2 < 5
    following = last["email"] if isinstance(last, dict) and more else None
    return answer({"tickets": page, "more": more, "next": following, "count": 5})


@pytest.mark.anyio
async def test_a_walk_by_redacted_values_can_be_held_again() -> None:
    tool, around = contract(), World(_keyset).surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    recording = tape.recording(tool, {}, told, at=0.0)
    kept = _after(recording, "/tickets/*/email", "/tickets/*/age")
    again = items(await call_again(kept, tool))
    assert [one["id"] for one in again] == ["p0", "p1", "p2", "p3", "p4"]
    assert "example.org" not in recording_text(kept)
    assert len({one["email"] for one in again}) == 5


@pytest.mark.anyio
async def test_a_short_cursor_in_a_header_field_is_redacted_where_it_is_sent_as_well() -> None:
    tool = contract(walk={"kind": "cursor", "more": "/more", "next": "header:X-Next", "send": "query:after"})

    def script(request: Request) -> Outcome:
        start = int(query(request).get("after", "70")) - 70
        page: list[Json] = [{"id": n} for n in range(start, min(start + 2, 5))]
        fields = {"x-next": str(start + 72)} if start + 2 < 5 else {}
        return answer({"tickets": page, "more": start + 2 < 5, "count": 5}, fields=fields)

    around = World(script).surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    kept = _after(tape.recording(tool, {}, told, at=0.0), "header:X-Next")
    assert not [one.request.url for one in kept.exchanges if one.request.url.endswith(("=72", "=74"))]
    assert await differs(kept, tool) is None
    assert len(items(await call_again(kept, tool))) == 5


@pytest.mark.anyio
async def test_credentials_and_variables_are_not_needed_to_hold_it_again() -> None:
    tool = contract(
        request={"url": "/tickets"},
        provider={
            "name": "desk",
            "base_url": "https://{company}.desk.test",
            "variables": {"company": {"env": "COMPANY"}},
            "auth": {"kind": "bearer", "token": {"env": "TOKEN"}},
        },
        walk={"kind": "single"},
    )
    world = World(lambda request: answer({"tickets": [{"id": request.url, "told": CANARY}], "count": 1}))
    around = world.surroundings(COMPANY="wonderland", TOKEN=CANARY)
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    assert b"wonderland" in content(told)
    recording = tape.recording(tool, {}, told, at=0.0)
    kept = redacted(recording, Hiding(key=KEY, secrets=frozenset(tape.secrets), settings=tape.settings))
    assert not [word for word in ("wonderland", "c4nary") if word in recording_text(kept)]
    again = await call_again(kept, tool)
    assert len(items(again)) == 1


_FILE = base64.b64encode(b"The life of Ada Lovelace." + b"\0" * 999).decode()


def _with_file(name: str) -> dict[str, Any]:
    file = {"content": "{input.file}", "encoding": "base64", "filename": name}
    return {"multipart": {"pin": {"content": "{input.pin}"}, "file": file}}


_BODIES: Mapping[str, dict[str, Any]] = {
    "a form": {"form": {"pin": "{input.pin}", "name": "{input.name}"}},
    "a form with a file": _with_file("a.bin"),
    "a form with a file, of an even number of bytes or of an odd one": _with_file("ab.bin"),
    "text": {"raw": {"content": "{input.pin}", "media": "text/plain"}},
    "a file": {"raw": {"content": "{input.file}", "encoding": "base64"}},
    "JSON": {"body": {"pin": "{input.pin}", "name": "{input.name}"}},
}


@pytest.mark.anyio
@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES.keys())
async def test_an_argument_that_was_redacted_is_in_no_kind_of_body_and_the_call_can_be_made_again(
    body: dict[str, Any],
) -> None:
    text = {"type": "string"}
    tool = contract(
        effects="write",
        claim="one",
        input={"type": "object", "properties": {"pin": text, "name": text, "file": text}},
        request={"url": "https://desk.test/{input.name}", "method": "POST", **body},
        response={},
        walk={"kind": "single"},
        complete={},
    )
    around = World(lambda request: answer({"id": 1})).surroundings()
    tape = Tape(around.open_transport)
    arguments: dict[str, Json] = {"pin": "4711", "name": "desk", "file": _FILE}
    told = await call(tool, arguments, surroundings=replace(around, open_transport=tape.open))
    recording = tape.recording(tool, arguments, told, at=0.0)
    kept = _after(recording, "input:/pin", "input:/name", "input:/file")
    sent = kept.exchanges[0].request
    assert sent.body is not None
    assert sent.url.startswith("https://desk.test/")
    assert not sent.url.endswith("/desk")
    assert not [word for word in (b"4711", b"=desk", b'"desk"', b"Lovelace") if word in sent.body.content]
    boundary = boundary_of(recording.exchanges[0].request)
    assert boundary is None or boundary not in recording_text(kept)
    assert await differs(kept, tool) is None


_VALUES = st.text('abcXYZ019@.-_ /+%é"\\\\', min_size=1, max_size=14) | st.integers(-5, 10**6) | st.floats(-1e6, 1e6)


@given(
    st.lists(st.tuples(_VALUES, _VALUES), min_size=1, max_size=6, unique_by=lambda pair: str(pair[0])),
    st.sets(st.sampled_from(["/tickets/*/mail", "/tickets/*/id", "/next", "/tickets/*"])),
)
@settings(max_examples=150, deadline=None)
def test_a_redacted_walk_can_be_held_again_or_it_is_told_that_it_cannot(
    people: list[tuple[Json, Json]], declared: set[str]
) -> None:
    """Pages of one, each asked for by the value before; whatever is redacted, no other items come out."""
    marks = [str(mark) for mark, _ in people]

    def script(request: Request) -> Outcome:
        after = query(request).get("after")
        number = 0 if after is None else marks.index(after) + 1
        following = marks[number] if number + 1 < len(people) else None
        ticket: Json = {"id": number, "mail": people[number][1], "mark": people[number][0]}
        return answer({"tickets": [ticket], "more": following is not None, "next": following, "count": len(people)})

    async def run() -> None:
        tool, around = contract(), World(script).surroundings()
        tape = Tape(around.open_transport)
        told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
        recording = tape.recording(tool, {}, told, at=0.0)
        kept = _after(recording, *sorted(declared))
        differs_now = await differs(kept, tool)
        if not declared & {"/next", "/tickets/*/id", "/tickets/*"}:
            assert await differs(recording, tool) is None
        if differs_now is None:
            assert len(items(await call_again(kept, tool))) == len(people)

    anyio.run(run)


_CURSORS = ("/next", "/meta/next", "/_scroll_id", "/continue", "/data/pageInfo/endCursor")
_ITEMS = ("/rows/*/id", "/data/nodes/*/id")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "places", [(), _CURSORS, _ITEMS, (*_CURSORS, *_ITEMS)], ids=["nothing", "cursors", "ids", "both"]
)
@pytest.mark.parametrize("name", KINDS)
async def test_every_kind_of_walk_is_held_again_with_its_cursors_and_identifiers_redacted(
    name: str, places: tuple[str, ...]
) -> None:
    kind, everything = KINDS[name], rows(23)
    tool = contract(
        request={"url": BASE, **(kind.request or {})},
        response={"items": {"at": "/data/nodes" if "/data" in str(kind.walk) else "/rows", "id": "/id"}},
        walk=kind.walk,
        complete=kind.complete,
    )
    around = World(lambda request: kind.serve(request, everything)).surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    kept = _after(tape.recording(tool, {}, told, at=0.0), *places)
    assert await differs(kept, tool) is None
    again = items(await call_again(kept, tool))
    assert len({one["id"] for one in again}) == 23
    assert (again == items(told)) == (not set(places) & set(_ITEMS))

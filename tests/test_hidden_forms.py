"""What is encoded twice, mixed, cut or written in other letters is taken out of a recording as well, or it is not written."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripted import World, answer, contract, items, query
from unabridged.schemas.recording import Exchange, Recording
from unabridged.schemas.wire import Json, Outcome, Request, Response
from unabridged.tools.call import call
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.recording import Tape
from unabridged.tools.recordings.redacting import hidden_still, redacted
from unabridged.tools.recordings.replayed import call_again, differs

SECRET = 'Sec+ret/A-7f3"k\\9üQ=='


def _json(value: str) -> str:
    return json.dumps({"k": value})


def _php(value: str) -> str:
    return json.dumps({"k": value}).replace("/", "\\/")


def _percent(value: str) -> str:
    return quote(value, safe="")


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _mime(value: str) -> str:
    return base64.encodebytes(b"x" * 50 + value.encode()).decode()


def _entities(value: str) -> str:
    return html.escape(value).replace("/", "&#x2F;").replace("+", "&#43;").replace("=", "&#61;")


def _of(*layers: Callable[[str], str]) -> Callable[[str], str]:
    def all_of_them(value: str) -> str:
        for layer in layers:
            value = layer(value)
        return value

    return all_of_them


FORMS: Mapping[str, Callable[[str], str]] = {
    "JSON in JSON": _of(_json, _json),
    "PHP's JSON": _php,
    "PHP's JSON in JSON": _of(_php, _json),
    "PHP's JSON in PHP's": _of(_php, _php),
    "JSON three times": _of(_json, _json, _json),
    "HTML in JSON": _of(html.escape, _json),
    "entities in JSON": _of(_entities, _json),
    "HTML twice": _of(html.escape, html.escape),
    "percent three times": _of(_percent, _percent, _percent),
    "JSON in a URL": _of(_json, _percent),
    "a URL in JSON in JSON": _of(_percent, _json, _json),
    "Base64 of Base64": _of(_base64, _base64),
    "Base64 of JSON": _of(_json, _base64),
    "Base64 of a URL": _of(_percent, _base64),
    "Base64 by lines": _mime,
    "Base64 by lines in JSON": _of(_mime, _json),
    "capitals": str.upper,
    "small letters in JSON": _of(str.lower, _json),
    "hexadecimal with spaces": lambda value: value.encode().hex(" "),
    "hexadecimal with colons": lambda value: value.encode().hex(":"),
    "without padding": lambda value: value.rstrip("="),
}


def _recording(content: bytes) -> Recording:
    response = Response(status=200, headers=(), content=content, framing="chunked", received_at=1.0)
    request = Request(method="GET", url="https://a.test/")
    return Recording(tool="t", at=1.0, exchanges=(Exchange(request=request, outcome=response),))


def _content(recording: Recording) -> bytes:
    outcome = recording.exchanges[0].outcome
    assert isinstance(outcome, Response)
    return outcome.content


HIDING = Hiding(key=b"k", secrets=frozenset({SECRET}))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("around", ["{}", '{{"item": {{"id": 1, "v": {}}}}}'], ids=["alone", "in a field"])
def test_a_secret_is_found_and_taken_out_however_it_is_encoded(form: Callable[[str], str], around: str) -> None:
    said = form(SECRET)
    recording = _recording(around.format(json.dumps(said) if "{{" in around else said).encode())
    assert hidden_still(recording, HIDING)
    kept = redacted(recording, HIDING)
    assert not hidden_still(kept, HIDING)
    assert said.encode() not in _content(kept)
    assert "credentials" in kept.redacted
    if "{{" in around:
        assert json.loads(_content(kept))["item"]["id"] == 1


@given(
    st.text('aZ09/+="\\ü&%<', min_size=8, max_size=20).filter(lambda text: sum(map(str.isalnum, text)) >= 6),
    st.lists(st.sampled_from([_json, _php, _percent, html.escape, _entities, _base64]), min_size=1, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_no_three_layers_hide_a_secret(secret: str, layers: list[Callable[[str], str]]) -> None:
    hiding = Hiding(key=b"k", secrets=frozenset({secret}))
    recording = _recording(json.dumps({"id": 1, "v": _of(*layers)(secret)}).encode())
    assert hidden_still(recording, hiding)
    assert not hidden_still(redacted(recording, hiding), hiding)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_secret_in_utf_16_is_taken_out(coding: str) -> None:
    recording = _recording(json.dumps({"k": SECRET}).encode(coding))
    assert hidden_still(recording, HIDING)
    kept = _content(redacted(recording, HIDING))
    assert list(json.loads(kept.decode(coding))) == ["k"]
    assert "Sec+ret" not in kept.decode(coding)


@pytest.mark.parametrize("left", [8, 12, len(SECRET) - 1])
def test_the_beginning_of_a_secret_at_the_end_of_a_cut_content_is_taken_out(left: int) -> None:
    recording = _recording(f'first line\n{{"item": {{"who": "{SECRET[:left]}'.encode())
    assert hidden_still(recording, HIDING)
    kept = redacted(recording, HIDING)
    assert not hidden_still(kept, HIDING)
    assert SECRET[:8].encode() not in _content(kept)
    assert _content(kept).startswith(b"first line\n")


def test_what_a_declared_place_holds_is_taken_out_of_json_in_json_and_html_too() -> None:
    name = "Zoë O'Hara/Smith"
    page = {"name": name, "nest": _php(name), "html": f"<b>{html.escape(name)}</b>", "other": "Zoë Harassed"}
    page["deep"] = _json(_json(page["html"]))
    page["loud"] = f"Hi {name.upper()}!"
    kept = json.loads(_content(redacted(_recording(json.dumps(page).encode()), Hiding(key=b"k", places=("/name",)))))
    assert kept["other"] == "Zoë Harassed"
    assert kept["html"].startswith("<b>")
    assert json.loads(kept["nest"])["k"] == kept["name"]
    assert not [place for place, text in kept.items() if "hara" in text.lower() and place != "other"]


@pytest.mark.anyio
async def test_a_walk_whose_cursor_hides_a_secret_twice_can_be_held_again() -> None:
    cursors = [_base64(_json(f"{SECRET}{number}")) for number in range(3)]

    def script(request: Request) -> Outcome:
        after = query(request).get("after")
        number = 0 if after is None else cursors.index(after) + 1
        following = cursors[number] if number < 3 else None
        ticket: Json = {"id": number}
        return answer({"tickets": [ticket], "more": following is not None, "next": following, "count": 4})

    tool, around = contract(), World(script).surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    kept = redacted(tape.recording(tool, {}, told, at=0.0), HIDING)
    assert not hidden_still(kept, HIDING)
    assert cursors[0].encode() not in _content(kept)
    assert await differs(kept, tool) is None
    assert len(items(await call_again(kept, tool))) == 4


# ------------------------------------------------------------------------------------------ names that tell a secret

VALUE = "VALUE0099aaZZ"
NAMES = (
    *("access_token", "accessToken", "id_token", "refresh_token", "token", "jwt", "session_id", "csrf_token", "sig"),
    *("signature", "X-Amz-Signature", "X-Amz-Security-Token", "X-Goog-Signature", "api_key", "apiKey", "client_secret"),
    *("password", "new_password", "Password", "secret", "private_key"),
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "page",
    [
        '{{"{name}": "{value}"}}',
        '{{"url": "https://x.test/f?a=1&{name}={value}&b=2"}}',
        '{{"url": "https://x.test/f?{name}={value}"}}',
        r'{{"url": "https:\/\/x.test\/f?a=1\u0026{name}={value}\u0026b=2"}}',
        '{{"html": "<a href=\\"/f?a=1&amp;{name}={value}&amp;b=2\\">"}}',
        '{{"to": "https://x.test/login?back=https%3A%2F%2Fy.test%2F%3F{name}%3D{value}%26b%3D2"}}',
        "<a href='/f?{name}={value}'>f</a>",
        "a=1&{name}={value}&b=2",
        "{name}={value}",
    ],
)
def test_what_is_called_as_a_secret_is_taken_out_of_every_content(name: str, page: str) -> None:
    kept = redacted(_recording(page.format(name=name, value=VALUE).encode()), Hiding(key=b"k"))
    assert VALUE.encode() not in _content(kept)
    assert name.encode() in _content(kept)
    assert kept.redacted


@pytest.mark.parametrize("name", ["location", "link", "content-location", "refresh"])
def test_urls_in_headers_lose_their_secrets(name: str) -> None:
    header = f'</y?page=2&sig={VALUE}&access_token={VALUE}>; rel="next", </z?token={VALUE}>; rel="last"'
    recording = _recording(b"{}")
    plain = recording.exchanges[0].outcome
    assert isinstance(plain, Response)
    response = replace(plain, headers=((name, header),))
    kept = redacted(
        replace(recording, exchanges=(replace(recording.exchanges[0], outcome=response),)), Hiding(key=b"k")
    )
    outcome = kept.exchanges[0].outcome
    assert isinstance(outcome, Response)
    said = outcome.headers[0][1]
    assert VALUE not in said
    assert said.startswith("</y?page=2&sig=")
    assert said.endswith('>; rel="last"')


def test_a_number_called_as_a_secret_is_one_and_a_truth_is_none() -> None:
    page = b'{"access_token":12345678901,"password":true,"secret":null,"tokens":17,"n":{"token":42}}'
    kept = json.loads(_content(redacted(_recording(page), Hiding(key=b"k"))))
    assert kept["access_token"] != 12345678901
    assert (kept["password"], kept["secret"], kept["tokens"]) == (True, None, 17)
    assert isinstance(kept["access_token"], int)
    assert kept["n"]["token"] != 42


@pytest.mark.parametrize(
    "name", ["next_page_token", "page_token", "continuation_token", "nextToken", "after", "keyset"]
)
def test_marks_of_pages_stay_as_they_are(name: str) -> None:
    page = f'{{"{name}": "{VALUE}", "next": "https://x.test/?{name}={VALUE}"}}'.encode()
    assert _content(redacted(_recording(page), Hiding(key=b"k"))) == page


@pytest.mark.anyio
@pytest.mark.parametrize("mark", ["{}", "t{}", "a-long-mark-{}/+="])
@pytest.mark.parametrize("name", ["token", "page_token", "session_id", "signature"])
async def test_a_walk_whose_mark_is_called_as_a_secret_can_be_held_again(name: str, mark: str) -> None:
    def script(request: Request) -> Outcome:
        after = query(request).get(name)
        number = 0 if after is None else int("".join(filter(str.isdigit, after))) + 1
        following = mark.format(number) if number < 3 else None
        ticket: Json = {"id": number, "token": f"secret of {number}"}
        return answer({"tickets": [ticket], "more": following is not None, name: following, "count": 4})

    walk = {
        "kind": "cursor",
        "more": "body:/more",
        "next": f"body:/{name}",
        "send": f"query:{name}",
        "end": {"more": {"true": "continue", "false": "end"}, "next": {"value": "continue", "null": "end"}},
    }
    tool, around = contract(walk=walk), World(script).surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    assert len(items(told)) == 4
    kept = redacted(tape.recording(tool, {}, told, at=0.0), Hiding(key=b"k"))
    assert b"secret of" not in _content(kept)
    assert await differs(kept, tool) is None
    assert len(items(await call_again(kept, tool))) == 4

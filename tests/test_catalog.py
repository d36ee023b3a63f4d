"""Reading tool files: what is sound becomes contracts, what is wrong is said, all of it, with its line."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.toolfiles import API, TOOL, changed, document, read_one, read_text
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.location import Location
from unabridged.schemas.secret import Basic, Bearer, FromEnvironment
from unabridged.schemas.walk import Cursor, Single
from unabridged.tools.catalog import Catalog, read

KEY = {"env": "KEY"}


def said(catalog: Catalog) -> list[str]:
    """The problems, without the directory in front of the file's name."""
    return [str(problem).rpartition("/file.")[2] for problem in catalog.problems]


def only(catalog: Catalog) -> Contract:
    assert said(catalog) == []
    (contract,) = catalog.contracts
    return contract


# ------------------------------------------------------------------------------------------- what is sound


def test_a_sound_tool_becomes_a_contract(tmp_path: Path) -> None:
    contract = only(read_one(tmp_path, {"complete": {"require": "counted", "total": {"at": "/count"}}}))
    assert isinstance(contract.walk, Cursor)
    assert contract.walk.send == Location("query", "after")
    assert contract.complete.require is Grade.COUNTED
    assert contract.provider.base_url == "https://desk.example.com/api"
    assert contract.input == {"type": "object", "additionalProperties": False}
    assert len(contract.digest) == 64


def test_the_example_of_the_design_is_read_from_yaml(tmp_path: Path) -> None:
    text = """
    unabridged: 1
    api:
      name: desk
      base_url: http://127.0.0.1:8000
      network: {allow: [loopback]}
      auth: {kind: bearer, token: {env: DESK_TOKEN}}
    tools:
      - name: desk_list_tickets
        description: All tickets of the desk.
        claim: all
        input: {type: object, properties: {status: {type: string}}}
        request: {url: /api/tickets, query: {status: "{input.status}"}}
        response:
          schema: {type: object, required: [tickets, meta]}
          items: {at: /tickets, id: /id}
        walk:
          kind: cursor
          more: body:/meta/has_more
          next: body:/meta/after_cursor
          send: query:page[after]
          end: {more: {true: continue, false: end}, next: {value: continue}}
          page_size: {send: "query:page[size]", ask: 100}
        complete: {require: counted, total: {at: /count}}
    """
    contract = only(read_text(tmp_path, dedent(text)))
    assert contract.provider.auth == Bearer(token=FromEnvironment(env="DESK_TOKEN"))
    assert contract.walk.end.more == {"true": "continue", "false": "end"}


def test_name_and_claim_may_be_gathered_under_tool(tmp_path: Path) -> None:
    head = {name: TOOL[name] for name in ("name", "description", "claim")}
    rest = {name: TOOL[name] for name in ("request", "response", "walk")}
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"unabridged": 1, "api": API, "tools": [{"tool": head, **rest}]}))
    assert only(read([file])) == only(read_one(tmp_path))


def test_a_directory_stands_for_the_tool_files_in_it_in_order(tmp_path: Path) -> None:
    for name in ("b.json", "a.yaml", "c.yml"):
        tool = changed(TOOL, {"name": f"tool_{name[0]}"})
        (tmp_path / name).write_text(json.dumps({"unabridged": 1, "api": API, "tools": [tool]}))
    (tmp_path / "notes.txt").write_text("not a tool file")
    assert [contract.name for contract in read([tmp_path]).contracts] == ["tool_a", "tool_b", "tool_c"]


def test_a_link_to_a_file_is_read_like_the_file(tmp_path: Path) -> None:
    read_one(tmp_path)
    (tmp_path / "link.json").symlink_to(tmp_path / "file.json")
    assert len(read([tmp_path / "link.json"]).contracts) == 1


def test_the_block_is_laid_under_every_tool_and_the_tool_wins(tmp_path: Path) -> None:
    api = {
        "headers": {"Accept-Language": "en", "X-A": "block"},
        "policy": {"deadline": "30s", "retry": {"attempts": 2}},
        "defaults": {"response": {"media": "application/hal+json"}, "policy": {"in_flight": 8}},
    }
    tool = {"request.headers": {"x-a": "tool"}, "policy": {"deadline": 5}}
    contract = only(read_one(tmp_path, tool, api))
    assert contract.request.headers == {"Accept-Language": "en", "x-a": "tool"}
    assert (contract.policy.deadline, contract.policy.retry.attempts, contract.policy.in_flight) == (5.0, 2, 8)
    assert contract.response.media == ("application/hal+json",)


@pytest.mark.parametrize(
    ("own", "sent"),
    [(None, Bearer), ("none", type(None)), ({"kind": "basic", "username": "a", "password": KEY}, Basic)],
)
def test_a_tool_may_have_another_credential_than_its_block_or_none(tmp_path: Path, own: Any, sent: type) -> None:
    contract = only(read_one(tmp_path, {"auth": own}, {"auth": {"kind": "bearer", "token": KEY}}))
    assert type(contract.provider.auth) is sent


def test_a_tool_may_have_a_credential_where_its_block_has_none(tmp_path: Path) -> None:
    assert type(only(read_one(tmp_path, {"auth": {"kind": "bearer", "token": KEY}})).provider.auth) is Bearer


def test_vetoes_of_the_block_and_of_the_tool_add_up(tmp_path: Path) -> None:
    veto = [{"at": "/warnings", "state": "value"}]
    contract = only(read_one(tmp_path, {"response.veto": [{"at": "/late", "is": True}]}, {"response": {"veto": veto}}))
    assert [str(one.at) for one in contract.response.veto] == ["body:/late", "body:/warnings"]


def test_a_schema_and_an_end_table_are_never_mixed(tmp_path: Path) -> None:
    api = {
        "response": {"schema": {"type": "object", "required": ["a"]}},
        "walk": {"kind": "cursor", "end": {"more": {"true": "continue", "false": "end", "null": "end"}}},
    }
    tool = {"response.schema": {"required": ["b"]}, "walk.end": {"more": {"value": "continue", "false": "end"}}}
    contract = only(read_one(tmp_path, tool, api))
    assert contract.response.schema == {"required": ["b"]}
    assert contract.walk.end.more == {"value": "continue", "false": "end"}


def test_a_tool_about_one_thing_takes_no_walk_from_the_block(tmp_path: Path) -> None:
    api = {"walk": TOOL["walk"], "complete": {"require": "counted", "total": {"at": "/n"}, "fresh": {"max_age": "1h"}}}
    tool = {"claim": "one", "walk": None, "response": {"data": "/ticket"}, "request": {"url": "/tickets/7"}}
    contract = only(read_one(tmp_path, tool, api | {"response": {"items": {"at": "/tickets"}}}))
    assert contract.walk == Single()
    assert contract.complete.total is None
    assert contract.complete.fresh is not None
    assert contract.response.items is None


@pytest.mark.parametrize(("claim", "inherited"), [("all", False), ({"top_k": 3}, True), ("one", False)])
def test_a_gate_of_the_block_is_for_its_rankings(tmp_path: Path, claim: Any, inherited: bool) -> None:
    api = {"complete": {"gate": {"at": "/score", "metric": "cosine", "min": 0.5}}}
    walk = TOOL["walk"] if claim == "all" else None
    contract = read_one(tmp_path, {"claim": claim, "walk": walk}, api).contracts[0]
    assert (contract.complete.gate is not None) is inherited


def test_a_walk_of_another_kind_takes_nothing_from_the_block(tmp_path: Path) -> None:
    tool = {"walk": {"kind": "offset", "send": "query:skip"}, "complete": {"total": {"at": "/count"}}}
    assert only(read_one(tmp_path, tool, {"walk": TOOL["walk"]})).walk.kind == "offset"


def test_the_digest_is_of_what_the_file_says_and_not_of_how(tmp_path: Path) -> None:
    plain = only(read_one(tmp_path))
    upside_down = {name: TOOL[name] for name in reversed(TOOL)}
    file = tmp_path / "other.yaml"
    file.write_text("# a comment\n" + json.dumps({"tools": [upside_down], "api": API, "unabridged": 1}))
    assert only(read([file])).digest == plain.digest
    assert only(read_one(tmp_path, {"policy": {"deadline": 51}})).digest != plain.digest


@pytest.mark.requirement("L6")
def test_the_digest_of_a_macro_is_that_of_its_expansion(tmp_path: Path) -> None:
    by_macro = only(read_one(tmp_path, {"walk": "drf", "response": None, "name": "x"}))
    by_hand = {
        "name": "x",
        "walk": {"kind": "next_url", "next": "body:/next", "end": {"next": {"value": "continue", "null": "end"}}},
        "response": {
            "schema": {
                "type": "object",
                "required": ["count", "next", "results"],
                "properties": {"count": {"type": "integer"}, "results": {"type": "array"}},
            },
            "items": {"at": "/results", "id": "/id"},
        },
        "complete": {"require": "counted", "total": {"at": "body:/count"}},
    }
    assert only(read_one(tmp_path, by_hand)).digest == by_macro.digest


# --------------------------------------------------------------------------------------------- what is wrong

WRONG = """\
unabridged: 1
api:
  name: desk
  base_url: https://desk.example.com
  netwrk: {}
tools:
  - name: one
    descripton: x
    claim: al
    request: {url: /x, methd: GET, headers: {x: 2}}
    response:
      items: {at: data}
      classify:
        - {when: {status: 429}, as: transent}
  - name: two
    description: d
    claim: all
    request: {url: /x}
    response: {items: {at: /x}}
    walk: {kind: cursr}
  - name: three
    description: d
    claim: all
    request: {url: /x}
    response: {items: {at: /x}}
    walk:
      kind: cursor
      nxt: body:/x
      send: "query:x"
      page_size: {send: query:a, ask: 0}
    complete: {require: count}
"""


@pytest.mark.requirement("L1", "L4")
def test_every_mistake_is_said_at_once_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    starts = [
        ("yaml:5: /api/netwrk: expected one of", "found `netwrk`, did you mean `network`?"),
        ("yaml:7: /tools/0/description: expected `description`", "found nothing"),
        ("yaml:8: /tools/0/descripton: expected one of", "did you mean `description`?"),
        ("yaml:9: /tools/0/claim: expected a claim: all, one", "found `al`"),
        ("yaml:10: /tools/0/request/headers/x: expected a text, found 2", 'write it in quotes: "2"'),
        ("yaml:10: /tools/0/request/methd: expected one of method, url", "did you mean `method`?"),
        ("yaml:12: /tools/0/response/items/at: expected a JSON Pointer", "found `data`"),
        ("yaml:14: /tools/0/response/classify/0/as: expected sound, transient", "did you mean `transient`?"),
        ("yaml:20: /tools/1/walk/kind: expected single, cursor", "found `cursr`, did you mean `cursor`?"),
        ("yaml:26: /tools/2/walk/next: expected `next`, which `cursor` needs", "is `nxt` meant?"),
        ("yaml:28: /tools/2/walk/nxt: expected one of more, end", "did you mean `next`?"),
        ("yaml:30: /tools/2/walk/page_size/ask: expected a number of at least 1", "found 0"),
        ("yaml:31: /tools/2/complete/require: expected a grade: heuristic", "found `count`"),
    ]
    found = said(read_text(tmp_path, WRONG))
    assert len(found) == len(starts)
    for line, (start, rest) in zip(found, starts, strict=True):
        assert line.startswith(start), line
        assert rest in line


@pytest.mark.parametrize(
    ("place", "home"),
    [
        ("total", "complete"),
        ("items", "response"),
        ("query", "request"),
        ("page_size", "walk"),
        ("network", "api"),
        ("walk.total", "complete"),
    ],
)
def test_a_name_in_the_wrong_place_is_sent_home(tmp_path: Path, place: str, home: str) -> None:
    (found,) = said(read_one(tmp_path, {place: {"x": 1}}))
    assert f"/tools/0/{place.replace('.', '/')}: expected" in found
    assert found.endswith(f"it belongs under `{home}`")


@pytest.mark.requirement("L2")
def test_a_wrong_tool_leaves_the_others_standing(tmp_path: Path) -> None:
    wrong = changed(TOOL, {"name": "wrong", "claim": "everything"})
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"unabridged": 1, "api": API, "tools": [wrong, TOOL, 5]}))
    catalog = read([file])
    assert [contract.name for contract in catalog.contracts] == ["desk_list_tickets"]
    assert [problem.pointer for problem in catalog.problems] == ["/tools/0/claim", "/tools/2"]


@pytest.mark.requirement("L2")
def test_a_wrong_file_leaves_the_others_standing(tmp_path: Path) -> None:
    read_one(tmp_path)
    (tmp_path / "broken.yaml").write_text("unabridged: [1")
    catalog = read([tmp_path / "missing.yaml", tmp_path])
    assert len(catalog.contracts) == 1
    assert sorted(problem.file.name for problem in catalog.problems) == ["broken.yaml", "missing.yaml"]


def test_a_mistake_in_the_block_is_said_once_and_where_it_stands(tmp_path: Path) -> None:
    other = changed(TOOL, {"name": "other"})
    file = tmp_path / "file.json"
    api = {**API, "response": {"framing": ["chunky"]}}
    file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": [TOOL, other]}))
    assert [problem.pointer for problem in read([file]).problems] == ["/api/response/framing/0"]


def test_one_name_for_two_tools_is_a_mistake_across_files(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(document()))
    catalog = read([tmp_path])
    assert len(catalog.contracts) == 1
    (problem,) = catalog.problems
    assert (problem.file.name, problem.pointer) == ("b.json", "/tools/0/name")


@pytest.mark.parametrize("word", ["1", "true", '"1"', "2", "[]"])
def test_only_version_one_of_the_language_is_read(tmp_path: Path, word: str) -> None:
    catalog = read_text(tmp_path, f"unabridged: {word}\napi: {json.dumps(API)}\ntools: [{json.dumps(TOOL)}]\n")
    assert [problem.pointer for problem in catalog.problems] == ([] if word == "1" else ["/unabridged"])
    assert len(catalog.contracts) == (1 if word == "1" else 0)


def test_nothing_is_served_of_a_file_that_says_what_is_not_known(tmp_path: Path) -> None:
    catalog = read_text(tmp_path, f"unabridged: 1\npolicy: {{}}\napi: {json.dumps(API)}\ntools: [{json.dumps(TOOL)}]\n")
    assert ([problem.pointer for problem in catalog.problems], catalog.contracts) == (["/policy"], ())


# ------------------------------------------------------------------------------------------------- secrets

CANARY = "c4n4ry-9f8e7d6c5b4a39281706"


@pytest.mark.requirement("L3", "G37")
@pytest.mark.parametrize(
    ("pointer", "tool", "api"),
    [
        ("/api/auth/token", {}, {"auth": {"kind": "bearer", "token": CANARY}}),
        ("/api/auth/token", {}, {"auth": {"kind": "bearer", "token": {"env": "A", "value": CANARY}}}),
        ("/api/auth/password", {}, {"auth": {"kind": "basic", "username": "me", "password": CANARY}}),
        ("/api/auth/value", {}, {"auth": {"kind": "api_key", "in": "header", "name": "X-Key", "value": CANARY}}),
        ("/api/headers/Authorization", {}, {"headers": {"Authorization": f"Bearer {CANARY}"}}),
        ("/api/headers/X-Api-Key", {}, {"headers": {"X-Api-Key": "short"}}),
        ("/api/variables/api_token/default", {}, {"variables": {"api_token": {"default": CANARY}}}),
        ("/tools/0/auth/token", {"auth": {"kind": "bearer", "token": CANARY}}, {}),
        ("/tools/0/auth", {"auth": CANARY}, {}),
        ("/tools/0/request/headers/cookie", {"request.headers": {"cookie": CANARY}}, {}),
        ("/tools/0/request/query/api_key", {"request.query": {"api_key": CANARY}}, {}),
        ("/tools/0/request/query/key", {"request.query": {"key": CANARY}}, {}),
        ("/tools/0/request/strict/header:X-Auth-Token", {"request.strict": {"header:X-Auth-Token": CANARY}}, {}),
    ],
)
def test_a_secret_in_a_file_is_refused_and_never_shown(
    tmp_path: Path, pointer: str, tool: dict[str, Any], api: dict[str, Any]
) -> None:
    catalog = read_one(tmp_path, tool, api)
    assert pointer in [problem.pointer for problem in catalog.problems]
    assert catalog.contracts == ()
    assert CANARY not in "".join(map(str, catalog.problems))


def test_a_reference_to_a_secret_and_an_ordinary_key_are_no_secrets(tmp_path: Path) -> None:
    api = {
        "headers": {"X-App-Key": "{var.app}"},
        "variables": {"app": {"env": "APP_KEY"}},
        "auth": {"kind": "api_key", "in": "query", "name": "key", "value": {"file": "/run/secrets/key"}},
    }
    only(read_one(tmp_path, {"request.query": {"sort_key": "created_at", "key": "name"}}, api))


# ------------------------------------------------------------------------------------------ YAML and JSON


@pytest.mark.requirement("L4")
def test_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    text = dedent("""
    unabridged: 1
    api: {name: on, base_url: https://desk.example.com, headers: {x-version: 2022-11-28, x-octal: 010.1}}
    tools:
      - {name: no, description: yes, claim: one, response: {data: /x}, request: {url: /x, query: {a: on, b: 0o10, c: 1_000, 200: ~}}}
    """)
    contract = only(read_text(tmp_path, text.replace("010.1", '"010"')))
    assert (contract.provider.name, contract.name, contract.description) == ("on", "no", "yes")
    assert contract.request.headers["x-version"] == "2022-11-28"
    assert contract.request.query == {"a": "on", "b": 8, "c": "1_000", "200": None}


@pytest.mark.requirement("L4")
@pytest.mark.parametrize(
    ("line", "text", "says"),
    [
        (2, "a: 1\na: 2", "found `a` again (first on line 1)"),
        (2, "a: &x {}\nb: {<<: *x}", "the merge key `<<`"),
        (1, "a: !!python/object:os.system {}", "found the tag"),
        (1, "!!set {a}", "found the tag"),
        (2, "--- {}\n--- {}", "a second one"),
        (1, "? [a]\n: b", "expected a name"),
        (1, "a: .inf", "a finite number"),
        (1, "a: 1e999", "a number that a double can hold"),
        (1, "a: *nowhere", "*nowhere"),
        (1, "a: &x [*x]", "*x"),
        (1, "a: {b: [", "YAML 1.2"),
        (1, "a: " + "[" * 100 + "]" * 100, "64 levels"),
        (1, "a: " + "9" * 5000, "a longer one"),
    ],
)
def test_yaml_that_is_more_than_data_is_refused(tmp_path: Path, line: int, text: str, says: str) -> None:
    catalog = read_text(tmp_path, text)
    (problem,) = catalog.problems
    assert problem.line == line
    assert says in problem.message


@pytest.mark.requirement("L4")
def test_a_yaml_bomb_is_bounded(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    (problem,) = read_text(tmp_path, bomb).problems
    assert "500,000 values" in problem.message


@pytest.mark.parametrize(
    ("line", "text", "says"),
    [
        (3, '{"a": 1,\n "b": {\n "c": 1, "c": 2}}', "found `c` again"),
        (2, '{"a":\n nope}', "expected JSON"),
        (1, '{"a": NaN}', "a finite number"),
        (1, '{"a": 1e999}', "a double"),
        (1, '{"a": ' + "9" * 5000 + "}", "a longer one"),
        (1, "[" * 100_000, "64 levels"),
        (1, "[" * 100 + "]" * 100, "64 levels"),
        (1, '{"a": "\\ud800"}', "surrogate"),
        (1, "", "expected JSON"),
    ],
)
def test_json_that_is_not_strict_is_refused(tmp_path: Path, line: int, text: str, says: str) -> None:
    (problem,) = read_text(tmp_path, text, "file.json").problems
    assert problem.line == line
    assert says in problem.message


def test_lines_are_known_in_json_too(tmp_path: Path) -> None:
    text = json.dumps(document({"walk.send": "querry:after"}), indent=2)
    (problem,) = read_text(tmp_path, text, "file.json").problems
    assert "querry" in text.splitlines()[problem.line - 1]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \x80", b"\x00", b"a: \x07", "a: \x85b".encode("latin-1")])
def test_bytes_that_are_no_text_are_a_problem(tmp_path: Path, content: bytes) -> None:
    assert len(read_text(tmp_path, content).problems) == 1


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (problem,) = read_text(tmp_path, b"#" * (8 * 1024 * 1024 + 1)).problems
    assert "8,388,608 bytes" in problem.message


# ---------------------------------------------------------------------------------------------------- fuzz


def survives(content: bytes, name: str) -> None:
    """Read *content*: contracts or problems, and every problem can be printed."""
    with TemporaryDirectory() as directory:
        catalog = read_text(Path(directory), content, name)
        assert catalog.contracts or catalog.problems
        "".join(map(str, catalog.problems)).encode()


NAMES = st.sampled_from(["file.yaml", "file.json"])


@pytest.mark.requirement("L1")
@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    name=NAMES,
)
@example(content=b"a: b: c", name="file.yaml")
@example(content=b"%YAML 9.9\n--- a", name="file.yaml")
@example(content=b"- !<tag:", name="file.yaml")
@example(content=b'"\\UFFFFFFFF"', name="file.yaml")
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(content: bytes, name: str) -> None:
    survives(content, name)


@pytest.mark.requirement("L1")
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_mutation_of_a_sound_yaml_file_raises(data: st.DataObject) -> None:
    content = bytearray(WRONG.replace("al\n", "all\n").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        cut = data.draw(st.integers(0, 8))
        content[at : at + cut] = data.draw(
            st.sampled_from(
                [
                    b"",
                    b"{",
                    b"}",
                    b"[",
                    b"&a ",
                    b"*a",
                    b"\n",
                    b": ",
                    b"- ",
                    b"!x ",
                    b"'",
                    b'"',
                    b"|",
                    b">",
                    b"\t",
                    b"~",
                    b"0x",
                    b"%",
                ]
            )
        )
    survives(bytes(content), "file.yaml")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = """
    name description claim effects input input.properties input.required request request.url request.query request.headers
    request.body request.strict request.method response response.items response.items.at response.items.id response.schema
    response.classify response.veto response.nested response.status walk walk.kind walk.next walk.send walk.end walk.end.more
    walk.page_size walk.absence walk.pin walk.stable walk.limits complete complete.require complete.total complete.census
    complete.differential complete.fresh policy policy.retry tool
"""
BLOCK = "name base_url auth network network.allow variables headers defaults defaults.walk response walk policy"


@pytest.mark.requirement("L1")
@given(
    tool=st.dictionaries(st.sampled_from(PLACES.split()), ANY, max_size=2),
    api=st.dictionaries(st.sampled_from(BLOCK.split()), ANY, max_size=2),
)
@settings(max_examples=400, deadline=None)
def test_no_value_in_any_place_raises(tool: dict[str, Any], api: dict[str, Any]) -> None:
    try:
        text = json.dumps(document(tool, api))
    except (AttributeError, TypeError):  # a place inside of what the other change made a scalar
        return
    survives(text.encode(), "file.json")


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"claim": "one", "walk": None, "response": {"data": "/ticket"}, "request.method": "POST"}, "write"),
        (
            {
                "claim": "one",
                "walk": None,
                "response": {"data": "/ticket"},
                "request.method": "POST",
                "effects": "read",
            },
            "read",
        ),
        ({"claim": "one", "walk": None, "response": {"data": "/ticket"}}, "read"),
        ({"request.method": "POST"}, "read"),
    ],
)
def test_a_post_about_one_thing_is_a_write_unless_the_file_says_otherwise(
    tmp_path: Path, tool: dict[str, Any], expected: str
) -> None:
    [contract] = read_one(tmp_path, tool).contracts
    assert contract.effects == expected

"""An import over an earlier one: what a person wrote is never lost, and what changed upstream arrives."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unabridged.server.rewritten import rewrite
from unabridged.server.usage import UsageError
from unabridged.tools.catalog import read
from unabridged.tools.importing.defining import definitions
from unabridged.tools.importing.filing import Format, Page, head_of, pages, text, tool_of
from unabridged.tools.importing.opening import opened, reopened
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.reimporting import reimported
from unabridged.tools.importing.threeway import MISSING, merged, same
from unabridged.tools.shapes import is_object
from unabridged.tools.source import parse

Document = dict[str, Any]


def pet_shop() -> Document:
    ok = {
        "200": {
            "description": "ok",
            "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}},
        }
    }
    names = {"type": "array", "items": {"type": "string"}}
    query = [{"name": "q", "in": "query", "description": "What to look for", "schema": names}]
    paths = {
        f"/{kind}": {"get": {"operationId": f"find_{kind}", "tags": [kind], "parameters": query, "responses": ok}}
        for kind in ("cats", "dogs", "fish")
    }
    info = {"title": "Shop", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": "https://shop.test"}], "paths": paths}


def imported(document: Document, *, form: Format = "yaml", split: bool = False) -> dict[str, Page]:
    description = describe(json.dumps(document).encode())
    made = definitions(description, description.operations, api="shop")
    return pages(made, told=["Imported."], form=form, split=split)


def again(
    place: Path, document: Document, edit: Callable[[str], str] | None = None, *, form: Format = "yaml"
) -> tuple[str, list[str]]:
    """Import over what stands at *place*, which a person edited first; the file, and what was reported."""
    file = place / f"shop.{form}"
    if edit is not None:
        file.write_text(edit(file.read_text("utf-8")), "utf-8")
    result = rewrite({file: imported(document, form=form)[""]}, form=form, split=False, dry_run=False)
    catalog = read([file])
    assert [str(one) for one in catalog.problems if one.severity == "error"] == []
    return file.read_text("utf-8"), [f"{one.kind}: {one.says}" for one in result.changes]


def changed(document: Document, kind: str, says: str) -> Document:
    result = copy.deepcopy(document)
    result["paths"][f"/{kind}"]["get"]["summary"] = says
    return result


def test_an_import_over_itself_changes_nothing(tmp_path: Path) -> None:
    first, _ = again(tmp_path, pet_shop())
    assert again(tmp_path, pet_shop()) == (first, [])


def test_what_a_person_changed_stays_byte_for_byte_while_others_are_updated(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())
    own = "description: Cats, and only cats.   # they are ours\n"
    text, told = again(
        tmp_path,
        changed(pet_shop(), "dogs", "Find good dogs"),
        lambda text: text.replace("description: GET /cats\n", own),
    )
    assert own in text
    assert "Find good dogs." in text
    assert told == ["updated: shop_find_dogs: as the description says now"]


def test_both_changes_to_one_tool_are_had_and_comments_are_kept(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())
    note = "  # ask Ann before you change this\n"
    text, told = again(
        tmp_path,
        changed(pet_shop(), "cats", "Find cats"),
        lambda text: text.replace(
            "  - name: shop_find_cats\n", note + "  - name: shop_find_cats\n    review: [unproven]\n"
        ),
    )
    assert note in text
    assert "review: unproven" in text or "review: [unproven]" in text
    assert "Find cats." in text
    assert told == ["updated: shop_find_cats: as the description says now"]


def test_where_both_changed_the_same_thing_the_persons_stays_and_is_told(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())
    text, told = again(
        tmp_path,
        changed(pet_shop(), "cats", "Find cats"),
        lambda text: text.replace("GET /cats\n    tags", "Mine\n    tags"),
    )
    assert "description: Mine" in text
    assert told == [
        'conflict: shop_find_cats.description: changed here ("Mine") and upstream ("Find cats."); kept as it is here'
    ]


def without(document: Document, kind: str) -> Document:
    result = copy.deepcopy(document)
    del result["paths"][f"/{kind}"]
    return result


def test_a_tool_that_is_gone_upstream_goes_unless_a_person_changed_it(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())
    text, told = again(
        tmp_path,
        without(without(pet_shop(), "cats"), "dogs"),
        lambda text: text.replace("description: GET /cats\n", "description: Cats.\n"),
    )
    assert "shop_find_dogs" not in text
    assert "# No longer in the description" in text
    assert "description: Cats." in text
    assert [one.partition(":")[0] for one in told] == ["kept", "removed"]
    assert again(tmp_path, without(without(pet_shop(), "cats"), "dogs"))[0].count("# No longer in") == 1


def test_a_tool_that_a_person_took_out_stays_out_and_one_that_a_person_added_stays(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())

    def edit(text: str) -> str:
        start = text.index("  # GET /dogs")
        own = "  - name: shop_own\n    description: Mine\n    claim: one\n    request: {url: /own}\n"
        return text[:start] + own + text[text.index("  # GET /fish") :]

    text, told = again(tmp_path, changed(pet_shop(), "fish", "Find fish"), edit)
    assert "shop_find_dogs" not in text
    assert "shop_own" in text
    assert [one.partition(":")[0] for one in told] == ["updated", "left out"]


def test_a_narrower_import_forgets_nothing_that_a_person_did(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())

    def edit(text: str) -> str:
        start, end = text.index("  # GET /dogs"), text.index("  # GET /fish")
        return (text[:start] + text[end:]).replace("description: GET /cats\n", "description: Cats.\n")

    _, told = again(tmp_path, without(without(pet_shop(), "cats"), "dogs"), edit)
    assert [one.partition(":")[0] for one in told] == ["kept"]
    text, told = again(tmp_path, pet_shop())
    assert "shop_find_dogs" not in text
    assert "description: Cats." in text
    assert "No longer in the description" not in text
    assert told == ["left out: shop_find_dogs: taken out of the file by hand, and stays out"]


def test_a_tool_that_an_import_took_away_comes_back_when_it_is_chosen_again(tmp_path: Path) -> None:
    first, _ = again(tmp_path, pet_shop())
    assert again(tmp_path, without(pet_shop(), "dogs"))[1] == [
        "removed: shop_find_dogs: not in the description any more, or not chosen"
    ]
    assert again(tmp_path, pet_shop()) == (first, ["added: shop_find_dogs: new"])


def test_what_was_taken_out_of_one_file_of_several_stays_out_when_the_file_is_gone(tmp_path: Path) -> None:
    def files(document: Document) -> Mapping[Path, Page]:
        return {tmp_path / f"{stem}.yaml": page for stem, page in imported(document, split=True).items()}

    both = pet_shop()
    both["paths"]["/dogs"]["get"]["tags"] = ["cats"]
    rewrite(files(both), form="yaml", split=True, dry_run=False)
    file = tmp_path / "cats.yaml"
    file.write_text(file.read_text("utf-8").partition("  # GET /dogs")[0], "utf-8")
    rewrite(files(without(without(both, "cats"), "dogs")), form="yaml", split=True, dry_run=False)
    assert not file.exists()
    found = rewrite(files(both), form="yaml", split=True, dry_run=False)
    assert [(one.kind, one.tool) for one in found.changes] == [
        ("added", "shop_find_cats"),
        ("left out", "shop_find_dogs"),
    ]
    assert "shop_find_dogs" not in file.read_text("utf-8")


def test_a_trial_run_says_that_a_file_would_not_be_written_over_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("mine", "utf-8")
    found = rewrite({tmp_path / "shop.yaml": imported(pet_shop())[""]}, form="yaml", split=False, dry_run=True)
    assert found.files == ()
    assert "was not written by an import" in found.changes[0].says


def test_a_new_tool_comes_behind_the_one_that_it_follows_upstream(tmp_path: Path) -> None:
    again(tmp_path, without(pet_shop(), "dogs"))
    text, told = again(tmp_path, pet_shop())
    assert told == ["added: shop_find_dogs: new"]
    assert text.index("find_cats") < text.index("find_dogs") < text.index("find_fish")


def test_what_a_person_says_of_the_api_stays(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())
    document = pet_shop()
    document["info"]["title"] = "Pet shop"
    auth = "auth: {kind: bearer, token: {env: SHOP_TOKEN}}"
    text, _ = again(
        tmp_path,
        document,
        lambda text: text.replace("https://shop.test\n", f"https://staging.shop.test\n  {auth}\n"),
    )
    assert "title: Pet shop" in text
    assert "https://staging.shop.test" in text
    assert "SHOP_TOKEN" in text


def test_a_file_with_another_indent_and_aliases_across_tools_is_kept_by_its_values(tmp_path: Path) -> None:
    again(tmp_path, pet_shop())

    def edit(text: str) -> str:
        text = text.replace("    response: ", "    response: &same ", 1)
        head = text.rpartition("    response: ")[0]
        return head + "    response: *same\n"

    before: Any = parse((tmp_path / "shop.yaml").read_bytes(), is_json=False).value
    text, _ = again(tmp_path, changed(pet_shop(), "dogs", "Find dogs"), edit)
    after: Any = parse(text.encode(), is_json=False).value
    assert after["tools"][0] == before["tools"][0]


def test_json_files_are_brought_up_to_date_too(tmp_path: Path) -> None:
    again(tmp_path, pet_shop(), form="json")
    text, told = again(
        tmp_path, changed(pet_shop(), "dogs", "Find dogs"), lambda text: text.replace("GET /cats", "Cats"), form="json"
    )
    found = {tool["name"]: tool["description"] for tool in json.loads(text)["tools"]}
    assert found == {"shop_find_cats": "Cats", "shop_find_dogs": "Find dogs.", "shop_find_fish": "GET /fish"}
    assert told == ["updated: shop_find_dogs: as the description says now"]


def test_a_file_that_no_import_wrote_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="was not written by an import"):
        again(tmp_path, pet_shop())
    assert (tmp_path / "shop.yaml").read_text("utf-8") == "mine"


def test_a_tool_stays_in_the_file_that_it_is_in_when_its_tag_changes(tmp_path: Path) -> None:
    def files(document: Document) -> Mapping[Path, Page]:
        return {tmp_path / f"{stem}.yaml": page for stem, page in imported(document, split=True).items()}

    rewrite(files(pet_shop()), form="yaml", split=True, dry_run=False)
    (tmp_path / "cats.yaml").write_text(
        (tmp_path / "cats.yaml").read_text().replace("GET /cats\n    tags", "Mine\n    tags")
    )
    moved = pet_shop()
    moved["paths"]["/cats"]["get"]["tags"] = ["dogs"]
    rewrite(files(moved), form="yaml", split=True, dry_run=False)
    catalog = read([tmp_path])
    assert sorted(contract.name for contract in catalog.contracts) == [
        "shop_find_cats",
        "shop_find_dogs",
        "shop_find_fish",
    ]
    assert "description: Mine" in (tmp_path / "cats.yaml").read_text()


# ------------------------------------------------------------------------------------------- laws

WORD = st.sampled_from(["a", "b", "c", "d"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.floats(0, 2) | st.text("xy #:", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(WORD, JSON, max_size=4)


def leaves(value: Any, way: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if is_object(value):
        return {where: leaf for name, part in value.items() for where, leaf in leaves(part, (*way, name)).items()}
    return {way: value}


def at(value: Any, way: tuple[str, ...]) -> Any:
    for step in way:
        value = value.get(step, MISSING) if is_object(value) else MISSING
    return value


@pytest.mark.requirement("L14")
@given(OBJECT, OBJECT, OBJECT)
def test_no_value_that_a_person_wrote_is_lost(base: Document, ours: Document, theirs: Document) -> None:
    found = merged(base, ours, theirs).value
    for way, leaf in leaves(ours).items():
        if way and not same(at(base, way), leaf):
            assert same(at(found, way), leaf), way


@given(OBJECT, OBJECT, OBJECT)
def test_no_value_that_a_person_took_away_comes_back(base: Document, ours: Document, theirs: Document) -> None:
    found = merged(base, ours, theirs)
    for name in base:
        if name not in ours:
            assert name not in found.value


@given(OBJECT, OBJECT)
def test_a_side_that_changed_nothing_has_no_say(base: Document, other: Document) -> None:
    assert same(merged(base, base, other).value, other)
    assert same(merged(base, other, base).value, other)
    assert merged(base, other, other).conflicts == ()


TOOLS = st.dictionaries(st.sampled_from(["one", "two", "three"]), OBJECT, min_size=1)


def page(tools: Mapping[str, Document], notes: list[str]) -> Page:
    written = {name: tool_of({"name": name, **tool}, "yaml", notes=notes) for name, tool in tools.items()}
    return Page(head=head_of({"name": "x"}, "yaml", above=notes), tools=written)


@pytest.mark.requirement("L14")
@settings(deadline=None, max_examples=40)
@given(TOOLS, TOOLS, TOOLS, st.lists(st.sampled_from(["a note", "another"]), max_size=1))
def test_no_tool_that_a_person_changed_is_lost_whatever_happens_upstream(
    base: Mapping[str, Document], ours: Mapping[str, Document], theirs: Mapping[str, Document], notes: list[str]
) -> None:
    written = reopened(text(page(base, []), "yaml"), "yaml")
    mine = opened(text(page(ours, notes), "yaml"), "yaml", written=written)
    result, _ = reimported({"": written}, {"": mine}, {"": page(theirs, [])}, "yaml")
    after: Any = parse(text(result[""], "yaml").encode(), is_json=False).value if result else {"tools": []}
    found = {tool["name"]: tool for tool in after["tools"]}
    for name, tool in ours.items():
        for way, leaf in leaves(tool).items():
            if not same(at(base.get(name, MISSING), way), leaf):
                assert same(at(found[name], way), leaf)
        assert name in found or (same(base.get(name, MISSING), tool) and name not in theirs)

"""Imports into places where something lies already: nothing that another import or a person put there is lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from unabridged.server.rewritten import Rewriting, rewrite
from unabridged.server.usage import UsageError
from unabridged.tools.catalog import read
from unabridged.tools.importing.defining import definitions
from unabridged.tools.importing.description import Description, Operation, Reply, Server
from unabridged.tools.importing.filing import Format, pages


def written(
    place: Path,
    api: str,
    tags: Sequence[str],
    *,
    form: Format = "yaml",
    file: str | None = None,
    dry_run: bool = False,
    says: str = "",
) -> Rewriting:
    """Import an API with one operation for each of *tags*: into one *file*, or into *place* by tags."""
    operations = tuple(
        Operation(
            pointer=f"#/paths/~1{tag}/get",
            method="GET",
            path=f"/{tag}",
            summary=says,
            tags=(tag,),
            replies=(Reply(status="200", content={"application/json": {"type": "object"}}),),
        )
        for tag in tags
    )
    description = Description(version="3.1.0", servers=(Server(url=f"https://{api}.test"),), operations=operations)
    laid = pages(definitions(description, operations, api=api), told=[], form=form, split=file is None)
    files = {place / (file or f"{stem}.{form}"): page for stem, page in laid.items()}
    return rewrite(files, form=form, split=file is None, dry_run=dry_run)


def said(found: Rewriting) -> list[tuple[str, str]]:
    return [(one.kind, one.tool) for one in found.changes]


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if path.suffix != ".imported")


def test_two_apis_in_one_directory_leave_each_other_alone(tmp_path: Path) -> None:
    written(tmp_path, "cat", ["food", "toys"])
    written(tmp_path, "bird", ["song"], file="bird.yaml")
    found = written(tmp_path, "dog", ["walks"])
    assert (said(found), found.gone) == ([], ())
    assert names(tmp_path) == ["bird.yaml", "food.yaml", "toys.yaml", "walks.yaml"]
    found = written(tmp_path, "cat", ["food"])
    assert (said(found), found.gone) == ([("removed", "cat_get_toys")], (tmp_path / "toys.yaml",))
    assert names(tmp_path) == ["bird.yaml", "food.yaml", "walks.yaml"]


@pytest.mark.parametrize("file", [None, "food.yaml"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_with_the_tools_of_another_api_is_not_written_over(
    tmp_path: Path, file: str | None, dry_run: bool
) -> None:
    written(tmp_path, "cat", ["food"])
    before = (tmp_path / "food.yaml").read_bytes()
    with pytest.raises(UsageError, match=r"food.yaml holds the tools of another API, 'cat': .* --name cat"):
        written(tmp_path, "dog", ["food"], file=file, dry_run=dry_run)
    assert (tmp_path / "food.yaml").read_bytes() == before


def test_the_same_api_in_the_other_form_stands_beside(tmp_path: Path) -> None:
    written(tmp_path, "cat", ["food"])
    assert said(written(tmp_path, "cat", ["food"], form="json")) == []
    assert names(tmp_path) == ["food.json", "food.yaml"]


SPOILED: list[tuple[Format, str]] = [
    ("yaml", ""),
    ("yaml", "<<<<<<< mine"),
    ("yaml", 'unabridged: 1\napi:\n  name: cat\ntools:\n  - name: cat_get_food\n    claim: "one\n'),
    ("json", "<<<<<<< mine"),
    ("json", '{"unabridged": 1}'),
]


@pytest.mark.parametrize(("form", "content"), SPOILED)
def test_what_an_import_wrote_and_somebody_spoiled_is_named_and_nothing_is_written(
    tmp_path: Path, form: Format, content: str
) -> None:
    file = tmp_path / f"food.{form}"
    written(tmp_path, "cat", ["food"], form=form)
    edited = file.read_text("utf-8").replace("GET /food", "What cats eat")
    file.write_text(edited, "utf-8")
    (tmp_path / f"food.{form}.imported").write_text(content, "utf-8")
    with pytest.raises(UsageError, match=rf"food.{form}.imported is not what an import wrote any more"):
        written(tmp_path, "cat", ["food"], form=form)
    assert file.read_text("utf-8") == edited


def test_a_file_that_only_holds_what_a_person_added_stays_for_good(tmp_path: Path) -> None:
    file = tmp_path / "food.yaml"
    written(tmp_path, "cat", ["food", "toys"])
    text = file.read_text("utf-8")
    file.write_text(text + text.partition("tools:\n")[2].replace("cat_get_food", "cat_eats"), "utf-8")
    for _ in range(3):
        written(tmp_path, "cat", ["toys"])
        assert [contract.name for contract in read([file]).contracts] == ["cat_eats"]


def test_a_comment_behind_something_is_kept_whatever_it_says(tmp_path: Path) -> None:
    file = tmp_path / "food.yaml"
    written(tmp_path, "cat", ["food"])
    edited = file.read_text("utf-8").replace(
        "claim: one\n", "claim: one  # Ann's: don't touch\n    title: 'no # comment'\n"
    )
    file.write_text(edited, "utf-8")
    written(tmp_path, "cat", ["food"], says="What cats eat")
    text = file.read_text("utf-8")
    assert "description: What cats eat." in text
    assert "  # Ann's: don't touch\n" in text
    assert text.count("no # comment") == 1

"""The scores of the bundled tools: each is called against its stand-in once, and everything that it was told is corrupted.

Run it to write the tables of docs/mutation.md anew: `uv run python -m tests.mutating.catalogue`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import anyio

from tests.standins.cases import CASES, ENVIRONMENT, Case, pointed, resized
from tests.standins.shape import Standin
from tests.standins.wire import Heard, said, serving
from unabridged.schemas.answer import Delivered
from unabridged.schemas.blindness import MUTATIONS
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Outcome, Request, Response
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.mutating.listening import Tap, sounded
from unabridged.tools.mutating.score import Score, score
from unabridged.tools.mutating.sound import Sound
from unabridged.tools.surroundings import surroundings

__all__ = ["PAGE", "contracts", "kinds", "mutated", "row", "sound_of", "spots", "tables"]

PAGE = Path(__file__).parents[2] / "docs" / "mutation.md"
RECORDS, SIZE, OTHER_SIZE = 11, 3, 4  # as in tests/test_catalogue.py
_SCORES = re.compile(r"(?<=<!-- scores -->\n).*?(?=<!-- end of scores -->)", re.DOTALL)
_KINDS = re.compile(r"(?<=<!-- kinds -->\n).*?(?=<!-- end of kinds -->)", re.DOTALL)
_AT = 1_000_000_000.0


@cache
def contracts() -> dict[str, Contract]:
    """The bundled tools by name."""
    return {contract.name: contract for contract in read(tuple(bundled().values())).contracts}


async def sound_of(contract: Contract, case: Case) -> Sound:
    """Call *contract* against *case*'s stand-in, in small pages, and take down what was said."""
    contract = resized(contract, SIZE, OTHER_SIZE)
    largest = SIZE if contract.walk.page_size is None and case.shape().paged else None
    standin = Standin(shape=case.shape(), count=1 if contract.claim.single else RECORDS, largest=largest)
    async with serving(standin) as origin:
        contract = _apart(pointed(contract, origin))
        around = replace(surroundings(ENVIRONMENT), random=lambda: 0.5)
        tap = Tap(around.open_transport)
        answer = await call(contract, case.arguments, surroundings=tap.around(around))
    assert isinstance(answer, Delivered), answer.verdict.findings
    answer.payload.close()
    sound = await sounded(contract, case.arguments, tap.exchanges, at=_AT, environment=ENVIRONMENT)
    assert isinstance(sound, Sound), sound.verdict.findings
    return replace(sound, beyond=partial(_beyond, standin))


def _beyond(standin: Standin, request: Request) -> Outcome:
    """Ask *standin* itself what a recording does not know."""
    parts = urlsplit(request.url)
    heard = Heard(
        method=request.method,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=dict(request.headers),
        origin=f"{parts.scheme}://{parts.netloc}",
        content=b"" if request.body is None else request.body.content,
    )
    try:
        answer = standin(heard)
    except (ValueError, LookupError, StopIteration):  # a position that is none: the API says that the question is wrong
        answer = said({"message": "There is no such position."}, status=400)
    return Response(
        status=answer.status,
        headers=tuple((name.lower(), value) for name, value in answer.headers.items()),
        content=answer.content,
        framing="content-length",
        received_at=_AT,
        wire_bytes=len(answer.content),
    )


def _apart(contract: Contract) -> Contract:
    """*contract* with one request at a time, so that what is heard comes in one order."""
    return replace(contract, policy=replace(contract.policy, in_flight=1))


async def mutated(case: Case) -> Score:
    """Score the tool of *case*."""
    return await score(await sound_of(contracts()[case.tool], case), environment=ENVIRONMENT)


# ------------------------------------------------------------------------------------------ the page


def row(found: Score) -> str:
    """Return a tool's line of the first table."""
    harmful = found.caught + found.silent
    return f"| `{found.tool}` | {harmful} | {found.caught} | {found.share:.3f} | {found.reached:.3f} |\n"


def spots(found: Score) -> list[str]:
    """Return the lines of the second table for one tool: each kind of corruption that survives, and why."""
    return [
        f"| `{found.tool}` | `{one.mutation}` at `{one.place}` | {one.number} | {one.known or '**not known**'} |\n"
        for one in found.survivors
    ]


def tables(scores: Iterable[Score]) -> str:
    """Return both tables."""
    scores = list(scores)
    head = "| tool | corruptions | caught | score | without blind spots |\n|---|---|---|---|---|\n"
    blind = "\n| tool | what survives | how many | why nobody can see it |\n|---|---|---|---|\n"
    return head + "".join(map(row, scores)) + blind + "".join(line for one in scores for line in spots(one))


def kinds() -> str:
    """Return the table of the kinds of corruption."""
    return "| name | what is wrong |\n|---|---|\n" + "".join(
        f"| `{name}` | {says} |\n" for name, says in MUTATIONS.items()
    )


async def _all() -> list[Score]:
    return [await mutated(case) for case in CASES]


if __name__ == "__main__":
    scores = tables(anyio.run(_all))
    text = _SCORES.sub(lambda _: scores, PAGE.read_text("utf-8"))
    PAGE.write_text(_KINDS.sub(lambda _: kinds(), text), "utf-8")

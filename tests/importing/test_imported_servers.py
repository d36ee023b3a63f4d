"""Where an imported tool asks: at the place that its description says, whatever a variable's default is."""

from __future__ import annotations

from typing import Any

import pytest

from unabridged.tools.importing.basing import based
from unabridged.tools.importing.description import Description, Server

VARIABLES = [
    ("https://a.test/{p}", None, "https://a.test/{p}", {"env": "X_P"}),
    ("https://a.test/{p}", "v2", "https://a.test/{p}", {"env": "X_P", "default": "v2"}),
    ("https://a.test/{p}", 2, "https://a.test/{p}", {"env": "X_P", "default": "2"}),
    ("https://a.test/{p}", "/", "https://a.test", None),
    ("https://a.test{p}/v1", "", "https://a.test/v1", None),
    ("https://a.test/{p}/v1", "", "https://a.test/v1", None),
    ("https://{p}.a.test", "<your tenant>", "https://{p}.a.test", {"env": "X_P"}),
    ("{p}/v1", "https://a.test", "https://a.test/v1", None),
    ("{p}://a.test", None, "https://a.test", None),
    ("{p}://a.test", "http", "http://a.test", None),
]


@pytest.mark.parametrize(("url", "default", "base_url", "variable"), VARIABLES)
def test_a_default_is_what_stands_in_the_url_where_nobody_says_otherwise(
    url: str, default: object, base_url: str, variable: dict[str, Any] | None
) -> None:
    server = Server(url=url, variables={"p": {"default": default}})
    found = based(Description(version="3.0.0", servers=(server,)), api="x", base_url=None, source=None)
    assert found.base_url == base_url
    assert found.variables == ({} if variable is None else {"p": variable})

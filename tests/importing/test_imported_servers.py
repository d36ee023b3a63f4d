"""Where an imported tool asks: at the place that its description says, whatever a variable's default is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importing.test_writing import document, made
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


def test_a_blank_in_a_query_that_is_not_sent_does_no_harm() -> None:
    server = Server(url="https://a.test/v1/?version=of today")
    found = based(Description(version="3.0.0", servers=(server,)), api="x", base_url=None, source=None)
    assert found.base_url == "https://a.test/v1"


@pytest.mark.parametrize("base_url", [None, "https://b.test/v1?api-version=2&key=hidden-value"])
def test_what_a_server_has_in_its_query_is_said_not_to_be_sent(base_url: str | None) -> None:
    server = Server(url="https://a.test/v1?api-version=2&key=hidden-value#top")
    found = based(Description(version="3.0.0", servers=(server,)), api="x", base_url=base_url, source=None)
    assert found.base_url == f"https://{'b' if base_url else 'a'}.test/v1"
    assert found.notes == ("The query of the server's URL is not sent: `api-version`, `key`",)


def test_a_server_is_never_named_after_a_credential() -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "second": {"type": "apiKey", "in": "header", "name": "App"},
        "admin": {"type": "http", "scheme": "bearer"},
    }
    names = ("key", "app", "app_2", "admin_token", "a.b", "a_b")
    url = "https://{" + "}.{".join(names) + "}.pets.test"
    servers = [{"url": url, "variables": {name: {"default": "x"} for name in names}}]
    described = document({"security": [{"key": [], "second": []}]}, components={"securitySchemes": schemes})
    get = described["paths"]["/pets"]["get"]
    described["paths"]["/more"] = {"get": {**get, "operationId": "more"}}
    described["paths"]["/admin"] = {"get": {**get, "operationId": "admin", "security": [{"admin": []}]}}
    api = made({**described, "servers": servers}).api
    assert {name: one["env"] for name, one in api["variables"].items()} == {
        "key": "PETS_KEY_2",
        "app": "PETS_APP_2",
        "app_2": "PETS_APP_2_2",
        "admin_token": "PETS_ADMIN_TOKEN_2",
        "a.b": "PETS_A_B",
        "a_b": "PETS_A_B_2",
        "app_3": "PETS_APP",
    }
    assert api["auth"]["value"] == {"env": "PETS_KEY"}
    assert api["headers"] == {"App": "{var.app_3}"}


HERE, THERE, SECOND = "https://pets.test/v1", "https://files.test/v1", "https://pets.test/v2"
OWN: list[tuple[list[str], dict[str, str], str]] = [
    ([THERE, HERE], {}, "/pets"),
    ([HERE], {"base_url": "https://staging.test"}, "/pets"),
    ([THERE, SECOND], {}, "https://pets.test/v2/pets"),
    (["/v2"], {}, "https://pets.test/v2/pets"),
]


@pytest.mark.parametrize(("own", "options", "url"), OWN)
def test_an_operation_is_asked_where_the_others_are_if_it_is_there_too(
    own: list[str], options: dict[str, str], url: str
) -> None:
    (tool,) = made(document({"servers": [{"url": one} for one in own]}), **options).tools
    assert tool.tool["request"]["url"] == url


@pytest.mark.parametrize("base_url", [None, "https://staging.test"])
def test_an_operation_of_swagger_may_name_the_scheme_that_all_have(base_url: str | None) -> None:
    operation = {"schemes": ["https"], "responses": {"200": {"description": "", "schema": {"type": "object"}}}}
    described = {
        "swagger": "2.0",
        "host": "pets.test",
        "schemes": ["http", "https"],
        "paths": {"/": {"get": operation}},
    }
    assert made(described, base_url=base_url).skipped == ()


REGION = "https://{region}.pets.test"


@pytest.mark.parametrize(
    ("own", "where"),
    [
        ({"url": "wss://pets.test/v1"}, "wss://pets.test/v1"),
        ({"url": f"{REGION}/v2", "variables": {"region": {"default": "us"}}}, "{region}.pets.test"),
    ],
)
def test_an_operation_that_is_served_elsewhere_is_left_out(own: dict[str, Any], where: str) -> None:
    servers = [{"url": f"{REGION}/v1", "variables": {"region": {"default": "eu"}}}]
    (skipped,) = made(document({"servers": [own]}, servers=servers)).skipped
    assert skipped.reason == f"it is served from another origin, {where}"

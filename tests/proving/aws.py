"""Starts moto, which answers as AWS does, on a free port of the loopback address, and fills it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from tests.programs import TOOLS, missing, started

__all__ = ["authorization", "moto"]

INSTALL = "tests/proving/install"
TABLES, ROWS, PARAMETERS, LOG_GROUPS, KEYS = 25, 25, 35, 60, 30


@contextmanager
def moto() -> Generator[int]:
    """Moto with tables, rows, parameters, log groups and keys."""
    home = TOOLS / "moto"
    if not (home / "installed").exists():
        missing("moto", INSTALL)
    with started([home / "bin" / "moto_server", "-H", "127.0.0.1", "-p", "0"]) as port:
        _fill(port)
        yield port


def _fill(port: int) -> None:
    for number in range(TABLES):
        key = {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "id", "KeyType": "HASH"}
        table = {"AttributeDefinitions": [key[0]], "KeySchema": [key[1]], "BillingMode": "PAY_PER_REQUEST"}
        _ask(port, "DynamoDB_20120810.CreateTable", {"TableName": f"table-{number:03d}", **table})
    for number in range(ROWS):
        item = {"id": {"S": f"row-{number:03d}"}, "number": {"N": str(number)}}
        _ask(port, "DynamoDB_20120810.PutItem", {"TableName": "table-000", "Item": item})
    for number in range(PARAMETERS):
        parameter = {"Name": f"/desk/{number:03d}", "Value": "v", "Type": "String"}
        _ask(port, "AmazonSSM.PutParameter", parameter)
    for number in range(LOG_GROUPS):
        _ask(port, "Logs_20140328.CreateLogGroup", {"logGroupName": f"group-{number:03d}"})
    for _ in range(KEYS):
        _ask(port, "TrentService.CreateKey", {})


def authorization(service: str) -> str:
    """A header whose only use is to say which service is meant; moto checks no signature."""
    return (
        f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )


_SERVICES = {"DynamoDB_20120810": "dynamodb", "AmazonSSM": "ssm", "Logs_20140328": "logs", "TrentService": "kms"}


def _ask(port: int, target: str, body: Mapping[str, Any]) -> None:
    service = authorization(_SERVICES[target.partition(".")[0]])
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target, "authorization": service}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/", json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 200, (target, answer)

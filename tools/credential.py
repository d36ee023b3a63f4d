"""Credentials: references resolved, and what they add to a request that goes to their own origin.

A secret is never part of a text that leaves this file: not of a fault, not of a `repr`, not of a log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePath
from typing import Final, Protocol, TypeAlias, assert_never, cast
from urllib.parse import quote, quote_plus, urlencode

import anyio
import anyio.to_thread

from ..schemas.secret import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    FromEnvironment,
    FromFile,
    FromKeyring,
    RefreshToken,
    Secret,
)
from ..schemas.wire import Body, Fault, Headers, Outcome, Request, Response
from ..validators.strict_json import Parsed, parse
from .canonical import canonical
from .egress import Destination, origin
from .fault import fault

__all__ = ["Credentials", "Grant"]

Send: TypeAlias = Callable[[Request], Awaitable[Outcome]]
_TokenAuth: TypeAlias = ClientCredentials | RefreshToken

_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\Z")
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_MARGIN: Final = 60.0  # seconds before its end at which a token is renewed, or a tenth of its life if that is less
_BLACKED_OUT: Final = "[secret]"


@dataclass(frozen=True, slots=True)
class Grant:
    """What to add to one request: field lines and query parameters.  Both are secret."""

    headers: Headers = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    access: str = field(repr=False)
    ends: float | None


class Credentials:
    """The credential of one provider, good for all its calls.

    *base_url* gives the origin that the credential may go to, unless *auth* names another.  Secrets are read from
    *environment*, from files and from the keyring when they are needed, never before.  *clock* is monotonic, in
    seconds.  OAuth 2.0 tokens are kept until shortly before they end, and fetched by one caller at a time.
    """

    def __init__(
        self,
        auth: Auth | None,
        *,
        base_url: str,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._auth = auth
        self._origin = origin((auth and auth.origin) or base_url)
        self._environment = environment
        self._clock = clock
        self._token: _Token | None = None
        self._rotated: str | None = None
        self._fetching = anyio.Lock()
        self._seen: set[str] = set()

    def __repr__(self) -> str:
        return f"Credentials({self._auth.kind if self._auth else 'none'} for {self._origin})"

    async def grant(self, to: Destination, send: Send) -> Grant | Fault:
        """Return what a request to *to* carries: nothing outside the credential's origin.

        *send* is used to fetch a token.  A secret that is not there is a fault `not_configured` that names the
        variable, the file or the keyring entry; a token that is refused is a fault `auth_failed`.
        """
        if self._auth is None or to.origin != self._origin:
            return Grant()
        match self._auth:
            case Bearer() as auth:
                return await self._bearer(auth)
            case Basic() as auth:
                return await self._basic(auth)
            case ApiKey() as auth:
                return await self._api_key(auth)
            case ClientCredentials() | RefreshToken() as auth:
                return await self._authorized(auth, send)
            case _:
                assert_never(self._auth)

    def expire(self, refused: Grant) -> bool:
        """Forget the token of a *refused* grant; say whether a new one can be fetched, or has been meanwhile."""
        if not isinstance(self._auth, ClientCredentials | RefreshToken) or not refused.headers:
            return False
        if self._token is not None and refused == _bearing("Bearer", self._token.access):
            self._token = None
        return True

    async def lacks(self) -> Fault | None:
        """Say what part of this credential cannot be had; None where all can."""
        parts = await self._parts()
        return parts if isinstance(parts, Fault) else None

    async def fingerprint(self, key: bytes) -> str | None:
        """Return a digest with *key* over what this credential is made of; None where a part of it cannot be had.

        Two credentials have one fingerprint if they are the same.  It tells nothing of a secret to who has not the key.
        """
        parts = await self._parts()
        return None if isinstance(parts, Fault) else hmac.new(key, canonical(parts), hashlib.sha256).hexdigest()

    async def _parts(self) -> list[str | None] | Fault:
        parts: list[str | None] = []
        for part in fields(self._auth) if self._auth is not None else ():
            value: object = getattr(self._auth, part.name)
            read = await self._read(value) if isinstance(value, FromEnvironment | FromFile | FromKeyring) else value
            if isinstance(read, Fault):
                return read
            parts.append(None if read is None else str(read))
        return parts

    def redact(self, text: str) -> str:
        """Black out every secret of this credential in *text*, plain, in Base64 or percent-encoded.

        Known are those in the environment, those that were read, and the tokens that were fetched.
        """
        for form in sorted({form for secret in self._secrets() for form in _forms(secret)}, key=len, reverse=True):
            text = text.replace(form, _BLACKED_OUT)
        return text

    def secrets(self) -> frozenset[str]:
        """Return every secret of this credential that is known so far, for whoever must leave it out of what is kept."""
        return frozenset(self._secrets())

    def _secrets(self) -> Iterator[str]:
        yield from self._seen
        for name in ("token", "username", "password", "value", "client_id", "client_secret", "refresh_token"):
            reference = getattr(self._auth, name, None)
            if isinstance(reference, FromEnvironment) and self._environment.get(reference.env):
                yield self._environment[reference.env]

    async def _read(self, reference: str | Secret) -> str | Fault:
        match reference:
            case str():
                return reference
            case FromEnvironment(env=name):
                found = self._environment.get(name, "")
                problem = f"The environment variable {name} is not set."
            case FromFile(file=path):
                found = _content(Path(path))
                problem = f"The secret file {PurePath(path).name} is missing, unreadable or empty."
            case FromKeyring(keyring=entry):
                found = await anyio.to_thread.run_sync(_in_keyring, entry, abandon_on_cancel=True)
                problem = f"The keyring has no entry {entry}, or the extra unabridged[keyring] is not installed."
            case _:
                assert_never(reference)
        if not found:
            return _missing(problem)
        self._seen.add(found)
        return found

    async def _bearer(self, auth: Bearer) -> Grant | Fault:
        token = await self._read(auth.token)
        return token if isinstance(token, Fault) else self._carried(auth.scheme, token)

    def _carried(self, scheme: str, secret: str) -> Grant | Fault:
        return _bearing(scheme, secret) if _SENDABLE.match(secret) else _unsendable()

    async def _basic(self, auth: Basic) -> Grant | Fault:
        username = await self._read(auth.username)
        password = await self._read(auth.password) if auth.password is not None else ""
        if isinstance(username, Fault):
            return username
        if isinstance(password, Fault):
            return password
        return Grant(headers=(("authorization", f"Basic {self._pair(username, password)}"),))

    def _pair(self, username: str, password: str) -> str:
        pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self._seen.add(pair)
        return pair

    async def _api_key(self, auth: ApiKey) -> Grant | Fault:
        key = await self._read(auth.value)
        if isinstance(key, Fault):
            return key
        if auth.in_ == "query":
            return Grant(query=((auth.name, auth.prefix + key),))
        return Grant(headers=((auth.name.lower(), auth.prefix + key),)) if _SENDABLE.match(key) else _unsendable()

    async def _authorized(self, auth: _TokenAuth, send: Send) -> Grant | Fault:
        async with self._fetching:
            if self._token is None or (self._token.ends is not None and self._clock() >= self._token.ends):
                fetched = await self._fetched(auth, send)
                if isinstance(fetched, Fault):
                    return fetched
                self._token = fetched
            return self._carried("Bearer", self._token.access)

    async def _fetched(self, auth: _TokenAuth, send: Send) -> _Token | Fault:
        request = await self._token_request(auth)
        if isinstance(request, Fault):
            return request
        asked = self._clock()
        match await send(request):
            case Response(status=200) as response:
                return self._token_of(response, asked)
            case Response(status=status) if status == 429 or status >= 500:
                return fault("unreachable", "The token service cannot answer now.", sent="never")
            case Response():
                return fault("auth_failed", "The token service refuses the credential.", sent="never")
            case Fault() as failed:
                return fault("unreachable", f"No token could be fetched: {failed.detail}", sent="never")

    def _token_of(self, response: Response, asked: float) -> _Token | Fault:
        match parse(response.content):
            case Parsed(value={"access_token": str() as access, **members}) if access:
                self._seen.add(access)
                rotated = members.get("refresh_token")
                if isinstance(rotated, str) and rotated:
                    self._seen.add(rotated)
                    self._rotated = rotated
                return _Token(access, _end(asked, members.get("expires_in")))
            case _:
                return fault("auth_failed", "The token service's answer holds no access token.", sent="never")

    async def _token_request(self, auth: _TokenAuth) -> Request | Fault:
        identity = await self._read(auth.client_id)
        secret = await self._read(auth.client_secret) if auth.client_secret is not None else ""
        asked = await self._asked(auth)
        if isinstance(identity, Fault):
            return identity
        if isinstance(secret, Fault):
            return secret
        if isinstance(asked, Fault):
            return asked
        headers: Headers = ()
        if auth.client_auth == "basic" and secret:
            pair = self._pair(quote_plus(identity), quote_plus(secret))  # RFC 6749, 2.3.1
            headers = (("authorization", f"Basic {pair}"),)
        else:
            asked |= {"client_id": identity} | ({"client_secret": secret} if secret else {})
        body = Body(content=urlencode(asked).encode("ascii"), media="application/x-www-form-urlencoded")
        may_repeat = isinstance(auth, ClientCredentials)  # a refresh token may be good for one use only
        return Request(
            method="POST", url=auth.token_url, headers=headers, body=body, purpose="token", resend=may_repeat
        )

    async def _asked(self, auth: _TokenAuth) -> dict[str, str] | Fault:
        scope = {"scope": auth.scope} if auth.scope else {}
        match auth:
            case ClientCredentials(audience=audience):
                wanted = {"audience": audience} if audience else {}
                return {"grant_type": "client_credentials"} | scope | wanted
            case RefreshToken(refresh_token=reference):
                token = self._rotated or await self._read(reference)
                if isinstance(token, Fault):
                    return token
                return {"grant_type": "refresh_token", "refresh_token": token} | scope


def _bearing(scheme: str, secret: str) -> Grant:
    return Grant(headers=(("authorization", f"{scheme} {secret}".strip()),))


def _missing(problem: str) -> Fault:
    return fault("not_configured", problem, sent="never")


def _unsendable() -> Fault:
    return _missing("The secret that the tool file refers to holds characters that cannot be sent in a field.")


def _end(asked: float, life: object) -> float | None:
    if not isinstance(life, int | float) or isinstance(life, bool):
        return None
    return asked + life - min(_MARGIN, life / 10)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


class _Keyring(Protocol):
    """What the `keyring` package gives."""

    def get_password(self, service_name: str, username: str, /) -> str | None: ...


def _in_keyring(entry: str) -> str:
    try:
        keyring = cast("_Keyring", importlib.import_module("keyring"))  # an optional extra
    except ImportError:
        return ""
    service, _, username = entry.rpartition("/")
    try:
        return keyring.get_password(service, username) or ""
    except Exception:  # every backend has errors of its own, and all of them mean that there is no secret
        return ""


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret stands in texts."""
    coded = (base64.b64encode(secret.encode()), base64.urlsafe_b64encode(secret.encode()))
    yield secret
    yield from (form.decode("ascii").rstrip("=") for form in coded)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield _ESCAPE.sub(lambda found: found[0].lower(), quote(secret, safe=""))

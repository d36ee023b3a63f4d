"""Taking out of a recording what must not be kept, so that it stays a conversation: the same value, the same stand-in.

First what stands at declared places, then every trace of it and of every secret in any text, in all forms that travel,
and last the whole of each value in which one is told in another way.  It never touches a byte beside what it replaces, and keeps no value.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ...schemas.recording import Exchange, Recording
from ...schemas.wire import Body, Fault, Request
from .hiding import Hiding, places
from .places import Found, by_place
from .replaying import boundary_of
from .standing_in import Masks, text_forms
from .understanding import telling
from .values import LEAST_SECRET, by_value, texts
from .wholes import as_wholes, cut_secrets

__all__ = ["hidden_still", "redacted"]

_DIGEST = re.compile(r"etag\Z|.*(?:digest|checksum|(?:^|-)(?:hash|md5|sha-?\d+|crc\d+c?)\Z)")
"""What a service computed over the content: with it, a short value that was taken out could be guessed."""


def redacted(recording: Recording, hiding: Hiding) -> Recording:
    """Return *recording* without what *hiding* names.  Raises ValueError where a place is none."""
    found = Found(masks=Masks(hiding.key), places=places(hiding.places), flows=recording.flows)
    told = as_wholes(by_value(by_place(recording, found), hiding, found), hiding, found)
    changed = _without_digests(recording, told, found.masks)
    masked = {name: _setting(value, hiding, found.masks) for name, value in hiding.settings.items()}
    marks = dict.fromkeys([*recording.redacted, *_marks(hiding, found)])
    return replace(changed, environment={**changed.environment, **masked}, redacted=tuple(marks), reviewed=False)


def _setting(value: str, hiding: Hiding, masks: Masks) -> str:
    return masks.text(value) if value in hiding.secrets | hiding.private else value


def _marks(hiding: Hiding, found: Found) -> list[str]:
    """The names of what was replaced: never a value."""
    settings = {value: name for name, value in hiding.settings.items()}
    credentials = ["credentials"] if found.seen & hiding.guarded else []
    variables = {f"variable:{settings[value]}" for value in found.seen - hiding.guarded if value in settings}
    return [*credentials, *sorted(variables), *sorted(found.marks)]


def hidden_still(recording: Recording, hiding: Hiding) -> bool:
    """Whether a secret of *hiding* can still be found in what others said in *recording*; its format's own words are ours."""
    said = "\0".join((*texts(recording), *recording.redacted))
    long_enough = [secret for secret in hiding.guarded if len(secret) >= LEAST_SECRET]
    in_some_form = any(form and form in said for secret in long_enough for form in text_forms(secret, secret))
    return in_some_form or bool(telling(said, long_enough) or cut_secrets(recording, long_enough))


def _without_digests(before: Recording, after: Recording, masks: Masks) -> Recording:
    exchanges = tuple(
        _without_digest(old, new, masks) for old, new in zip(before.exchanges, after.exchanges, strict=True)
    )
    return replace(after, exchanges=exchanges)


def _without_digest(before: Exchange, after: Exchange, masks: Masks) -> Exchange:
    after = replace(after, request=_without_boundary(before.request, after.request, masks))
    old, new = before.outcome, after.outcome
    if isinstance(old, Fault) or isinstance(new, Fault) or old.content == new.content:
        return after
    headers = tuple((name, masks.text(value) if _DIGEST.match(name) else value) for name, value in new.headers)
    return replace(after, outcome=replace(new, headers=headers))


def _without_boundary(before: Request, after: Request, masks: Masks) -> Request:
    """Replace the boundary of a form with files whose content was changed: it is a digest of it (`tools/encoding.py`)."""
    body, boundary = after.body, boundary_of(before)
    if body is None or before.body is None or boundary is None or before.body.content == body.content:
        return after
    masked = masks.text(boundary)
    content = body.content.replace(boundary.encode(), masked.encode())
    return replace(after, body=Body(content=content, media=body.media.replace(boundary, masked)))

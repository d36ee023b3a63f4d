"""The codes: every reason for which an answer is withheld, what it means, and what to do.

One table.  `unabridged explain CODE` prints it, docs/codes.md is checked against it, and an error's `fix` comes from
here unless the contract says better.  *retry* says whether asking again later can help without any change.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CODES", "Code"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means for the caller (*meaning*), what the caller can do (*fix*), and whether *retry* helps."""

    meaning: str
    fix: str
    retry: bool


_AGAIN = "Call again later; the service did not give a whole answer this time."
_FILE = "Tell whoever maintains the tool file; calling again will not help."
_MISFIT = "If the next call says the same, the definition does not fit the service, and no call will help: tell whoever maintains the tool file to look at "
_NARROW = "Narrow the call (a filter, a shorter period, a smaller limit) and call again."

CODES: dict[str, Code] = {
    # --- the call itself
    "invalid_arguments": Code(
        "The arguments do not fit the tool's input schema.",
        "Correct the arguments named in `where` and call again.",
        False,
    ),
    "unknown_tool": Code("No tool of this name is being served.", "List the tools and use one of their names.", False),
    "not_configured": Code(
        "The tool needs a setting (an environment variable, file or keyring entry) that is not there.",
        "Whoever runs the server must set it; calling again will not help.",
        False,
    ),
    "definition_error": Code("The tool's definition is wrong.", "Run `unabridged check` and correct the file.", False),
    "too_large": Code("The answer is whole, and larger than may be handed to a model at once.", _NARROW, False),
    "cancelled": Code("The caller cancelled the call.", "Call again if the answer is still wanted.", True),
    "definition_unproven": Code(
        "Lines of the tool's definition were inferred and nobody has shown yet that they are true, or the service has refuted them.",
        "Whoever maintains the tool file must run `unabridged prove`, or look at a line that it leaves open and take it out of `provenance`; calling again will not help.",
        False,
    ),
    "not_recorded": Code(
        "The answer comes from a recording, and the recording does not hold this request.",
        "Call with the recorded arguments, or record the call anew.",
        False,
    ),
    "internal_error": Code("Unabridged itself failed; nothing was delivered.", "Report it with the receipt id.", False),
    # --- a person in the loop
    "approval_unavailable": Code(
        "A person must allow this first, and there is no way to ask one.",
        "Use a client that can ask (MCP elicitation), or `unabridged call` on a terminal.",
        False,
    ),
    "approval_declined": Code(
        "A person was asked and did not allow it, so nothing was sent.",
        "Do not call again with the same arguments unless the person wants it.",
        False,
    ),
    "approval_stale": Code(
        "What the person said does not hold for this call: it came too late, was used before, or was said to another call. It counts for nothing.",
        "Call again from the beginning; the person is asked anew.",
        True,
    ),
    # --- time and attempts
    "deadline_exceeded": Code(
        "The call's deadline passed before the answer was proven whole.",
        "Call again later, narrow the call, or raise `policy.deadline`.",
        True,
    ),
    "attempt_timeout": Code("The service did not answer one request in time.", _AGAIN, True),
    "unreachable": Code(
        "No connection to the service could be made.",
        "Check that the service is up and reachable, then call again.",
        True,
    ),
    "tls_failed": Code(
        "No trusted TLS connection to the service could be made.",
        "Whoever runs the server must check the service's certificate, the trust store and the clock.",
        False,
    ),
    "unavailable": Code(
        "The service says that it cannot answer now (for example HTTP 500, 502, 503 or 504).", _AGAIN, True
    ),
    "rate_limited": Code(
        "The service refuses more requests for now.", "Call again after the time in `retry.after_s`.", True
    ),
    "circuit_open": Code(
        "Too many requests to this provider failed lately; it is left alone for a while, and nothing was sent.",
        "Call again after the time in `retry.after_s`.",
        True,
    ),
    "overloaded_here": Code(
        "As many calls to this provider as allowed are running and waiting here; nothing was sent.",
        "Call again when others are done, or raise `policy.concurrency`.",
        True,
    ),
    "outcome_unknown": Code(
        "A write may or may not have happened: its request was sent and no whole answer came back.",
        "Do not repeat it. Read the state at the service first.",
        False,
    ),
    "not_applied": Code(
        "A write was interrupted, and a read shows that it did not take effect.",
        "Call again with the same arguments if it is still wanted.",
        True,
    ),
    "write_in_progress": Code(
        "The same write is under way, in another call or at the service.",
        "Wait for the answer of the call that began it. Call again only if a second, identical write is meant.",
        False,
    ),
    "idempotency_conflict": Code(
        "This key was given before, with another payload; nothing was sent.",
        "Use a new key for a new operation, or send the same arguments as before.",
        False,
    ),
    "idempotency_mismatch": Code(
        "The service knows this key from another payload, or does not accept the payload; nothing took effect.",
        "Use a new key for a new operation, and check the arguments.",
        False,
    ),
    # --- what the service said
    "auth_failed": Code(
        "The service does not accept the credential, or the credential may not do this.",
        "Whoever runs the server must check the credential and its rights.",
        False,
    ),
    "not_found": Code(
        "The service says that there is no such thing.", "Check the identifiers in the arguments.", False
    ),
    "request_rejected": Code(
        "The service rejects the request as wrong.", "Check the arguments against the service's rules.", False
    ),
    "upstream_error": Code(
        "The service answered with an error.", "Look at the service's own status and documentation.", True
    ),
    "unexpected_status": Code("The service answered with a status that the contract does not accept.", _FILE, False),
    "cursor_expired": Code("The service forgot where the walk stood.", "Call again; the walk starts anew.", True),
    # --- the wire
    "truncated_body": Code("The message was cut before its end.", _AGAIN, True),
    "unproven_end": Code(
        "The message ended without a mark that it was the end.",
        "Declare `response.framing: [close-delimited]` only if the service documents it.",
        True,
    ),
    "surplus_bytes": Code("Bytes came after the end of the message, so neither can be trusted.", _AGAIN, True),
    "framing_error": Code("The message breaks HTTP's framing rules.", _AGAIN, True),
    "unsupported_coding": Code(
        "The content is in a coding that was not asked for or cannot be verified.", _FILE, False
    ),
    "truncated_coding": Code(
        "The compressed content was cut or damaged although the message around it is whole.", _AGAIN, True
    ),
    "digest_mismatch": Code("The content does not match the digest that the service sent with it.", _AGAIN, True),
    "digest_missing": Code("The contract asks for a digest, and none came.", _FILE, True),
    "body_too_large": Code(
        "The content is larger than the contract allows to be read.",
        "Narrow the call, or raise `walk.limits.bytes`.",
        False,
    ),
    "partial_response": Code(
        "The service says itself that this is only a part (206, Content-Range) and no part was asked for.", _AGAIN, True
    ),
    "wrong_media_type": Code(
        "The content is of another media type than the contract says (for example a login page).", _AGAIN, True
    ),
    "not_json": Code(
        "The content is not strict JSON (RFC 8259, RFC 7493): cut, duplicate names, NaN, bad UTF-8, or too deep.",
        _AGAIN,
        True,
    ),
    "empty_body": Code("A body was due and none came.", _AGAIN, True),
    # --- where requests may go
    "invalid_url": Code(
        "The URL is malformed, or of a form that is never followed (user information, control characters, dot segments, an odd host).",
        "Correct the URL in the tool file, or the argument that it is made of.",
        False,
    ),
    "insecure_url": Code("The URL is not https.", "Use https, or allow plain http in `api.network`.", False),
    "forbidden_address": Code(
        "The name leads to a private, loopback, link-local or metadata address.",
        "Allow the range in `api.network.allow` if this is meant.",
        False,
    ),
    "foreign_url": Code("The service points to another origin than the one declared.", _FILE, False),
    "redirected": Code(
        "The service redirects, and redirects are followed only within the declared origin, for reads.",
        "Put the final URL into the tool file.",
        False,
    ),
    # --- the shape of one answer
    "schema_violation": Code("The content does not have the shape that the contract says.", _AGAIN, True),
    "items_missing": Code("The place where the items must be is missing, null, or not a list.", _AGAIN, True),
    "item_invalid": Code("An item is null or does not have the shape that the contract says.", _AGAIN, True),
    "columns_uneven": Code("The columns that hold the items are not of one length.", _AGAIN, True),
    "id_missing": Code("An item has no identifier.", f"{_MISFIT}`response.items.id`.", True),
    "partial_flag": Code("The service itself says that the answer is partial.", _AGAIN, True),
    "nested_truncated": Code(
        "A list inside an item is cut.", "Ask for the inner list with its own tool, or narrow the call.", True
    ),
    "data_missing": Code("The place where the result must be is missing or null.", _AGAIN, True),
    # --- the walk
    "end_marker_missing": Code(
        "The marker that says whether there is more is missing or has an undeclared state.", _AGAIN, True
    ),
    "cursor_missing": Code(
        "The place of the next cursor is missing or has an undeclared state, and that is not declared as the end.",
        _AGAIN,
        True,
    ),
    "more_without_cursor": Code(
        "The service says that there is more and gives no way to get it.",
        f"{_MISFIT}`walk.more` and `walk.next`.",
        True,
    ),
    "cursor_after_end": Code("The service says that it is over and still gives a cursor.", _AGAIN, True),
    "cursor_loop": Code("A cursor came a second time; the walk would never end.", _AGAIN, True),
    "query_lost": Code(
        "The link to the next page leaves out what was asked for, so that it leads to other items.",
        "Write the parameter under `request.strict`: then every page is asked with it.",
        False,
    ),
    "repeated_page": Code("A page came a second time.", _AGAIN, True),
    "duplicate_id": Code(
        "An item came a second time.",
        f"{_MISFIT}`response.items.id`, and at how the pages are asked for.",
        True,
    ),
    "unexpected_empty_page": Code("A page is empty where the walk is known not to be over.", _AGAIN, True),
    "page_budget": Code(
        "The walk is longer than the contract allows.", "Narrow the call, or raise `walk.limits`.", False
    ),
    "window_cap": Code("There is more than the service lets anyone walk.", _NARROW, False),
    # --- what a model generated
    "generation_truncated": Code("The stream of a generated answer stopped before its end.", _AGAIN, True),
    "token_limit": Code(
        "The answer was cut at a limit of tokens.",
        "Allow more tokens, or ask for less text; the same call again is cut again.",
        False,
    ),
    "generation_refused": Code(
        "The model, or a filter around it, refused to answer.", "Ask for something else, or in other words.", False
    ),
    "generation_paused": Code(
        "The model paused in the middle of its turn, and what came is not its answer.",
        "Narrow what is asked; the tool does not go on with a turn that was paused.",
        False,
    ),
    "unexpected_tool_call": Code(
        "The model called a tool where a text was asked for.", "Ask for an answer in words.", False
    ),
    "unknown_stop_reason": Code(
        "The answer stopped for a reason that the contract does not know, so nobody knows whether it is whole.",
        _FILE,
        False,
    ),
    "stop_reason_missing": Code(
        "Nothing says why the answer stopped, so nobody knows whether it is whole.", _AGAIN, True
    ),
    "generation_failed": Code("The service says that the generation failed.", _AGAIN, True),
    "generation_empty": Code("The answer is said to be finished, and holds no text.", _AGAIN, True),
    "broken_stream": Code(
        "The events of a stream are not of one piece: one is lost, comes twice, or belongs to another answer.",
        _AGAIN,
        True,
    ),
    "generation_mismatch": Code("The parts of the text are not the whole that the service states.", _AGAIN, True),
    "output_invalid": Code("The text is not the JSON that was asked for, or does not fit its schema.", _AGAIN, True),
    # --- the witnesses
    "total_missing": Code("The declared total is missing.", _AGAIN, True),
    "total_mismatch": Code("The items that came do not add up to the service's total.", _AGAIN, True),
    "total_changed": Code("The total changed during the walk.", _AGAIN, True),
    "total_is_bound": Code(
        "The total is a lower bound, not a count.", "Narrow the call until the service counts exactly.", False
    ),
    "census_missing": Code("The independent count could not be had.", _AGAIN, True),
    "census_moved": Code("The independent count changed during the walk.", _AGAIN, True),
    "census_mismatch": Code("The items that came do not add up to the independent count.", _AGAIN, True),
    "past_end_not_empty": Code("Behind the end there are more items.", _AGAIN, True),
    "differential_mismatch": Code("A second walk gave another set of items.", _AGAIN, True),
    "page_count_mismatch": Code("The number of pages is not what the service announced.", _AGAIN, True),
    "mutated_during_walk": Code("The collection changed during the walk.", _AGAIN, True),
    "channel_dead": Code(
        "The service does not give the way to continue where it must, so its absence proves nothing.", _AGAIN, True
    ),
    "channel_vanished": Code(
        "A field that was in every answer when the tool was proven is missing now.",
        "Call again later; if it stays away the API has changed: see `unabridged drift`, and prove the tool again.",
        True,
    ),
    "stale": Code(
        "The answer is older than the contract allows.", "Call again later, or raise `complete.fresh.max_age`.", True
    ),
    "score_missing": Code(
        "An item has no score, or one that is no number, so nobody knows how near it is.", _AGAIN, True
    ),
    "low_relevance": Code(
        "What was found is not near enough to what was asked: nothing, or too little, passes the contract's gate.",
        "Ask in other words, with fewer filters or for something else; the same call again gives the same.",
        False,
    ),
    "sequence_missing": Code("The service does not say which sequence number it answers at.", _AGAIN, True),
    "not_yet_visible": Code(
        "The service answers from a state that is older than the write that must be seen.", _AGAIN, True
    ),
    "unproven": Code(
        "The evidence is sound but weaker than the contract requires.",
        "Add a witness to the contract, or lower `complete.require` knowingly.",
        False,
    ),
    "not_one": Code("One result was due; none or several came.", "Check the arguments.", False),
    "payload_mismatch": Code("What was kept is not what was read.", "Report it with the receipt id.", True),
    "broken_chain": Code("The pages do not follow one another.", "Report it with the receipt id.", True),
}

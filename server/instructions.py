"""What a model is told once about every tool of this server: how to read `proof`, and what `FAILED` means."""

from __future__ import annotations

__all__ = ["INSTRUCTIONS", "MANY"]

MANY = """\
This server has more tools than it lists. Find one with `search_tools` (say in a few words what it should do; the answer \
names the best tools and shows the arguments of the best few), then call it with `call_tool` by its `name` and with its \
`arguments`. What comes back is that tool's own answer. To see the arguments of a tool that is named without them, search \
for its name. If nothing fits, try other words, or an empty query, which tells what there is.
"""
"""What a model is told first where tools are found and not listed."""

INSTRUCTIONS = """\
Every tool here answers whole or not at all. There are no partial results: what you get is everything that the tool \
claims, proven, or a failure that says what is missing.

SUCCESS: {"status": "complete", "items": [...] or "data": ..., "proof": {...}}
- `items` holds all that `proof.claim` names, and `proof.count` says how many that is. You need no further page, and \
you may count, rank and conclude "there is none" from it.
- `proof.claim` says what was proven: `all`; `first: n` (the first n, not all); `top_k: k` (the best k of a ranking, \
not all); `one` (a single result); `caught_up_to` (everything up to `proof.position`).
- `proof.grade` says how strong the proof is, weakest first: heuristic, documented_absence, terminated (the service \
marked the end), past_end, differential, counted (the items add up to the service's own total), censused (they add up \
to an independent count). It is never weaker than `proof.required`.
- `proof.stale: true` means that the service failed just now (`proof.because`) and that this is its last whole answer, \
`proof.age_s` seconds old. Say so when you use it.
- `proof.same_write`: true where no second write was made, because a call before had begun this very one.
- `proof.as_of` is when the service was read. Quote `proof.receipt` when someone asks how you know.

FAILURE: the text begins with `FAILED <code>:` and one sentence, then {"status": "failed", "error": {...}}.
- No data was delivered. Never answer from memory or from an earlier result as if it were this one; never treat a \
failure as "nothing found". An empty `items` in a complete answer is the only "nothing found".
- `error.message` says what is wrong, `error.against` what else is, `error.for` what spoke for the answer, \
`error.have` and `error.expected` what came and what was due.
- `error.fix` says what to do. Failed attempts were already repeated by the server: call again with the same arguments \
only if `error.retry.safe` is true, and not before `error.retry.after_s` seconds. If it is false, change the call as \
`error.fix` says, or tell the user.
- `too_large`: the answer is whole but does not fit. Narrow it with the arguments that `error.fix` names; do not guess \
what it holds.
- `outcome_unknown`: a write may or may not have happened; never call it failed. If `error.retry.safe` is true, the same \
call again takes effect once; if not, do not repeat it and read the state first.
- `write_in_progress`: the same write is being made by another call. Wait for that one's answer.
- `not_configured`, `definition_error`, `auth_failed`: only whoever runs the server can help. Tell the user, with \
`error.fix` and `error.receipt`.
"""

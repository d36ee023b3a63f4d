"""The ledger: everything that Unabridged promises, each promise with the source that it is taken from or measured against.

A test that shows a promise carries `@pytest.mark.requirement("G13")`.  tests/test_requirements.py fails where a promise
has no test and where a test names no promise.  A promise of later work says in *later* what it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["REQUIREMENTS", "Requirement"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise: a stable *id*, one *sentence* that can be false, and its *source*."""

    id: str
    sentence: str
    source: str
    later: str | None = None


REQUIREMENTS = (
    # --- time and attempts
    Requirement(
        "G1",
        "One monotonic deadline per call covers queueing, attempts, backoff, pages and probes; it is overrun by at most 100 ms.",
        "gRPC deadlines; Envoy",
    ),
    Requirement(
        "G2",
        "An attempt may last min(attempt timeout, time left), and none starts when no time is left.",
        "Envoy, per-try timeout; .NET resilience handler",
    ),
    Requirement(
        "G3",
        "A page is asked for at most `policy.retry.attempts` times: 3 by default, 5 at most.",
        "gRPC retry design; botocore",
    ),
    Requirement(
        "G4",
        "A retry budget per provider, shared by the processes of a user, bounds the extra requests of many failing calls: 35 for 1,000 calls.",
        "botocore retry quota; Envoy retry budget",
    ),
    Requirement(
        "G5",
        "A wait before another attempt is random() * min(cap, base * 2 ** attempt).",
        "AWS Architecture Blog, full jitter; botocore",
    ),
    Requirement(
        "G6",
        "No attempt comes earlier than Retry-After says, in seconds, as a date or in milliseconds; where that exceeds the deadline the call ends at once and says so.",
        "RFC 9110, 10.2.3; gRPC pushback",
    ),
    Requirement(
        "G7",
        "A declared classification of a response beats its status.",
        "Slack and GraphQL answer errors with 200; botocore waiters",
    ),
    Requirement(
        "G8",
        "A request that is not idempotent is sent again only if no byte of it was sent, or a declared idempotency key travels with it.",
        "RFC 9110, 9.2.2; gRPC transparent retry; urllib3",
    ),
    Requirement(
        "G9",
        "One idempotency key serves all attempts of one operation, also after a process that died, and is bound to its payload; 409 waits, 422 is final.",
        "IETF draft, Idempotency-Key header",
    ),
    Requirement(
        "G10",
        "A write that was cut off after bytes were sent is reported as outcome_unknown, never as failed.",
        "Stripe, low-level error handling",
    ),
    Requirement("G11", "Nothing is asked again once an answer was handed over.", "gRPC, committed calls"),
    # --- completeness
    Requirement(
        "G12",
        "A message counts only if its end is proven by Content-Length, the last chunk, or a declared mark of its own.",
        "RFC 9112, 8",
    ),
    Requirement(
        "G13",
        "Bytes after a response cause its refusal and retire the connection; no response can answer another request.",
        "RFC 9112, 6.3 and 9.3",
    ),
    Requirement(
        "G14",
        "Every content coding is verified to its end, all members and frames; unknown and stacked codings are refused.",
        "RFC 1952; RFC 7932; RFC 8878",
    ),
    Requirement(
        "G15",
        "JSON is strict: UTF-8, no duplicate names, no NaN, Infinity or overflow, bounded depth, exact integers.",
        "RFC 8259; RFC 7493",
    ),
    Requirement(
        "G16", "Only declared statuses are answers; 202, 203, 204, 206 and 207 never are by default.", "RFC 9110, 15.3"
    ),
    Requirement(
        "G17",
        "Only declared media types are answers; application/problem+json is an error, whatever the status.",
        "RFC 9110, 8.3; RFC 9457",
    ),
    Requirement(
        "G18",
        "Every page fits the declared schema, and an error names the place and the rule, never the value.",
        "JSON Schema 2020-12",
    ),
    Requirement(
        "G19",
        "Schemas are compiled without any network, and a wrong one is reported with file and line.",
        "JSON Schema 2020-12, 8.2",
    ),
    Requirement(
        "G20",
        "A repeated cursor, page or identifier, a total that drifts or disagrees, a next URL at another origin, and any limit reached are errors; a limit is never a silent cut.",
        "botocore; measured on 14 client libraries",
    ),
    Requirement(
        "G21",
        "Where an end marker is declared, its absence is never taken for the end.",
        "measured: 14 of 22 client configurations take it for the end",
    ),
    Requirement(
        "G22", "Content-Digest and Repr-Digest are checked where present, and required where declared.", "RFC 9530"
    ),
    Requirement("G23", "A call that failed delivers no part of the data; counts and places at most.", "this project"),
    Requirement(
        "G24",
        "The age of an answer is reckoned from Age, Date and a declared place, and over `max_age` it is refused.",
        "RFC 9111, 4.2.3",
    ),
    Requirement(
        "G43",
        "An answer is delivered only at the required grade or above, and what is unknown never counts for it.",
        "this project",
    ),
    Requirement(
        "G44",
        "Removing, repeating, reordering or altering an item, a page, a cursor or a marker of complete evidence makes it incomplete, at the grades that can see it.",
        "this project",
    ),
    Requirement("G45", "A sound walk of every kind is never refused.", "this project"),
    Requirement(
        "G46",
        "Absence ends a walk only under a licence that names the documentation, and only when the way to continue was seen alive.",
        "JSON:API and proto3 allow it; measured",
    ),
    Requirement(
        "G47",
        "A page size that the service clamps loses nothing: a walk advances by what came, never by what was asked for.",
        "measured on JupyterHub, Kinto and generated clients",
    ),
    Requirement(
        "G48",
        "Real servers that nobody here wrote are walked completely, and the naive definition of each is refused.",
        "datasette, json-server, Docker registry",
    ),
    Requirement(
        "G54",
        "A generated answer is delivered only where its stream came to the declared end and its stop reason is one that the contract accepts; every other ending has its own code.",
        "the documentation of Anthropic, OpenAI and Gemini; measured: clients raise nothing on a cut stream",
    ),
    Requirement(
        "G55",
        "An answer that was cut is asked for anew, at its token limit with a higher one, and never glued together from two.",
        "this project",
    ),
    Requirement(
        "G56",
        "Structured output is strict JSON that satisfies the declared schema, or refused without being shown.",
        "RFC 8259; JSON Schema 2020-12",
    ),
    Requirement(
        "G49",
        "Pages that can be addressed are fetched several at once, within a bound, and give the same answer as one at a time.",
        "this project",
    ),
    # --- freshness and caches
    Requirement(
        "G25",
        "Only answers proven whole are cached, apart for each principal and set of arguments.",
        "RFC 9111, 3.5",
    ),
    Requirement("G26", "A stale answer is served only where declared, and labelled.", "RFC 5861"),
    Requirement("G27", "Equal reads at one time are one request upstream.", "single flight"),
    # --- relevance
    Requirement(
        "G51",
        "What no score brings near enough to the question is an error, never an empty success and never the nearest of what is far.",
        "this project; measured: a wrong account list from 0.62",
    ),
    Requirement(
        "G52",
        "A read that names a sequence number is answered from a state that holds it, or refused.",
        "Pinecone, data freshness; read-your-writes",
    ),
    Requirement(
        "G53",
        "An answer can be released in spite of a finding only where the contract names its code, and says so ever after.",
        "this project",
    ),
    # --- isolation
    Requirement(
        "G28",
        "A circuit breaker opens by the ratio of failures over a window; open it sends nothing, half open one request of all processes; what cannot be verified counts as failed, cancellation and callers' mistakes do not.",
        "Polly; resilience4j; Envoy",
    ),
    Requirement(
        "G29",
        "Calls to one provider are bounded in number, wait in order of arrival, and the overflow is refused at once.",
        "Envoy circuit breaking",
    ),
    Requirement(
        "G30",
        "The order is fixed: deadline, ways back, a place, retry, breaker, pace, attempt timeout, verification; it can be seen in the trace of events.",
        ".NET resilience handler",
    ),
    Requirement(
        "G31",
        "A fallback is declared and named, and the pages of two providers are never mixed.",
        "this project",
    ),
    Requirement(
        "G32",
        "Rate limits that a service states are obeyed, shared by all calls and processes with one credential.",
        "IETF draft, RateLimit header fields",
    ),
    Requirement(
        "G33",
        "Cancelling a call ends its upstream work within 100 ms and leaves neither task nor connection behind.",
        "MCP, cancellation",
    ),
    Requirement(
        "G34",
        "Memory is bounded whatever a service sends: huge bodies, decompression bombs, endless headers, deep JSON.",
        "urllib3 2.6; CWE-409",
    ),
    # --- safety and truth
    Requirement(
        "G35",
        "Credentials go to their declared origin only; each redirect, next URL and resolved address is checked when connecting.",
        "RFC 6750, 5.3; MCP security, SSRF",
    ),
    Requirement(
        "G36",
        "Arguments can change neither scheme, host, port, path segments, header fields nor framing.",
        "OWASP, injection; RFC 3986, 3.3",
    ),
    Requirement("G37", "A secret appears in no log, error, receipt, progress message or exception text.", "CWE-532"),
    Requirement(
        "G38",
        "An approval is bound to principal, credential, tool, arguments and time, and is used once.",
        "MCP, multi-round-trip requests",
    ),
    Requirement("G39", "The audit log is append-only and chained by hashes.", "this project", later="the audit log"),
    Requirement(
        "G40",
        "Every failure is a typed result with a code, whether to retry, and what speaks for and against.",
        "RFC 9457; fuzzing of httpx",
    ),
    Requirement(
        "G41",
        "Attempts are traced, and an exporter that fails delays no call.",
        "OpenTelemetry, HTTP semantic conventions",
        later="telemetry",
    ),
    Requirement(
        "G42",
        "The wire corpus runs against the installed HTTP client, so that an upgrade cannot open a hole again.",
        "urllib3, dummyserver",
    ),
    Requirement(
        "G50",
        "Addresses are resolved once and pinned; loopback, private, link-local and metadata ranges are refused unless the file allows them; https unless the file says otherwise.",
        "OWASP, SSRF prevention",
    ),
    # --- the tool file
    Requirement(
        "L1",
        "Every mistake in a file is reported, all at once, as file:line: pointer: expected, found, did you mean.",
        "this project",
    ),
    Requirement(
        "L2",
        "A wrong tool never takes the good ones down.",
        "measured: one bad schema hides every tool from some clients",
    ),
    Requirement("L3", "A secret written into a file is refused.", "OWASP, secrets management"),
    Requirement("L4", "Unknown keys are errors, and YAML is read as version 1.2.", "YAML 1.2.2, 10.3"),
    Requirement("L5", "The published JSON Schema of the language is the one that the code makes.", "this project"),
    Requirement("L6", "Macros expand to the primitive form, and the expanded form is what is hashed.", "this project"),
    Requirement(
        "L7",
        "Every bundled definition is free of silent partial answers under each fault, and of refusals of sound ones.",
        "language study: 12 faults",
    ),
    Requirement(
        "L8",
        "Whatever a description says, each operation becomes a sound tool or is left out with its reason; every file that is written passes the check.",
        "measured: 2,637 descriptions",
    ),
    Requirement(
        "L9",
        "What is inferred is unproven and says where it comes from; no end is inferred from absence, and no proof is made weaker.",
        "AIP-4233; language study: 18,736 list operations",
    ),
    Requirement(
        "L10",
        "A line that was inferred is believed only while a proof of it holds, and no line that the service refuted; until then a call is refused or its answer flagged.",
        "language study: 2 % of cursors are declared required",
    ),
    Requirement(
        "L11",
        "A field that was in every answer while a tool was proven must be in every answer: without it the call is refused.",
        "language study: shape lock",
    ),
    Requirement(
        "L12",
        "Of what a bundled tool is told, no known corruption is delivered as the truth, but for those that its file names as blind spots.",
        "mutation testing",
    ),
    Requirement(
        "L13",
        "A contract that is made stronger never lets a corruption through that it caught before.",
        "mutation testing; this project",
    ),
    Requirement(
        "L14",
        "What a person changed in an imported file is never lost by another import.",
        "three-way merge",
    ),
    Requirement(
        "L15",
        "An experiment sends what reads only, no more than it may, and proves nothing that is not true.",
        "language study: `prove`",
    ),
    Requirement(
        "L16",
        "A recorded call that is made again gives the same bytes and the same grade, and sends nothing.",
        "this project",
    ),
    Requirement(
        "L17",
        "The mock honours a contract, so that the truth is delivered whole, and no lie of it is delivered beyond what a file says cannot be seen.",
        "this project",
    ),
    Requirement(
        "L18",
        "A link to the next page that leaves out what was asked for is not followed, unless it may hold the question in a form that only the service reads.",
        "seen in pagination helpers of web frameworks",
    ),
    # --- what an MCP client sees
    Requirement(
        "M1",
        "Success and failure share one envelope, which fits the output schema that every tool declares.",
        "TypeScript SDK 1.x replaces errors that do not fit",
    ),
    Requirement(
        "M2",
        "The text of a failure begins with FAILED and the code, and the same JSON stands in the text and in the structured content.",
        "measured: some hosts show only one of the two",
    ),
    Requirement(
        "M3",
        "An answer that is too large is refused whole, with its count, never cut.",
        "measured: hosts cut at about 50,000 characters",
    ),
    Requirement(
        "M4",
        "stdio and Streamable HTTP give the same answers to clients of both protocol versions.",
        "MCP 2025-11-25 and 2026-07-28",
    ),
    Requirement("M5", "Long walks report progress, and it only rises.", "MCP, progress"),
    Requirement(
        "M6", "The server ends cleanly on end of input, SIGINT and SIGTERM, on both transports.", "measured on the SDK"
    ),
    Requirement(
        "M7",
        "HTTP is bound to loopback by default, checks Host and Origin, and listens elsewhere only with authentication.",
        "MCP, security of transports",
    ),
    Requirement("M8", "Arguments that do not fit the input schema are refused before anything is sent.", "MCP, tools"),
    Requirement("M9", "Annotations tell reads from writes as the contract does.", "MCP, tool annotations"),
    Requirement(
        "M10",
        "The official conformance suite and the inspector accept the server.",
        "@modelcontextprotocol/conformance, /inspector",
    ),
    Requirement(
        "M11",
        "Where showing all tools would cost more than the budget, two tools find and call them, and a call through them is the call itself.",
        "this project",
    ),
    Requirement(
        "M12",
        "Among more than a thousand tools, the right one for a plain question is one of the first three.",
        "this project",
    ),
    Requirement(
        "M13",
        "A change of the tool files is served and told to clients of both eras; one that brings a mistake changes nothing.",
        "MCP, tools, list changed",
    ),
    Requirement(
        "M14",
        "Tags, patterns of names and profiles choose what is served, and a word that chooses nothing is an error.",
        "this project",
    ),
    # --- the command line
    Requirement(
        "C1",
        "`call` exits with 0 when delivered, 3 when withheld, 2 when the usage or the file is wrong.",
        "sysexits; this project",
    ),
    Requirement("C2", "`check` names every problem and fails if there is one.", "this project"),
    Requirement("C3", "Receipts are kept, and `explain` shows one: pages, attempts, witnesses, time.", "this project"),
    Requirement("C4", "`explain` knows every code.", "this project"),
    Requirement(
        "C5", "`demo` shows, for each lie, what a naive client hands over and what Unabridged does.", "this project"
    ),
    Requirement("C6", "`--json` prints the raw envelope and nothing else.", "this project"),
    # --- the project
    Requirement(
        "P1", "The wheel holds one import package with all files of the four rooms, and nothing else.", "this project"
    ),
    Requirement("P2", "Imports point down only: server, tools, validators, schemas.", "this project"),
    Requirement("P3", "A payload is delivered in one place of the code only.", "this project"),
    Requirement(
        "P4", "What users install can be pinned by hash, and the pins satisfy the project.", "pip, hash-checking mode"
    ),
    Requirement("P5", "Every example in the documentation is run or read by a test.", "this project"),
)

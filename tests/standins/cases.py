"""Each bundled tool, the arguments to call it with, and the stand-in that speaks as its API does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from unabridged.schemas.contract import Contract
from unabridged.schemas.provider import Network
from unabridged.schemas.wire import Json

from . import (
    chroma,
    crossref,
    elasticsearch,
    europepmc,
    gbif,
    github,
    gitlab,
    hackernews,
    hubspot,
    jira,
    mediawiki,
    models,
    notion,
    openalex,
    pinecone,
    qdrant,
    salesforce,
    shopify,
    slack,
    stripe,
    zendesk,
)
from .shape import Shape
from .single import single

__all__ = ["CASES", "ENVIRONMENT", "Case", "pointed", "resized"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One tool against one shape; *shape* makes it anew for each run, since some remember where they stand."""

    tool: str
    shape: Callable[[], Shape]
    arguments: Mapping[str, Json] = field(default_factory=dict[str, Json])


def _case(tool: str, shape: Shape, **arguments: Json) -> Case:
    return Case(tool=tool, shape=lambda: shape, arguments=arguments)


def _one(tool: str, answer: dict[str, Json], error: Json, **arguments: Json) -> Case:
    return Case(tool=tool, shape=lambda: single(answer, error=error), arguments=arguments)


REPOSITORY: dict[str, Json] = {"owner": "octocat", "repo": "hello"}
UUID = "59833787-2cf9-4fdf-8782-e53db20768a5"

CASES: tuple[Case, ...] = (
    _case("zendesk_list_tickets", zendesk.TICKETS),
    _case("zendesk_list_ticket_comments", zendesk.COMMENTS, ticket_id=35436),
    _case("zendesk_list_users", zendesk.USERS),
    _case("zendesk_search_tickets", zendesk.SEARCH, query="status<solved"),
    _one("zendesk_show_ticket", {"ticket": {"id": 35436, "status": "open"}}, zendesk.ERROR, ticket_id=35436),
    _case("github_list_issues", github.ISSUES, **REPOSITORY),
    _case("github_list_open_issues", github.ISSUES, **REPOSITORY),
    _case("github_list_pull_requests", github.PAGED, **REPOSITORY, state="all"),
    _case("github_list_releases", github.PAGED, **REPOSITORY),
    _case("github_search_issues", github.SEARCH, query="repo:octocat/hello is:issue"),
    _case("github_search_repositories", github.SEARCH, query="org:octocat"),
    _one(
        "github_show_issue", {"id": 1, "number": 7, "title": "A", "state": "open"}, github.ERROR, **REPOSITORY, number=7
    ),
    _one(
        "github_show_repository",
        {"id": 1, "full_name": "octocat/hello", "default_branch": "main"},
        github.ERROR,
        **REPOSITORY,
    ),
    _case("gitlab_list_issues", gitlab.LIST, project="octo/hello", state="opened"),
    _case("gitlab_list_merge_requests", gitlab.LIST, project="octo/hello"),
    _case("gitlab_list_group_projects", gitlab.LIST, group="octo", include_subgroups=True),
    _one(
        "gitlab_show_issue",
        {"id": 1, "iid": 7, "title": "A", "state": "opened"},
        gitlab.ERROR,
        project="octo/hello",
        iid=7,
    ),
    _case("stripe_list_customers", stripe.LIST, created_gte=1_600_000_000),
    _case("stripe_list_charges", stripe.LIST),
    _case("stripe_list_invoices", stripe.LIST, status="open"),
    _case("stripe_list_subscriptions", stripe.LIST, status="all"),
    _one("stripe_show_customer", {"id": "cus_1", "object": "customer"}, stripe.ERROR, customer="cus_1"),
    _case("slack_list_channels", slack.CHANNELS, exclude_archived=True),
    _case("slack_list_users", slack.MEMBERS),
    _case("slack_channel_history", slack.HISTORY, channel="C012AB3CD"),
    _case("notion_query_data_source", notion.LIST, data_source_id=UUID),
    _case("notion_search", notion.LIST, query="plan"),
    _case("notion_list_block_children", notion.LIST, block_id=UUID),
    _case("notion_list_users", notion.LIST),
    _one("notion_show_page", {"object": "page", "id": UUID}, notion.ERROR, page_id=UUID),
    _case("hubspot_list_objects", hubspot.LIST, object_type="contacts"),
    _case("hubspot_search_objects", hubspot.SEARCH, object_type="contacts", query="acme"),
    _one(
        "hubspot_show_object", {"id": "501", "properties": {}}, hubspot.ERROR, object_type="contacts", object_id="501"
    ),
    _case("jira_search_issues", jira.V3, jql="project = ED"),
    _case("jira_list_projects", jira.PROJECTS),
    _one("jira_show_issue", {"id": "10000", "key": "ED-1", "fields": {}}, jira.ERROR, key="ED-1"),
    _case("jira_server_search_issues", jira.V2, jql="project = ED"),
    _one("jira_server_show_issue", {"id": "10000", "key": "ED-1", "fields": {}}, jira.ERROR, key="ED-1"),
    _case("salesforce_query", salesforce.QUERY, soql="SELECT Id, Name FROM Account"),
    _one(
        "salesforce_show_record",
        {"attributes": {"type": "Account"}, "Id": "001RM0000000001"},
        salesforce.ERROR,
        object="Account",
        id="001RM0000000001",
    ),
    _case("shopify_list_products", shopify.PRODUCTS, query="status:active"),
    _case("shopify_list_orders", shopify.ORDERS),
    _case("shopify_list_customers", shopify.CUSTOMERS),
    _case("elasticsearch_search", elasticsearch.SEARCH, index="logs-*", query={"match_all": {}}),
    _one(
        "elasticsearch_count",
        {"count": 7, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}},
        elasticsearch.ERROR,
        index="logs-*",
        query={"match_all": {}},
    ),
    Case(tool="crossref_search_works", shape=crossref.works, arguments={"filter": "issn:1522-1466"}),
    Case(tool="crossref_journal_works", shape=crossref.works, arguments={"issn": "1522-1466"}),
    Case(
        tool="crossref_show_work",
        shape=lambda: single(crossref.WORK, error=crossref.ERROR),
        arguments={"doi": "10.5555/12345678"},
    ),
    _case("openalex_list_works", openalex.LIST, filter="publication_year:2026"),
    _case("openalex_list_authors", openalex.LIST, filter="orcid:0000-0002-1825-0097"),
    _one("openalex_show_work", {"id": "https://openalex.org/W1", "title": "A"}, openalex.ERROR, work="W2741809807"),
    _case("hackernews_search", hackernews.SEARCH, query="proof", tags="story"),
    _one("hackernews_item", {"id": 1, "type": "story", "children": []}, hackernews.ERROR, id=1),
    _one("hackernews_user", {"username": "pg", "karma": 1}, hackernews.ERROR, username="pg"),
    _one(
        "open_meteo_forecast",
        {"latitude": 52.52, "longitude": 13.41, "utc_offset_seconds": 3600, "timezone": "Europe/Berlin"},
        {"error": True, "reason": "The service is overloaded."},
        latitude=52.52,
        longitude=13.41,
    ),
    _case("wikipedia_category_members", mediawiki.CATEGORY, category="Physics"),
    _case("wikipedia_links_here", mediawiki.BACKLINKS, title="Physics"),
    _one("wikipedia_page_text", mediawiki.PAGE, mediawiki.ERROR, title="Physics"),
    _case("gbif_search_occurrences", gbif.SEARCH, country="DE", year="2026"),
    _case("gbif_search_species", gbif.SEARCH, q="Puma"),
    _one("gbif_show_species", {"key": 1, "scientificName": "Puma concolor"}, gbif.ERROR, key=1),
    _case("europepmc_search", europepmc.SEARCH, query="AUTH:Stoehr"),
    _case("pinecone_query", pinecone.QUERY, vector=[0.1, 0.2]),
    _case("pinecone_search", pinecone.SEARCH, text="refunds"),
    _case("qdrant_query", qdrant.QUERY, collection="docs", vector=[0.1, 0.2]),
    _case("chroma_query", chroma.QUERY, collection=UUID, vector=[0.1, 0.2]),
    _case("claude_generate", models.CLAUDE, prompt="Hello?"),
    _case("openai_responses_generate", models.RESPOND, prompt="Hello?"),
    _case("openai_chat_generate", models.CHAT_COMPLETIONS, prompt="Hello?"),
    _case("gemini_generate", models.GENERATE_CONTENT, prompt="Hello?"),
)

_NAMES = """
    ZENDESK_SUBDOMAIN ZENDESK_USERNAME ZENDESK_API_TOKEN GITHUB_TOKEN GITLAB_TOKEN STRIPE_API_KEY SLACK_BOT_TOKEN NOTION_TOKEN
    HUBSPOT_TOKEN JIRA_SITE JIRA_EMAIL JIRA_API_TOKEN JIRA_SERVER_HOST JIRA_SERVER_TOKEN SALESFORCE_INSTANCE
    SALESFORCE_ACCESS_TOKEN SHOPIFY_SHOP SHOPIFY_ACCESS_TOKEN ELASTICSEARCH_HOST ELASTICSEARCH_API_KEY OPENALEX_API_KEY PINECONE_INDEX_HOST
    PINECONE_API_KEY QDRANT_HOST QDRANT_API_KEY CHROMA_HOST CHROMA_API_KEY
    ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY
"""
ENVIRONMENT: Mapping[str, str] = dict.fromkeys(_NAMES.split(), "test-only")
"""Every variable that a bundled file refers to, set."""


def pointed(contract: Contract, origin: str) -> Contract:
    """Point *contract* at *origin*, a stand-in on loopback, keeping the base URL's path."""
    path = urlsplit(contract.provider.base_url).path
    network = Network(allow=("loopback",), plain_http=True)
    provider = replace(contract.provider, base_url=f"{origin}{path}", network=network)
    return replace(contract, provider=provider)


def resized(contract: Contract, size: int, other: int) -> Contract:
    """Ask for pages of *size* items, and of *other* in a second walk, where the contract asks for a size at all."""
    page_size = contract.walk.page_size
    if page_size is None:
        return contract
    walk = replace(contract.walk, page_size=replace(page_size, ask=size))
    second = contract.complete.differential
    complete = (
        contract.complete
        if second is None
        else replace(contract.complete, differential=replace(second, page_size=other))
    )
    return replace(contract, walk=walk, complete=complete)

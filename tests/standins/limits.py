"""What a bundled tool is known not to see at its grade: measured, written in docs/catalogue.md, and tested to be so."""

from __future__ import annotations

from .shape import Lie

__all__ = ["LIMITS"]

_KEYSETS = ("stripe_list_customers", "stripe_list_charges", "stripe_list_invoices", "stripe_list_subscriptions")
_WITHOUT_A_COUNT = (
    "slack_list_channels",
    "slack_list_users",
    "slack_channel_history",
    "notion_query_data_source",
    "notion_search",
    "notion_list_block_children",
    "notion_list_users",
    "jira_search_issues",
)

LIMITS: frozenset[tuple[str, Lie]] = frozenset(
    {
        # A keyset goes on from the last record of a page, and Stripe states no total: a record lost inside a page leaves
        # no trace.  A second walk would show it, and would refuse a busy account at every new record.
        *((tool, Lie.PAGE_2_LOST_ONE) for tool in _KEYSETS),
        # Where there is no count and nothing to ask for behind the end, two walks that are cut at the same record agree.
        *((tool, Lie.SAME_CUT) for tool in _WITHOUT_A_COUNT),
    }
)

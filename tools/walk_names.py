"""The names that APIs give to what a walk is made of, and nothing about what they mean in one API.

Names are compared folded: lower case, letters and digits only, so that `page[after]` is `pageafter`.  Counts of how often
each one stands in 2,639 descriptions decided what is in here.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "AMBIGUOUS_CURSORS",
    "AMBIGUOUS_INPUTS",
    "AMBIGUOUS_TOTALS",
    "CURSOR_INPUTS",
    "DONE",
    "ITEMS",
    "KEYSET_INPUTS",
    "LABELS",
    "LABELS_OF_CALLS",
    "LINKS",
    "MORE",
    "NEXT",
    "NEXT_IN",
    "NEXT_LINKS",
    "OFFSET_INPUTS",
    "PAGES",
    "PAGE_INPUTS",
    "PAGING",
    "SIDE_LISTS",
    "SIZE_INPUTS",
    "TOTALS",
    "TOTAL_HEADERS",
    "WEAK_OFFSETS",
    "WEAK_SIZES",
    "backwards",
    "folded",
]


def folded(name: str) -> str:
    """Return *name* in lower case, letters and digits only.

    >>> folded("page[after]"), folded("@odata.nextLink"), folded("X-Total-Count")
    ('pageafter', 'odatanextlink', 'xtotalcount')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ------------------------------------------------------------------------------------------------ requests

CURSOR_INPUTS: Final = _words(
    "cursor pagetoken nexttoken nextpagetoken nextcursor pagecursor pageafter continuationtoken continuation paginationtoken "
    "paginationcursor startcursor aftercursor starttoken startingtoken skiptoken bookmark marker nextmarker continue "
    "nextpageid cursormark pagemarker iterator"
)
AMBIGUOUS_INPUTS: Final = _words("after next token offset page start startkey startat nextpage position lastkey")
"""A cursor only where the description says so: the same words are dates, numbers and keys elsewhere."""

KEYSET_INPUTS: Final = _words("startingafter after afterid")
PAGE_INPUTS: Final = _words("page pagenumber pageno pagenum pageindex currentpage pagenr pageid numpage")
OFFSET_INPUTS: Final = _words(
    "offset skip startindex firstresult pageoffset startrow startposition recordoffset startrecord offsetindex"
)
WEAK_OFFSETS: Final = _words("start from startat")
SIZE_INPUTS: Final = _words(
    "limit perpage pagesize pagelimit maxresults itemsperpage resultsperpage maxpagesize maxitems recordsperpage pagecount "
    "perpagecount countperpage maxrecords batchsize resultcount limitperpage numresults maxkeys"
)
WEAK_SIZES: Final = _words("size count top take rows max num n first results")

_BACKWARDS: Final = re.compile(r"prev|previous|before|endingbefore|pagebefore")


def backwards(name: str) -> bool:
    """Say whether a parameter called *name* leads back, towards the first page.

    >>> backwards("ending_before"), backwards("after")
    (True, False)
    """
    return bool(_BACKWARDS.match(folded(name)))


# ----------------------------------------------------------------------------------------------- responses

NEXT: Final = _words(
    "nextpagetoken nexttoken nextcursor nextpagecursor nextmarker nextcontinuationtoken endcursor aftercursor nextkey "
    "nextpagekey nextstarttoken paginationtoken nextpaginationtoken nextbookmark continuationtoken nextpageid nextcursormark "
    "nextpagestarttoken nextstartkey nextcursorid cursornext tokennext nextpagemarker iterator nextiterator"
)
AMBIGUOUS_CURSORS: Final = _words("cursor pagetoken continuation bookmark marker token pagecursor")
"""Either the cursor of the next page or an echo of the one that was sent."""

NEXT_IN: Final = frozenset(
    {("metadata", "continue"), ("cursors", "after"), ("next", "after"), ("cursors", "next"), ("cursor", "next")}
)
"""The same, for names that mean it only in an object that is called so."""

LINKS: Final = _words("links link paging pagination navigation pagelinks")
NEXT_LINKS: Final = _words(
    "nextlink odatanextlink nextpageurl nexturl nextpagelink nexthref nextpageuri nexturi nextrecordsurl nextresultsurl"
)
MORE: Final = _words(
    "hasmore hasmoreitems hasmoreresults hasmorepages hasnext hasnextpage moreresults moreresultsavailable moreavailable "
    "istruncated hasmoredata hasmorerecords moreitems morerecords"
)
DONE: Final = _words("islast islastpage endoflist endofresults")
TOTALS: Final = _words(
    "total totalcount totalitems totaldocs totaldocuments totalresults totalelements totalrecords totalentries totalhits totalrows totalsize "
    "recordstotal totalnumber totalobjects totalentities numfound totalmatches totalitemcount totalresultcount totalrecordcount "
    "totalnumberofresults totalnumberofitems totalnumberofrecords fullcount numbermatched totalresultscount totalitemscount totalentitycount itemstotal recordstotal resultstotal"
)
AMBIGUOUS_TOTALS: Final = _words(
    "count size itemscount itemcount resultcount resultscount recordcount numresults length"
)
"""The number of items in this answer, or of all."""

PAGES: Final = _words(
    "totalpages pagecount numpages numberofpages pages totalpagecount lastpage pagestotal pagetotal nbpages"
)
TOTAL_HEADERS: Final = re.compile(
    r"x?(wp|paging|pagination|page|list|results?|collection|query)?total(count|items|results|records|elements|entries|objects|size|number)?"
)
PAGING: Final = _words(
    "meta metadata paging pagination page pageinfo responsemetadata links link cursors pager paginator pagingdata info "
    "resultinfo pagecontext paginationinfo pagedetails searchmetadata listmeta pagemeta responseheader paginationmeta next "
    "pageddata metainfo pagemetadata paginationmetadata listinfo resultset navigation responseinfo pagelinks"
)
"""Objects that speak of the page and not of an item."""

ITEMS: Final = _words(
    "data items results result entries records rows entities payload content objects values value list elements resources docs documents hits collection"
)
LABELS: Final = _words("id uuid guid uid key sid name arn title slug login number")
"""What tells one thing from another, as words and as the ends of longer ones (`ticketId`)."""

LABELS_OF_CALLS: Final = _words("requestid traceid correlationid logid callid hostname")
SIDE_LISTS: Final = _words(
    "errors warnings links unreachable messages facets included notices aggregations filters sort sorts error warning "
    "unreachables failures notifications tags suggestions metadata"
)
"""Lists that stand beside the items."""

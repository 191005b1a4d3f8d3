"""What the made-up SAP understands of OData: equals, changed since, a page; and how it writes a moment."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

_EQ: Final = re.compile(r"(\w+) eq '((?:[^']|'')*)'")
_SINCE: Final = re.compile(r"LastChangeDateTime ge datetimeoffset'([^']+)'")


class Asked(NamedTuple):
    """What a call asks for. `equals` may name a field more than once: any of its values will do."""

    equals: list[tuple[str, str]]
    since: datetime | None
    page: slice


def asked_for(query: Mapping[str, str]) -> Asked:
    """Read a call's parameters.

    >>> asked = asked_for({"$filter": "Plant eq '31' and LastChangeDateTime ge datetimeoffset'2026-03-02T10:00:00Z'"})
    >>> asked.equals, asked.since.isoformat(), asked.page
    ([('Plant', '31')], '2026-03-02T10:00:00+00:00', slice(0, 1000, None))
    """
    wanted, skip = query.get("$filter", ""), int(query.get("$skip", "0"))
    since = _SINCE.search(wanted)
    page = slice(skip, skip + int(query.get("$top", "1000")))
    return Asked(_EQ.findall(wanted), datetime.fromisoformat(since[1]) if since else None, page)


def moment(at: datetime) -> str:
    """Write a moment.

    >>> moment(datetime.fromisoformat("1970-01-01T00:00:02Z"))
    '/Date(2000+0000)/'
    """
    return f"/Date({int(at.timestamp() * 1000)}+0000)/"

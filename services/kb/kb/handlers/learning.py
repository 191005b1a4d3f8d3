"""What the loop says: per article what it was worth, and what is missing, as proposals for articles and services."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from chassis.sql import Row
from chassis.transaction import Reads
from kb.domain.counts import Measure
from kb.domain.gaps import clusters_of
from kb.store import desk, loop

_OF_ARTICLES: Final = {
    Measure.ANSWERED: "shown",
    Measure.RESOLVED: "helped",
    Measure.NOT_RESOLVED: "not_helped",
    Measure.FILED_ANYWAY: "filed_anyway",
    Measure.VIEWED: "views",
    Measure.RATED_HELPFUL: "rated_helpful",
    Measure.RATED_LOW: "rated_low",
}
MOST: Final = 2000
OFTEN: Final = 5


def worth_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Add up what each article was worth; what filed a request all the same stands first."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(lambda: dict.fromkeys(_OF_ARTICLES.values(), 0))
    for row in rows:
        if row["measure"] in set(_OF_ARTICLES):
            found[row["subject"]][_OF_ARTICLES[Measure(row["measure"])]] += row["n"]
    lines = [{"article_id": name, **counts} for name, counts in found.items()]
    return sorted(
        lines, key=lambda line: (-line["filed_anyway"], -line["rated_low"], -line["shown"], line["article_id"])
    )


async def proposals(reads: Reads, since: date, now: datetime) -> dict[str, Any]:
    """Propose articles for what nobody answered, and services for requests that came together."""
    usage = await loop.usage_since(reads, since)
    tasks = await desk.tasks(reads, "open", None, 50)
    words = await loop.missed_words(reads, 50)
    others = await loop.uncategorised_since(reads, now - timedelta(days=365), MOST)
    clusters = clusters_of([(row["language"], frozenset(row["stems"].split())) for row in others])
    moved = [(row["subject"].split(" ", 1), row["n"]) for row in usage if row["measure"] == Measure.TRANSFERRED]
    return {
        "articles": [
            *({"because": "asked in vain", "words": t["subject"], "times": t["asked"]} for t in tasks if t["subject"]),
            *({"because": "searched in vain", "words": row["word"], "times": row["n"]} for row in words),
            *(
                {"because": f"handed on to {to[0]}", "words": to[1], "times": times}
                for to, times in moved
                if times >= OFTEN
            ),
        ],
        "services": [
            {"because": "filed as something else", "words": " ".join(c.stems), "language": c.language, "times": c.size}
            for c in clusters
        ],
    }

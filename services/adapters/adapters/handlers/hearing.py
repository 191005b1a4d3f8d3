"""What an agency's system says, made the agency's own reports: translated, placed, and published once."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters import store
from adapters.domain.codes import ENDINGS, Codes, Step, Unknown, inward
from adapters.domain.news import News, body_of, news_of
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from chassis.ids import derived_id
from chassis.records import Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.topics import outbox

Said = tuple[News, Step | None]
"""A piece of news, and what it means where that needs no translation."""


async def hear(tx: Transaction, agency: str, said: Sequence[Said], desk: Desk) -> Counter[str]:
    """Apply news that were not heard before, oldest first; returns how many were applied, wait, or say nothing new."""
    known = await store.known_news(tx, agency, [news.news_id for news, _ in said])
    fresh = {news.news_id: (news, step) for news, step in said if news.news_id not in known}
    return await _Hearing(tx, agency, desk).hear(list(fresh.values()))


async def hear_again(tx: Transaction, agency: str, desk: Desk) -> Counter[str]:
    """Apply what waits, as far as it can be translated and placed by now."""
    rows = await store.waiting_news(tx, agency)
    return await _Hearing(tx, agency, desk).hear([(news_of(row["body"]), None) for row in rows])


class _Records:
    """Handovers, to be found by our reference, by their number, or by the work order that works on them."""

    def __init__(self, rows: Sequence[dict[str, Any]], covered: Sequence[tuple[str, str]]) -> None:
        self._by_reference = {row["reference"]: row for row in rows}
        self._by_number: dict[str, list[str]] = defaultdict(list)
        self._by_order: dict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            if row["number"] is not None:
                self._by_number[row["number"]].append(row["reference"])
        for order, reference in covered:
            self._by_order[order][reference] = None

    def about(self, news: News) -> list[dict[str, Any]]:
        """List what news is about; the number and the work order it names are its own from now on."""
        if news.reference or news.number:
            names = {*self._by_number.get(news.number or "", ()), news.reference or ""}
        else:
            names = set(self._by_order.get(news.order_number or "", ()))
        found = [self._by_reference[name] for name in sorted(names) if name in self._by_reference]
        references = [row["reference"] for row in found]
        if news.order_number:
            self._by_order[news.order_number] |= dict.fromkeys(references)
        if news.number:
            self._by_number[news.number] += references  # later news may name the number alone
        return found


class _Hearing:
    """One agency's news of one transaction."""

    def __init__(self, tx: Transaction, agency: str, desk: Desk) -> None:
        self._tx, self._agency, self._desk = tx, agency, desk
        self._rows: list[Row] = []
        self._waiting: list[Row] = []
        self._through: list[str] = []
        self._standings: list[store.Standing] = []
        self._jobs: list[store.Job] = []
        self._ended: list[str] = []

    async def hear(self, said: Sequence[Said]) -> Counter[str]:
        if not said:
            return Counter()
        codes = await self._codes(said)
        found = await self._records([news for news, _ in said])
        for news, step in sorted(said, key=lambda one: one[0].at):
            self._hear(news, step, codes, found.about(news))
        await store.note_work_orders(self._tx, self._jobs)
        await store.note_standings(self._tx, self._agency, self._standings)
        await store.end_handovers(self._tx, self._agency, self._ended, self._tx.now)
        await store.keep_news(self._tx, self._rows)
        await store.add_exceptions(self._tx, self._waiting)
        await store.resolve_subject(self._tx, self._agency, self._through, "went through")
        return Counter(row["state"] for row in self._rows)

    async def _codes(self, said: Sequence[Said]) -> Codes:
        """Load the codes, and the numbers of the requests that stand for duplicates."""
        named = [news.duplicate_of for news, _ in said if news.duplicate_of]
        codes = await self._desk.codes(self._tx, self._agency)
        return replace(codes, requests=await store.numbers_of(self._tx, self._agency, named))

    async def _records(self, news: Sequence[News]) -> "_Records":
        references, numbers, orders = (
            [value for one in news if (value := getattr(one, name))] for name in ("reference", "number", "order_number")
        )
        rows = await store.find_handovers(self._tx, self._agency, references, numbers, orders)
        covered = await store.work_orders_of(self._tx, self._agency, [row["reference"] for row in rows])
        return _Records([dict(row) for row in rows], [(job["number"], job["reference"]) for job in covered])

    def _hear(self, news: News, step: Step | None, codes: Codes, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            detail = "No request of ours has this number in the agency's system; link it, or set it aside."
            self._wait(news, "record", news.reference or news.number or news.order_number or "", detail)
            return
        if news.order_number:
            references = [row["reference"] for row in rows]
            self._jobs.append(store.Job(self._agency, news.order_number, news.status, tuple(references)))
        own = step and step._replace(duplicate_of=codes.request(step.duplicate_of or "") or step.duplicate_of)
        languages = self._desk.city.profile.languages
        spoken = dict.fromkeys(row["body"].get("language") or languages[0] for row in rows if row["is_open"])
        meaning = own or inward(codes, news, languages, spoken)
        if isinstance(meaning, Unknown):
            self._wait(news, meaning.kind, meaning.code, meaning.detail, rows[0]["reference"])
            return
        applied = [row for row in rows if self._apply(news, meaning, row)]
        self._keep(news, "applied" if applied else "nothing", rows[0]["reference"])

    def _apply(self, news: News, meaning: Step | None, row: dict[str, Any]) -> bool:
        """Report a step on one request; news that is older than what is known, or repeats it, says nothing new."""
        is_late = row["status_at"] is not None and news.at < row["status_at"]
        is_repeated = row["status"] == news.status and not news.text and not news.claims
        if is_late or (is_repeated and row["status_at"] == news.at):
            return False
        says_nothing = meaning is None or not row["is_open"] or is_repeated
        row |= {"status": news.status, "status_at": news.at, "number": row["number"] or news.number,
                "version": news.version or row["version"]}  # fmt: skip
        self._standings.append(store.Standing(row["reference"], news.status, news.at, row["version"], row["number"]))
        if says_nothing or meaning is None:
            return False
        self._report(news, meaning, row)
        if meaning.kind in ENDINGS:
            row["is_open"] = False
            self._ended.append(row["reference"])
        return True

    def _report(self, news: News, step: Step, row: Mapping[str, Any]) -> None:
        update_id = derived_id("update", self._agency, news.news_id, row["reference"])
        report = AgencyReport(
            request_id=row["request_id"],
            assignment_id=row["assignment_id"],
            update_id=update_id,
            reported_at=news.at,
            photos=news.claims,
            **{**step._asdict(), "text": step.text[:4000] if step.text else None},
        )
        due = Due("adapters.heard", update_id, news.at, {}, update_id, self._tx.now)
        self._tx.publish(report, because=due, topic=outbox(self._agency))

    def _wait(self, news: News, kind: str, code: str, detail: str, reference: str | None = None) -> None:
        row = exception_row(self._tx, self._agency, "in", kind, code, detail, news.news_id, reference=reference)
        self._waiting.append(row)
        self._keep(news, "waits", reference)

    def _keep(self, news: News, state: str, reference: str | None) -> None:
        if state != "waits":
            self._through.append(news.news_id)
        self._rows.append(
            {
                "agency": self._agency,
                "news_id": news.news_id,
                "reference": reference,
                "status": news.status,
                "at": news.at,
                "heard_at": self._tx.now,
                "state": state,
                "body": body_of(news if state == "waits" else replace(news, text=None, photos=(), claims=())),
            }
        )

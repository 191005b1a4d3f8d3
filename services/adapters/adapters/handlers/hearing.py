"""What an agency's system says, made the agency's own reports: translated, placed, and published once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters import store
from adapters.domain.codes import ENDINGS, NOT_KNOWN, Codes, Step, Unknown, inward
from adapters.domain.jobs import Other, is_told, means_of, order_step, read_order, told_after, worked_on
from adapters.domain.news import News, body_of, news_of
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from adapters.handlers.placing import Records
from chassis.ids import derived_id
from chassis.records import Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.city import OrderMeaning
from contracts.topics import outbox
from contracts.vocabulary import ReportKind

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


class _Hearing:
    """One agency's news of one transaction."""

    def __init__(self, tx: Transaction, agency: str, desk: Desk) -> None:
        self._tx, self._agency, self._desk = tx, agency, desk
        self._rows: list[Row] = []
        self._waiting: list[Row] = []
        self._through: list[str] = []
        self._standings: list[store.Standing] = []
        self._jobs: list[store.Job] = []
        self._told: list[store.Told] = []
        self._ending: set[str] = set()
        self._ended: list[str] = []

    async def hear(self, said: Sequence[Said]) -> Counter[str]:
        if not said:
            return Counter()
        codes = await self._codes(said)
        found = await self._records([news for news, _ in said])
        turns = sorted(said, key=lambda one: one[0].at)
        about = [(news, step, found.about(news)) for news, step in turns if news.order is None]
        self._ending = {row["reference"] for news, _, rows in about if _ends(news, codes) for row in rows}
        for news, _ in turns:
            if news.order:  # before the records, so that an ending knows what became of the work
                self._hear_order(news, codes, found)
        for news, step, rows in about:
            self._hear(news, step, codes, rows, found)
        await store.note_work_orders(self._tx, self._jobs)
        await store.note_standings(self._tx, self._agency, self._standings)
        await store.note_told(self._tx, self._agency, self._told)
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

    async def _records(self, news: Sequence[News]) -> Records:
        references, numbers, orders = (
            [value for one in news if (value := getattr(one, name))] for name in ("reference", "number", "order_number")
        )
        numbers += [number for one in news if one.order for number in one.order.records]
        rows = await store.find_handovers(self._tx, self._agency, references, numbers, orders)
        jobs = await store.work_orders_of(self._tx, self._agency, [row["reference"] for row in rows])
        return Records([dict(row) for row in rows], jobs)

    def _hear_order(self, news: News, codes: Codes, found: Records) -> None:
        """Note where a work order stands, and tell what that means to each request under it; others are not ours."""
        rows, before = found.under(news), found.job(news.order_number)
        if not rows and before is None:
            return
        if before and before["status_at"] is not None and news.at < before["status_at"]:
            self._keep(news, "nothing", None)
            return
        read = read_order(codes, news)
        if isinstance(read, Unknown):
            self._wait(news, read.kind, read.code, read.detail, rows[0]["reference"] if rows else None)
            return
        if read is None or news.order is None:
            self._keep(news, "nothing", None)
            return
        is_same = before is not None and before["status"] == read.status and read.meaning.means == "called_off"
        told = [row for row in rows if not is_same and self._tell(news, read.meaning, codes, row, found)]
        references = tuple(row["reference"] for row in rows)
        job = store.Job(self._agency, news.order_number or "", read.status, references, news.order.type, news.at,
                        news.scheduled_for, news.order.ends_at)  # fmt: skip
        self._jobs.append(job)
        found.note(job)
        self._keep(news, "applied" if told else "nothing", references[0] if references else None)

    def _tell(self, news: News, meaning: OrderMeaning, codes: Codes, row: dict[str, Any], found: Records) -> bool:
        """Report what a work order's standing says of one request, unless it was told."""
        on = found.orders_on([row["reference"]])
        others = [Other(means_of(codes, status), found.starts_at(number)) for number, status in on.items()
                  if number != news.order_number]  # fmt: skip
        language = row["body"].get("language") or self._desk.city.profile.languages[0]
        step = order_step(meaning, news, row["told"], others, language) if row["is_open"] else None
        if step is None or (step.kind is ReportKind.MESSAGE and row["reference"] in self._ending):
            return False
        self._note_told(row, told_after(step, row["told"], is_called_off=meaning.means == "called_off"))
        self._report(news, step, row)
        return True

    def _note_told(self, row: dict[str, Any], mark: str | None) -> None:
        row["told"] = mark
        self._told.append(store.Told(row["reference"], mark))

    def _hear(
        self, news: News, step: Step | None, codes: Codes, rows: Sequence[dict[str, Any]], found: Records
    ) -> None:
        if not rows:
            detail = "No request of ours has this number in the agency's system; link it, or set it aside."
            self._wait(news, "record", news.reference or news.number or news.order_number or "", detail)
            return
        references = [row["reference"] for row in rows]
        has_orders = codes.mapping.orders is not None
        if news.order_number and not (has_orders and found.job(news.order_number)):
            status = None if has_orders else news.status
            self._jobs.append(store.Job(self._agency, news.order_number, status, tuple(references)))
        own = step and step._replace(duplicate_of=codes.request(step.duplicate_of or "") or step.duplicate_of)
        languages = self._desk.city.profile.languages
        spoken = dict.fromkeys(row["body"].get("language") or languages[0] for row in rows if row["is_open"])
        worked = worked_on(codes, found.orders_on(references)) if has_orders else NOT_KNOWN
        meaning = own or inward(codes, news, languages, spoken, worked)
        if isinstance(meaning, Unknown):
            self._wait(news, meaning.kind, meaning.code, meaning.detail, rows[0]["reference"])
            return
        applied = [row for row in rows if self._apply(news, meaning, row, has_orders=has_orders)]
        self._keep(news, "applied" if applied else "nothing", rows[0]["reference"])

    def _apply(self, news: News, meaning: Step | None, row: dict[str, Any], *, has_orders: bool) -> bool:
        """Report a step on one request; news that is older than what is known, or repeats it, says nothing new."""
        is_late = row["status_at"] is not None and news.at < row["status_at"]
        is_repeated = row["status"] == news.status and not news.text and not news.claims
        if is_late or (is_repeated and row["status_at"] == news.at):
            return False
        says_nothing = meaning is None or not row["is_open"] or is_repeated
        row |= {"status": news.status, "status_at": news.at, "number": row["number"] or news.number,
                "version": news.version or row["version"]}  # fmt: skip
        self._standings.append(store.Standing(row["reference"], news.status, news.at, row["version"], row["number"]))
        if says_nothing or meaning is None or (has_orders and is_told(meaning, row["told"])):
            return False
        if has_orders:
            self._note_told(row, told_after(meaning, row["told"]))
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


def _ends(news: News, codes: Codes) -> bool:
    """Tell whether news ends its requests: work called off with it needs no word of its own."""
    meaning = codes.status(news.status)
    return meaning is not None and meaning.means in ENDINGS

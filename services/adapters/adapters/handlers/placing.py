"""Finding the requests that an agency's system speaks of: by our reference, their number, or a work order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters import store
from adapters.domain.news import News
from chassis.sql import Row


class Records:
    """Handovers, and the work orders on them as far as they are known; what is heard meanwhile is known from then on.

    `jobs` are work orders, once for each handover that they work on.
    """

    def __init__(self, rows: Sequence[dict[str, Any]], jobs: Sequence[Row]) -> None:
        self._by_reference = {row["reference"]: row for row in rows}
        self._by_number: dict[str, list[str]] = defaultdict(list)
        self._by_order: dict[str, dict[str, None]] = defaultdict(dict)
        self._on: dict[str, dict[str, None]] = defaultdict(dict)
        self._jobs: dict[str, Mapping[str, Any]] = {}
        for row in rows:
            if row["number"] is not None:
                self._by_number[row["number"]].append(row["reference"])
        for job in jobs:
            self._jobs[job["number"]] = job
            self._cover(job["number"], [job["reference"]])

    def about(self, news: News) -> list[dict[str, Any]]:
        """List what news is about; the number and the work order it names are its own from now on."""
        if news.reference or news.number:
            names = {*self._by_number.get(news.number or "", ()), news.reference or ""}
        else:
            names = set(self._by_order.get(news.order_number or "", ()))
        found = self._rows(names)
        references = [row["reference"] for row in found]
        if news.order_number:
            self._cover(news.order_number, references)
        if news.number:
            self._by_number[news.number] += references  # later news may name the number alone
        return found

    def under(self, news: News) -> list[dict[str, Any]]:
        """List the handovers that a work order says it works on."""
        numbers = news.order.records if news.order else ()
        return self._rows({name for number in numbers for name in self._by_number.get(number, ())})

    def job(self, number: str | None) -> Mapping[str, Any] | None:
        """Give a work order as it was known."""
        return self._jobs.get(number or "")

    def orders_on(self, references: Sequence[str]) -> dict[str, str | None]:
        """List the work orders on handovers, with the status of each; None where it was not read yet."""
        numbers = [number for reference in references for number in self._on[reference]]
        return {number: job["status"] if (job := self._jobs.get(number)) else None for number in numbers}

    def starts_at(self, number: str) -> datetime | None:
        """Tell when the work of an order begins, where that is known."""
        job = self._jobs.get(number)
        return job["starts_at"] if job else None

    def note(self, job: store.Job) -> None:
        """Know from now on where a work order stands, and what it works on."""
        self._jobs[job.number] = job._asdict()
        for reference in self._by_order.pop(job.number, ()):
            self._on[reference].pop(job.number, None)
        self._cover(job.number, job.references)

    def _cover(self, number: str, references: Sequence[str]) -> None:
        self._by_order[number] |= dict.fromkeys(references)
        for reference in references:
            self._on[reference][number] = None

    def _rows(self, names: set[str]) -> list[dict[str, Any]]:
        return [self._by_reference[name] for name in sorted(names) if name in self._by_reference]

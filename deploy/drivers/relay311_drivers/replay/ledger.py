"""Keeps what was read, sent and heard in a file on disk, so that memory does not grow with the export."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from relay311_drivers.bodies import line_of
from relay311_drivers.replay.rows import LegacyRow, Refused

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS row (
  number TEXT PRIMARY KEY, line INTEGER NOT NULL, opened TEXT NOT NULL, ended TEXT, outcome TEXT NOT NULL,
  owner TEXT NOT NULL, triaged INTEGER NOT NULL, reachable INTEGER NOT NULL, body BLOB NOT NULL,
  request_id TEXT, tracking_number TEXT);
CREATE INDEX IF NOT EXISTS row_opened ON row (opened, line);
CREATE INDEX IF NOT EXISTS row_request ON row (request_id);
CREATE TABLE IF NOT EXISTS assignment (assignment_id TEXT PRIMARY KEY, request_id TEXT NOT NULL, agency TEXT NOT NULL,
  sequence INTEGER NOT NULL, replaced INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS assignment_request ON assignment (request_id);
CREATE TABLE IF NOT EXISTS heard (what TEXT, request_id TEXT, PRIMARY KEY (what, request_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (intent_id TEXT PRIMARY KEY, request_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (line INTEGER, number TEXT, reason TEXT, detail TEXT);
"""
_KNOWN: Final = "request_id IN (SELECT request_id FROM row WHERE request_id IS NOT NULL)"
_COUNTS: Final = f"""
SELECT count(*), count(request_id),
  (SELECT count(DISTINCT request_id) FROM assignment WHERE {_KNOWN}),
  (SELECT count(*) FROM heard WHERE what = 'promised' AND {_KNOWN}),
  (SELECT count(*) FROM heard WHERE what = 'closed' AND {_KNOWN}),
  (SELECT count(*) FROM heard WHERE what = 'referred' AND {_KNOWN}),
  (SELECT count(*) FROM heard WHERE what = 'told' AND {_KNOWN}),
  (SELECT count(*) FROM message WHERE {_KNOWN}),
  sum(outcome IN ('closed', 'cancelled') AND request_id IS NOT NULL),
  sum(outcome = 'referral' AND request_id IS NOT NULL),
  sum(outcome IN ('closed', 'cancelled') AND reachable AND request_id IS NOT NULL)
FROM row
"""
_MATCHES: Final = """
SELECT row.triaged, assignment.agency = row.owner, count(*) FROM row JOIN assignment USING (request_id)
WHERE sequence = (SELECT min(sequence) FROM assignment AS first WHERE first.request_id = row.request_id)
GROUP BY 1, 2
"""


class Counts(NamedTuple):
    """How far the replay is: `to_…` is what the rows created so far ask for, `told` whose reporters know the end."""

    valid: int
    created: int
    assigned: int
    promised: int
    closed: int
    referred: int
    told: int
    messages: int
    to_close: int
    to_refer: int
    to_tell: int


class Ending(NamedTuple):
    """One assignment to be ended as the file says; `agency` has it, whoever the file names."""

    request_id: str
    tracking_number: str
    number: str
    outcome: str
    ended: str
    agency: str
    assignment_id: str


class Assigned(NamedTuple):
    """An assignment heard of; `replaces` is the one it ends."""

    assignment_id: str
    request_id: str
    agency: str
    sequence: int
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """The share of requests whose first agency is the recorded owner: all, and without the triage desk's."""

    overall: float | None
    routed: float | None


class Ledger:
    """The replay's own books, apart from the platform's; those that are `kept` survive a kill at any moment."""

    def __init__(self, folder: Path, *, kept: bool = False) -> None:
        self._db = sqlite3.connect(folder / "ledger.sqlite", isolation_level=None)
        journal = "WAL" if kept else "OFF"
        self._db.executescript(f"PRAGMA journal_mode = {journal}; PRAGMA synchronous = OFF;" + _TABLES)

    def add(self, row: LegacyRow) -> bool:
        """Keep a row; False when its number was there before."""
        ended = row.ended_at.isoformat() if row.ended_at else None
        body = orjson.dumps(line_of(row.report))
        known = (row.number, row.line, row.opened_at.isoformat(), ended, row.outcome, row.owner, row.triaged)
        values = (*known, row.report.reporter is not None, body)
        sql = "INSERT OR IGNORE INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
        return self._db.execute(sql, values).rowcount == 1

    def refuse(self, refused: Refused) -> None:
        """Keep why a row was not taken; the row itself, if it was read, is forgotten."""
        self._db.execute("DELETE FROM row WHERE number = ? AND line = ?", (refused.number, refused.line))
        values = (refused.line, refused.number, refused.reason, refused.detail)
        self._db.execute("INSERT INTO refused VALUES (?, ?, ?, ?)", values)

    def refusals(self) -> Counter[str]:
        """Count the rows not taken by reason."""
        return Counter(dict(self._db.execute("SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY reason")))

    def in_order(self, size: int) -> Iterator[list[tuple[int, str, bytes]]]:
        """Give (line, number, body as JSON) in order of event time, `size` at a time."""
        at: tuple[str, int] = ("", -1)
        sql = "SELECT opened, line, number, body FROM row WHERE (opened, line) > (?, ?) AND request_id IS NULL"
        sql += " ORDER BY opened, line LIMIT ?"
        while rows := self._db.execute(sql, (*at, size)).fetchall():
            at = (rows[-1][0], rows[-1][1])
            yield [(line, number, body) for _, line, number, body in rows]

    def begin_again(self) -> None:
        """Forget what was refused: a row may have been mended since."""
        self._db.execute("DELETE FROM refused")

    def refused(self) -> Iterator[Refused]:
        """Give the rows not taken, in the file's order."""
        for row in self._db.execute("SELECT line, number, reason, detail FROM refused ORDER BY line"):
            yield Refused(*row)

    def created(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Note (request_id, tracking_number, number) of rows the platform took."""
        self._all("UPDATE row SET request_id = ?, tracking_number = ? WHERE number = ?", rows)

    def heard(self, what: str, request_ids: Iterable[str]) -> None:
        """Note that something was heard of requests: `promised`, `closed`, `referred` or `told`."""
        self._all("INSERT OR IGNORE INTO heard VALUES (?, ?)", ((what, request_id) for request_id in request_ids))

    def assigned(self, assignments: list[Assigned]) -> None:
        """Note who has which request now."""
        self._all("INSERT OR IGNORE INTO assignment VALUES (?, ?, ?, ?, 0)", (a[:4] for a in assignments))
        replaced = ((a.replaces,) for a in assignments if a.replaces)
        self._all("UPDATE assignment SET replaced = 1 WHERE assignment_id = ?", replaced)

    def messages(self, rows: Iterable[tuple[str, str]]) -> None:
        """Note (intent_id, request_id) of messages that were settled."""
        self._all("INSERT OR IGNORE INTO message VALUES (?, ?)", rows)

    def _all(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(sql, rows)
        self._db.execute("COMMIT")

    def unassigned(self, *, triaged: bool, limit: int) -> list[tuple[str, str, str]]:
        """List (request_id, number, owner) of created requests nobody has yet: those for triage, or the others."""
        sql = """SELECT request_id, number, owner FROM row WHERE request_id IS NOT NULL AND triaged = ?
          AND request_id NOT IN (SELECT request_id FROM assignment) ORDER BY opened, line LIMIT ?"""
        return self._db.execute(sql, (triaged, limit)).fetchall()

    def endings(self, size: int) -> Iterator[list[Ending]]:
        """Give what has still to end, in order of event time, some `size` assignments at a time."""
        at: tuple[str, str] = ("", "")
        sql = """SELECT request_id, tracking_number, number, outcome, ended, agency, assignment_id
          FROM row JOIN assignment USING (request_id)
          WHERE outcome != 'open' AND replaced = 0 AND (ended, assignment_id) > (?, ?)
          AND request_id NOT IN (SELECT request_id FROM heard WHERE what IN ('closed', 'referred'))
          ORDER BY ended, assignment_id LIMIT ?"""
        while rows := self._db.execute(sql, (*at, size)).fetchall():
            at = (rows[-1][4], rows[-1][6])
            yield [Ending(*row) for row in rows]

    def counts(self) -> Counts:
        """Count everything that is known of this file's requests."""
        return Counts(*(count or 0 for count in self._db.execute(_COUNTS).fetchone()))

    def match(self) -> Match:
        """Compare the first agency of each request with its recorded owner."""
        found = {(bool(triaged), bool(same)): count for triaged, same, count in self._db.execute(_MATCHES)}
        return Match(_share(found, (False, True)), _share(found, (False,)))

    def close(self) -> None:
        """Forget the file."""
        self._db.close()


def _share(found: dict[tuple[bool, bool], int], triaged: tuple[bool, ...]) -> float | None:
    """Give the share of matches, to four places; None when nothing was assigned.

    >>> _share({(False, True): 3, (False, False): 1}, (False, True))
    0.75
    """
    same = sum(found.get((group, True), 0) for group in triaged)
    total = same + sum(found.get((group, False), 0) for group in triaged)
    return round(same / total, 4) if total else None

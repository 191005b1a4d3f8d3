"""A changed set of rules run over past requests: what would go elsewhere, before anything does."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from contracts.vocabulary import Setting
from routing.domain.directory import Directory
from routing.domain.rules import Question, choose

WAITS: Final = "triage"
"""Where a request is that no rule is sure about."""
_KINDS: Final[Mapping[str, str]] = {Setting.PRIVATE_PROPERTY: "private", Setting.RIGHT_OF_WAY: "right_of_way"}


class Move(NamedTuple):
    """A request that would go elsewhere; desks are `agency/queue`, joined by `+` where several work it."""

    tracking_number: str
    service_code: str
    before: str
    after: str


@dataclass(slots=True)
class Rehearsal:
    """Two directories, and what has been seen of the difference between them so far.

    >>> from contracts.city import Rule
    >>> say = {"services": ("tree",), "queue": "crew", "reason": {"en": "Trees."}, "version": 1}
    >>> now, then = ({"tree": (Rule(id="t", agency=agency, **say),)} for agency in ("parks", "streets"))
    >>> rehearsal = Rehearsal(Directory(now, {}), Directory(then, {}))
    >>> rehearsal.look("T-1", Question("tree", {}, {})), rehearsal.look("T-2", Question("light", {}, {}))
    (None, None)
    >>> rehearsal.looked_at, [(move.tracking_number, move.before, move.after) for move in rehearsal.moves]
    (2, [('T-1', 'parks/crew', 'streets/crew')])
    """

    current: Directory
    candidate: Directory
    looked_at: int = 0
    moves: list[Move] = field(default_factory=list)

    def look(self, tracking_number: str, question: Question) -> None:
        """Ask both sets of rules for the desks of one request."""
        self.looked_at += 1
        before, after = desks(question, self.current), desks(question, self.candidate)
        if before != after:
            self.moves.append(Move(tracking_number, question.service_code, before, after))

    def look_at(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Look at requests as they are stored."""
        for row in rows:
            self.look(row["tracking_number"], past_question(row))

    def summary(self) -> dict[str, Any]:
        """Count what would move, by service and by agency, the most first."""
        by_service = Counter((move.service_code, move.before, move.after) for move in self.moves)
        by_agency = Counter((_agencies(move.before), _agencies(move.after)) for move in self.moves)
        return {
            "looked_at": self.looked_at,
            "moved": len(self.moves),
            "by_agency": [{"before": b, "after": a, "requests": n} for (b, a), n in by_agency.most_common()],
            "by_service": [{"service_code": s, "before": b, "after": a, "requests": n}
                           for (s, b, a), n in by_service.most_common()],
        }  # fmt: skip


def desks(question: Question, directory: Directory) -> str:
    """Name the desks of a request in words."""
    return "+".join(f"{choice.agency}/{choice.queue}" for choice in choose(question, directory)) or WAITS


def past_question(row: Mapping[str, Any]) -> Question:
    """Say what the rules may look at in a request as it is stored; it is asked as though it came in today.

    >>> stored = {"service_code": "tree", "attributes": {}, "channel": "web", "opened_at": "2026-01-05T09:00:00Z",
    ...           "place": {"latitude": 34.0, "longitude": -118.0, "setting": "private_property"}}
    >>> asked = past_question(stored)
    >>> asked.areas, asked.spot, asked.opened_at.hour
    ({'location_kind': 'private'}, (34.0, -118.0), 9)
    """
    place = row["place"] or {}
    kind, spot = _KINDS.get(place.get("setting") or ""), (place.get("latitude"), place.get("longitude"))
    areas = (place.get("area") or {}) | ({"location_kind": kind} if kind else {})
    opened_at = datetime.fromisoformat(row["opened_at"]) if row["opened_at"] else None
    whole = (spot[0], spot[1]) if spot[0] is not None and spot[1] is not None else None
    return Question(
        row["service_code"], row["attributes"], areas, whole, place.get("asset_id"), row["channel"], opened_at
    )


def touched(current: Directory, candidate: Directory) -> list[str]:
    """List the services whose rules differ in any way; requests of others cannot move.

    >>> from contracts.city import Rule
    >>> tree = Rule(id="t", version=1, services=("tree",), agency="a", queue="q", reason={"en": "Trees."})
    >>> rest = {"light": ()}
    >>> touched(Directory({"tree": (tree,), **rest}, {}), Directory({"tree": (tree, tree), **rest}, {}))
    ['tree']
    """
    codes = current.rules.keys() | candidate.rules.keys()
    same_ground = current.outlines == candidate.outlines and current.assets == candidate.assets
    return sorted(c for c in codes if not same_ground or current.rules.get(c) != candidate.rules.get(c))


def _agencies(named: str) -> str:
    return "+".join(desk.partition("/")[0] for desk in named.split("+"))

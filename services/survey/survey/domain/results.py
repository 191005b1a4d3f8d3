"""Results that can be shared: counts, means and who did not answer; never so few answers that one person shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from chassis.small_counts import FEWEST_SHOWN, kept_back
from contracts.survey import Stage

FIGURES: Final = ("work_rating", "handling_rating", "agent_rating", "done_share", "disputed")
_DERIVED: Final = ("answered", "response_rate", "share_of_answers", "representation")
_HEARD: Final = ("asked", "rating", "unasked", "unasked_rating", "praise", "complaints")
_COUNTS: Final = frozenset({"asked", "unasked", "praise", "complaints"})
Line = Mapping[str, Any]


def shareable(rows: Sequence[Line]) -> list[dict[str, Any]]:
    """Return lines of results; with fewer than five answers a line says so and keeps its figures to itself.

    Where one such line alone could be told from the total, the next smallest is kept back with it.

    >>> line = {"service_code": "graffiti-removal", "invited": 9, "answered": 4, "work_rating": 4.5, "done_share": 1.0}
    >>> (shown,) = shareable([line])
    >>> shown["suppressed"], shown["answered"], shown["work_rating"], shown["response_rate"]
    (True, None, None, None)
    >>> shareable([line | {"answered": 6}])[0]["response_rate"]
    0.667
    >>> [one["suppressed"] for one in shareable([line, line | {"answered": 30}, line | {"answered": 7}])]
    [True, False, True]
    """
    hidden = suppressed([row["answered"] for row in rows])
    return [_shown(row, few=n in hidden) for n, row in enumerate(rows)]


def _shown(row: Line, *, few: bool) -> dict[str, Any]:
    rate = row["answered"] / row["invited"] if row["invited"] else None
    known = {**row, "response_rate": rate, **{name: row.get(name) for name in FIGURES}}
    kept: dict[str, Any] = {
        name: None if few else _rounded(known[name]) for name in (*FIGURES, *_DERIVED) if name in known
    }
    return {**known, **kept, "suppressed": few}


def suppressed(answers: Sequence[int]) -> set[int]:
    """Return which lines are kept back: those with few answers, and one more where they could be worked out.

    >>> suppressed([4, 30, 7]), suppressed([4, 3, 30]), suppressed([2, 2, 30]), suppressed([0, 30])
    ({0, 2}, {0, 1}, {0, 1, 2}, {0})
    """
    return kept_back(answers) | {n for n, count in enumerate(answers) if not count}


def by_stage(heard: Mapping[str, Line]) -> list[dict[str, Any]]:
    """Say what was heard of each part of a request's way, in its order; where few were heard, nothing is shown.

    >>> told = {"unasked": 2, "unasked_rating": 1.0, "praise": 0, "complaints": 2}
    >>> lines = by_stage({"intake": {"asked": 9, "rating": 4.0, **told}, "work": {"asked": 1, "rating": 2.0, **told}})
    >>> [(line["stage"], line["asked"], line["rating"], line["complaints"]) for line in lines]
    [('intake', 9, 4.0, 2), ('work', None, None, None), ('closure', None, None, None)]
    """
    nothing = {name: 0 if name in _COUNTS else None for name in _HEARD}
    lines = [{"stage": stage.value, **nothing, **heard.get(stage.value, {})} for stage in Stage]
    return [_told(line, few=line["asked"] + line["unasked"] < FEWEST_SHOWN) for line in lines]


def _told(line: Line, *, few: bool) -> dict[str, Any]:
    return {**line, **{name: None if few else _rounded(line[name]) for name in _HEARD}, "suppressed": few}


def compared(closed: Mapping[str, int], lines: Iterable[Line]) -> dict[str, Any]:
    """Hold who answered against all closings, also those that nobody was asked about.

    `representation` above 1 is heard more often than it should be; `bias` is the share of answers that would have to
    move for the two to agree; `weighted_work_rating` is what the mean would be if all were heard alike.

    >>> closed = {"lights": 80, "trees": 20}
    >>> lines = [{"value": "lights", "invited": 40, "answered": 20, "work_rating": 4.0},
    ...          {"value": "trees", "invited": 20, "answered": 20, "work_rating": 2.0}]
    >>> found = compared(closed, lines)
    >>> [(line["value"], line["representation"]) for line in found["lines"]]
    [('lights', 0.625), ('trees', 2.5)]
    >>> found["bias"], found["work_rating"], found["weighted_work_rating"], found["response_rate"]
    (0.3, 3.0, 3.6, 0.667)
    """
    known = {line["value"]: line for line in lines}
    every, answers = sum(closed.values()), sum(line["answered"] for line in known.values())
    asked = sum(line["invited"] for line in known.values())
    values = sorted({*closed, *known})
    told = [_held(value, known.get(value), closed.get(value, 0), every, answers) for value in values]
    few = answers < FEWEST_SHOWN
    whole = {
        "closed": every,
        "asked": asked,
        "answered": answers,
        "response_rate": answers / asked if asked else None,
        "bias": sum(abs(line["share_of_answers"] - line["share_of_closed"]) for line in told) / 2 if every else None,
        "work_rating": _mean((line["work_rating"], line["answered"]) for line in told),
        "weighted_work_rating": _mean((line["work_rating"], line["closed"]) for line in told),
    }
    always = {"closed", "asked"}
    shown = {name: value if name in always else None if few else _rounded(value) for name, value in whole.items()}
    return {**shown, "suppressed": few, "lines": shareable(told)}


def _held(value: str, line: Line | None, closed: int, every: int, answers: int) -> dict[str, Any]:
    empty = {"value": value, "invited": 0, "answered": 0, **dict.fromkeys(FIGURES)}
    row = {**empty, **(line or {}), "closed": closed}
    share, heard = (closed / every if every else 0.0), (row["answered"] / answers if answers else 0.0)
    row |= {"share_of_closed": round(share, 3), "share_of_answers": heard}
    return row | {"representation": heard / share if share else None}


def _mean(pairs: Iterable[tuple[float | None, int]]) -> float | None:
    """Return the mean of what is known, weighted."""
    known = [(value, weight) for value, weight in pairs if value is not None and weight]
    whole = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / whole if whole else None


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value

"""Results that can be shared: counts and means, never so few answers that one person could be told from them."""

from collections.abc import Mapping
from typing import Any, Final

FEWEST_SHOWN: Final = 5

FIGURES: Final = ("work_rating", "handling_rating", "agent_rating", "done_share", "disputed")


def shareable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of results; with fewer than five answers it says so and keeps its figures to itself.

    >>> line = {"service_code": "graffiti-removal", "invited": 9, "answered": 4, "work_rating": 4.5, "done_share": 1.0}
    >>> shown = shareable(line)
    >>> shown["suppressed"], shown["answered"], shown["work_rating"], shown["response_rate"]
    (True, None, None, None)
    >>> shareable(line | {"answered": 6})["response_rate"]
    0.667
    """
    few = row["answered"] < FEWEST_SHOWN
    figures = {name: None if few else _rounded(row.get(name)) for name in FIGURES}
    rate = None if few else _rounded(row["answered"] / row["invited"])
    answered = None if few else row["answered"]
    return {**row, **figures, "answered": answered, "response_rate": rate, "suppressed": few}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value

"""How far people come with a form, and where they give up: steps are counted, and nobody is known by them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from chassis.small_counts import FEWEST_SHOWN, kept_back

Step = Literal["begun", "type", "questions", "place", "photo", "contact", "review", "sent"]
STEPS: Final[tuple[Step, ...]] = ("begun", "type", "questions", "place", "photo", "contact", "review", "sent")
"""From the first sight of a form to its report, each reached when what it asks for was told."""
SENT: Final = STEPS.index("sent")
GIVEN_UP: Final = timedelta(days=1)
"""A form that nobody went on with for so long was given up."""
_TOLD: Final[Mapping[str, Step]] = {
    "reporter": "contact",
    "photos": "photo",
    "place": "place",
    "attributes": "questions",
    "service_code": "type",
}
_ASKED: Final[Mapping[str, Step]] = {
    "propose": "begun",
    "question": "type",
    "place": "questions",
    "photo": "place",
    "confirm": "review",
}


def step_of_draft(body: Mapping[str, Any]) -> Step:
    """Say how far a draft has come, by what it tells already.

    >>> step_of_draft({"channel": "web"}), step_of_draft({"service_code": "pothole", "place": {"address": "1 Main St"}})
    ('begun', 'place')
    """
    return next((step for name, step in _TOLD.items() if body.get(name)), "begun")


def step_of_talk(asked: str) -> Step | None:
    """Say how far a conversation has come with a report, by what it asks for now; None while it tells of none.

    >>> step_of_talk("photo"), step_of_talk("confirm"), step_of_talk("menu")
    ('place', 'review', None)
    """
    return _ASKED.get(asked)


def shown_forms(counts: Sequence[Mapping[str, Any]], paces: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tell of each form and channel how many began, sent and gave up, at which step, and in how many seconds.

    A line of fewer than five is kept back, and one more where it could be told from the others; so is a figure.

    >>> def counted(service, reached, forms, is_idle=True):
    ...     return {"service_code": service, "channel": "web", "reached": reached, "is_idle": is_idle, "forms": forms}
    >>> counts = [counted("pothole", SENT, 30), counted("pothole", 3, 9), counted("pothole", 1, 6, is_idle=False)]
    >>> pace = {"service_code": "pothole", "channel": "web", "again": None, "sent": 30, "half": 95.0, "most": 240.0}
    >>> (line,) = shown_forms(counts, [pace])
    >>> line["begun"], line["sent"], line["given_up"], line["under_way"], line["given_up_after"]
    (45, 30, 9, 6, {'place': 9})
    >>> line["completion"], line["seconds"]["all"]
    (0.769, {'sent': 30, 'half': 95.0, 'most': 240.0})
    >>> [one["suppressed"] for one in shown_forms([*counts, counted("lamp", 2, 3)], [pace])]
    [True, True]
    """
    forms = sorted({(row["service_code"], row["channel"]) for row in counts})
    lines = [_line(form, counts, paces) for form in forms]
    hidden = kept_back([line["begun"] for line in lines])
    return [_blank(line) if n in hidden else line for n, line in enumerate(lines)]


def _line(
    form: tuple[str, str], counts: Sequence[Mapping[str, Any]], paces: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    own = [row for row in counts if (row["service_code"], row["channel"]) == form]
    sent = sum(row["forms"] for row in own if row["reached"] == SENT)
    lost = {STEPS[row["reached"]]: row["forms"] for row in own if row["reached"] < SENT and row["is_idle"]}
    begun, given_up = sum(row["forms"] for row in own), sum(lost.values())
    ends = _shown({"sent": sent, "given_up": given_up, "under_way": begun - sent - given_up})
    whole = ends["sent"] is not None and ends["given_up"] is not None and sent + given_up
    return {
        "service_code": form[0] or None,
        "channel": form[1],
        "begun": begun,
        **ends,
        "completion": round(sent / whole, 3) if whole else None,
        "given_up_after": _shown(lost),
        "seconds": _seconds([row for row in paces if (row["service_code"], row["channel"]) == form]),
        "suppressed": False,
    }


def _seconds(paces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tell the seconds of half and of nine in ten: of all, of who fills a form in for the first time, and again."""
    names = {None: "all", False: "first_time", True: "again"}
    return {
        names[row["again"]]: {name: row[name] for name in ("sent", "half", "most")}
        for row in paces
        if row["sent"] >= FEWEST_SHOWN
    }


def _shown(counts: Mapping[str, int]) -> dict[str, int | None]:
    hidden = kept_back(list(counts.values()))
    return {name: None if n in hidden else count for n, (name, count) in enumerate(counts.items())}


def _blank(line: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: line[name] for name in ("service_code", "channel")}
    unknown = dict.fromkeys(("begun", "sent", "given_up", "under_way", "completion", "given_up_after", "seconds"))
    return {**known, **unknown, "suppressed": True}

"""Reads one row of a city's export: either everything the platform needs, or the reason why it cannot be taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from contracts.city import City, LegacyImport
from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.vocabulary import Clock

Outcome: TypeAlias = Literal["closed", "cancelled", "referral", "open"]
Cells: TypeAlias = Mapping[str, str | None]
Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not played: where it stands, a reason to count by and a sentence to read."""

    line: int
    number: str
    reason: str
    detail: str

    def __str__(self) -> str:
        """Say it on one line."""
        return f"line {self.line}: {self.number or 'no number'}: {self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """One past request: what was asked, whose it was and how it ended. `ended_at` is None for an open one."""

    line: int
    number: str
    opened_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    owner: str
    triaged: bool
    report: RequestSubmitted


class _Dirty(ValueError):  # noqa: N818 - it names what was found in the row
    """Something in a row is wrong; the reason is its first argument, the sentence its second."""


def read_row(cells: Cells, line: int, export: LegacyImport, city: City, run: str = "") -> LegacyRow | Refused:
    """Read one row. `run` makes another set of requests of the same file, as if its numbers were new."""
    number = _cell(cells, export.columns.number)
    try:
        return _row(cells, line, export, city, run)
    except _Dirty as dirty:
        reason, detail = dirty.args
        return Refused(line, number, reason, detail)
    except ValidationError as error:
        first = error.errors()[0]
        return Refused(line, number, "bad_value", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def _row(cells: Cells, line: int, export: LegacyImport, city: City, run: str) -> LegacyRow:
    column = export.columns
    number = _cell(cells, column.number) or _complain("missing_number", f"column {column.number} is empty")
    opened = _moment(cells, column.created, export) or _complain("missing_date", f"column {column.created} is empty")
    outcome = _listed(cells, column.status, export.statuses, "unknown_status")
    ended = None if outcome == "open" else _end(cells, export, opened)
    service = _routable(_listed(cells, column.type, export.types, "unknown_type"), city)
    owner = _listed(cells, column.owner, export.owners, "unknown_owner")
    key = ":".join(filter(None, (export.name, run, number)))
    report = RequestSubmitted(
        submission_key=key, external_id=number, service_code=service, requested_at=opened, clock=Clock.EVENT,
        **_said(cells, export, city.profile.languages[0]),
    )  # fmt: skip
    return LegacyRow(line, number, opened, ended, outcome, owner, service in city.profile.triage_services, report)


def _said(cells: Cells, export: LegacyImport, language: str) -> dict[str, Any]:
    """Tell what was reported, how and by whom: a made-up address of mail for each who was not anonymous."""
    column, number = export.columns, _cell(cells, export.columns.number)
    origin = _listed(cells, column.source, export.sources, "unknown_source")
    anonymous = _cell(cells, column.anonymous) in export.anonymous_values
    return {
        "submitter": f"import-{export.name}",
        "description": _cell(cells, column.type),
        "place": _place(cells, export),
        "reporter": None if anonymous else Reporter(email=f"resident-{number}@example.org", language=language),
        "channel": origin.channel,
        "operator": origin.operator,
    }


def _place(cells: Cells, export: LegacyImport) -> Place:
    column = export.columns
    areas = {kind: _cell(cells, name) for kind, name in column.areas.items() if _cell(cells, name)}
    return Place(
        address=_cell(cells, column.address) or None,
        latitude=_degrees(cells, column.latitude),
        longitude=_degrees(cells, column.longitude),
        area=areas,
        verified=bool(_cell(cells, column.latitude)),
    )


def _end(cells: Cells, export: LegacyImport, opened: datetime) -> datetime:
    """Give when the request ended: its closing date, else its last change."""
    column = export.columns
    ended = _moment(cells, column.closed, export) or _moment(cells, column.updated, export)
    if ended is None:
        return _complain("missing_end", f"columns {column.closed} and {column.updated} are empty, yet it has ended")
    if ended < opened:
        return _complain("closed_before_opened", f"ended {opened - ended} before it was opened")
    return ended


def _moment(cells: Cells, column: str, export: LegacyImport) -> datetime | None:
    """Read a local time of the city; None when the cell is empty."""
    text = _cell(cells, column)
    if not text:
        return None
    try:
        local = datetime.strptime(text, export.time_format).replace(tzinfo=ZoneInfo(export.time_zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return _complain("bad_date", f"column {column}: {text[:40]!r} is not a time like {export.time_format}")


def _degrees(cells: Cells, column: str) -> float | None:
    text = _cell(cells, column)
    try:
        return float(text) if text else None
    except ValueError:
        return _complain("bad_coordinates", f"column {column}: {text[:40]!r} is not a number")


def _listed(cells: Cells, column: str, known: Mapping[str, Known], reason: str) -> Known:
    text = _cell(cells, column)
    return known[text] if text in known else _complain(reason, f"column {column}: {text[:60]!r} is not listed")


def _routable(service: str, city: City) -> str:
    """Let a service through that a rule or the triage desk takes."""
    if city.rules_by_service.get(service) or service in city.profile.triage_services:
        return service
    return _complain("no_rule", f"no rule of the city takes {service!r}")


def _complain(reason: str, detail: str) -> NoReturn:
    raise _Dirty(reason, detail)


def _cell(cells: Cells, column: str) -> str:
    return (cells.get(column) or "").strip()

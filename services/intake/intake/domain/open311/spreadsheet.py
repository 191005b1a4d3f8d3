"""Rows of the bulk file: the proposed GeoReport bulk columns, RFC 4180, and nothing a spreadsheet would run."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.city import City
from intake.domain.open311.views import moment, request_view

COLUMNS: Final = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
    "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
    "lat", "long",
)  # fmt: skip
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Keep a spreadsheet from taking somebody's words for a formula; numbers are left as they are.

    >>> safe_text("=1+1"), safe_text("A lamp is out")
    ("'=1+1", 'A lamp is out')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_RUNS) else text


def cell(value: object) -> str:
    """Write one cell, always quoted.

    >>> [len(cell(value)) for value in ('say "now"', -118.24, None)]
    [13, 9, 2]
    """
    text = "" if value is None else safe_text(value) if isinstance(value, str) else str(value)
    return '"' + text.replace('"', '""') + '"'


def line(values: Mapping[str, object] | None) -> str:
    """Write one line; None is the line of headings.

    >>> line({"service_request_id": "A1"}).count(",")
    13
    """
    cells = (f'"{name}"' if values is None else cell(values.get(name)) for name in COLUMNS)
    return ",".join(cells) + "\r\n"


def row_of(facts: Mapping[str, Any], city: City, language: str) -> dict[str, object]:
    """Choose one request's values, of those that everybody may see."""
    shown = request_view(facts, city, language)
    return shown | {
        "closed_date": moment(facts.get("closed_at")),
        "status_description": facts["status"],
        "source": facts["channel"],
        "service_subtype": None,
    }

"""Correcting a request while there is work to do: what it says then, in public and in the vault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.city import City
from contracts.frontends import Answer, Place
from intake.domain.masking import mask
from intake.domain.requests.report import OwnReport, Report
from intake.domain.requests.taking import split_answers


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as it was told: the originals, from the vault where the public copy differs."""

    service_code: str
    description: str
    place: Place
    attributes: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is told anew; None leaves it as it is. An empty answer takes an answer away."""

    description: str | None = None
    place: Place | None = None
    attributes: Mapping[str, Answer] | None = None


@dataclass(frozen=True, slots=True)
class Amended:
    """A request after its amendment: the public copy, and the originals that stay in the vault."""

    description: str
    attributes: Mapping[str, Answer]
    original: str | None
    personal: Mapping[str, Answer]


def report_after(standing: Standing, told: Amendment) -> OwnReport:
    """Make the report that the amended request would have been: the catalog judges it as any other.

    >>> before = Standing("pothole", "A hole", Place(address="1 Elm St"), {"size": "big", "lane": "left"})
    >>> report_after(before, Amendment(attributes={"size": "small", "lane": ""})).attributes
    {'size': 'small'}
    """
    answers = {**standing.attributes, **(told.attributes or {})}
    return OwnReport(
        service_code=standing.service_code,
        description=standing.description if told.description is None else told.description,
        place=told.place or standing.place,
        attributes={code: answer for code, answer in answers.items() if answer},
    )


def is_touched(field: str, told: Amendment) -> bool:
    """Tell whether a fault lies in what was told now; what an older system never asked stays as it is.

    >>> is_touched("attributes.size", Amendment(description="Deeper now")), is_touched("place.address", Amendment())
    (False, False)
    """
    return getattr(told, field.partition(".")[0], None) is not None


def amended(report: Report, city: City, names: Sequence[str]) -> Amended:
    """Part an amended report into its public copy and what stays in the vault.

    >>> from types import SimpleNamespace as Some
    >>> lamp = Some(services={"lamp": Some(question=lambda code: None)})
    >>> told = report_after(Standing("lamp", "Out", Place(), {}), Amendment(description="Ask Pat at pat@example.org"))
    >>> after = amended(told, lamp, ["Pat"])
    >>> after.description, after.original
    ('Ask [name] at [e-mail]', 'Ask Pat at pat@example.org')
    """
    public, personal = split_answers(report.attributes, city, report.service_code, names)
    safe = mask(report.description, names) if report.description else ""
    return Amended(safe, public, report.description if safe != report.description else None, personal)

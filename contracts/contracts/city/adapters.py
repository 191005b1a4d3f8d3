"""How agencies without Kafka are reached: each one's system, what its codes mean, how far integration has come."""

from collections.abc import Mapping
from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, Slug
from contracts.vocabulary import Disposition, ReportKind

Kind = Literal["webhook", "open311", "sap_pm", "files"]
Link = Literal["none", "one_way", "two_ways"]
TakenIn = Literal["311", "department", "both"]
TheirCode = str
"""A code of the agency's own system, as that system writes it."""


class StatusMeaning(CityModel):
    """What a status of theirs means to us. `nothing` is known and says nothing new.

    An ending without a `disposition` takes it from the reason they give; `text` stands in for words they do not send.
    """

    means: ReportKind | Literal["nothing"]
    disposition: Disposition | None = None
    text: LocalizedText | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.disposition and self.means not in {ReportKind.COMPLETED, ReportKind.CANNOT_COMPLETE}:
            raise ValueError("gives a disposition to what is no ending; take it out, or let it mean completed")
        return self


class ReasonMeaning(CityModel):
    """What a reason of theirs means to us, and what the resident reads."""

    disposition: Disposition
    explanation: LocalizedText


class OrderMeaning(CityModel):
    """What a status of a work order of theirs means to the requests that it works on.

    It tells a step, or that the order is `finished` or was `called_off`: neither ends a request, their record of it
    does. `text` is written to the requester when an order is called off and no other goes on.
    """

    means: Literal["nothing", "accepted", "scheduled", "in_progress", "finished", "called_off"]
    text: LocalizedText | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.text and self.means != "called_off":
            raise ValueError("gives words to what needs none; take the text out, or let it mean called_off")
        return self


class OrderMapping(CityModel):
    """Their work orders, where they are read as well as their records: types and statuses, all that there are."""

    types: Mapping[TheirCode, Literal["work", "nothing"]] = Field(
        min_length=1, description="their type of order -> whether it is work on what residents asked for"
    )
    statuses: Mapping[TheirCode, OrderMeaning] = Field(
        min_length=1,
        description="their status -> what it means; of several in one line, the last listed that says anything counts",
    )


class CodeMapping(CityModel):
    """Our codes and theirs, both ways. What is not listed is never sent on: it waits for a person."""

    types: Mapping[Slug, TheirCode] = Field(min_length=1, description="our service -> their type")
    statuses: Mapping[TheirCode, StatusMeaning] = Field(min_length=1, description="their status -> what it means")
    reasons: Mapping[TheirCode, ReasonMeaning] = {}
    attributes: Mapping[Code, str] = Field(
        {}, description="our attribute -> their field; its own name where not listed"
    )
    values: Mapping[Code, Mapping[str, TheirCode]] = Field({}, description="attribute -> our answer -> their code")
    place: Mapping[Code, str] = Field(
        {}, description="`asset_id`, `setting` or a kind of area -> their field for it; all of it is in the text too"
    )
    agencies: Mapping[TheirCode, Slug] = Field({}, description="whom they refer to -> our agency")
    language: str | None = Field(
        None, description="the language the agency's people write in; the city's first where none is named"
    )
    orders: OrderMapping | None = Field(None, description="their work orders; not read where this is not given")
    duplicate_field: str | None = Field(
        None, description="their field that names the request which stands for a duplicate, by its number or ours"
    )
    priorities: Mapping[Literal["normal", "high"], TheirCode] = {"normal": "normal", "high": "high"}


class Adapter(CityModel):
    """The system an agency has. `address` is a base URL, whole or under the setting of systems' base, or a folder.

    `parameters` are the system's own: SAP's notification type and plant, Open311's jurisdiction.
    """

    agency: Slug
    kind: Kind
    title: str
    address: str
    parameters: Mapping[Code, str] = {}
    poll_seconds: float = Field(60, ge=0.2, le=3600)
    give_up_hours: float = Field(72, gt=0, le=720, description="a delivery that fails so long is parked")
    reconcile_at: time = Field(time(3, 30), description="when both sides are compared, in the city's own time")
    mapping: CodeMapping
    source: str


class Integration(CityModel):
    """How far an agency's integration has come, for some of its services or for all."""

    agency: Slug
    services: tuple[Slug, ...] = ()
    link: Link
    wanted: Link = "two_ways"
    taken_in: TakenIn = Field(description="where residents can ask for it: in 311, at the department alone, or at both")
    note: LocalizedText | None = None
    source: str


class AdaptersFile(CityModel):
    """`adapters.yaml`, which a city may do without: all its agencies then have Kafka."""

    integrations: tuple[Integration, ...] = ()
    adapters: tuple[Adapter, ...] = ()

"""What is said to people: notices, phrases and dispositions in words."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, LocalizedText, Slug
from contracts.vocabulary import Disposition, EvidenceKind, Moment, Substatus

VALUES: frozenset[str] = frozenset({
    "tracking_number", "service_name", "agency_name", "city_name", "city_phone", "expected_text", "due_date",
    "explanation", "link", "survey_link", "message", "disposition_name", "role_title", "dispute_days",
    "held_until", "expected_before", "due_before", "due_kept", "due_new", "look_by", "late_since", "outcome_name",
    "campaign_title", "campaign_text",
})  # fmt: skip
"""The values a template may name in `{{ }}`."""


class Template(CityModel):
    """One notice: an e-mail (subject and body) and its short text; to the requester or to the agency's own people."""

    moment: Moment
    audience: Literal["requester", "agency"] = "requester"
    subject: LocalizedText
    body: LocalizedText
    sms: LocalizedText


class Phrases(CityModel):
    """Times and forecasts in words; durations are built from the counted nouns."""

    forecast: LocalizedText = Field(description="names {{ service }} and {{ duration }}")
    forecast_none: LocalizedText
    target: LocalizedText = Field(description="names {{ due_date }}")
    target_within: LocalizedText | None = Field(None, description="names {{ duration }}; said before a request exists")
    expected_first: LocalizedText | None = Field(None, description="names {{ due_date }}; said with a first forecast")
    expected_on: LocalizedText | None = Field(None, description="names {{ due_date }}; said when a forecast moved")
    waiting: LocalizedText | None = Field(None, description="said, after the reason, while the clock stands still")
    no_target: LocalizedText
    late: LocalizedText
    hour_one: LocalizedText
    hour_other: LocalizedText = Field(description="names {{ count }}")
    day_one: LocalizedText
    day_other: LocalizedText
    about_months: LocalizedText = Field(description="names {{ days }} and {{ count }}")
    date_format: LocalizedText = Field(description="names {{ day }}, {{ month }} and {{ year }}")
    months: dict[str, tuple[str, ...]] = Field(description="twelve month names by language")


class StatusWords(CityModel):
    """What a resident reads for a substatus, the same for every agency."""

    substatus: Substatus
    name: LocalizedText
    meaning: LocalizedText


class DispositionRule(CityModel):
    """Why a request ended, and what an agency must give to end it so."""

    code: Disposition
    name: LocalizedText
    meaning: LocalizedText
    work_done: bool
    needs_evidence: bool
    needs_explanation: bool
    evidence_kinds: tuple[EvidenceKind, ...] = ()
    least_words: int = Field(default=1, ge=1, le=50, description="words an explanation needs to say anything")
    needs_parent: bool = Field(default=False, description="the agency names the request that stands for this one")
    needs_recipient: bool = Field(default=False, description="the agency names who outside the city has it now")


class ListedReason(CityModel):
    """Why a request is referred, diverted or ends undone, as the resident reads it; agencies and clerks give the code.

    `ends_as` are the dispositions it explains; `refers` says that it explains why a request goes to another agency,
    `diverts` why the triage desk sends it elsewhere.
    """

    code: Slug
    says: LocalizedText
    ends_as: tuple[Disposition, ...] = ()
    refers: bool = False
    diverts: bool = False

    @model_validator(mode="after")
    def _explains_something(self) -> Self:
        if not (self.ends_as or self.refers or self.diverts):
            raise ValueError("explains nothing; give ends_as, refers or diverts")
        return self

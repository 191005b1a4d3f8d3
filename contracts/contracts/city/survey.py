"""What is asked once a request is closed, whom and how often, and who looks after what people answer or complain of."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import PLACEHOLDER, CityModel, Code, LocalizedText, Share
from contracts.survey import FollowUpKind
from contracts.vocabulary import Channel


class SurveyQuestion(CityModel):
    """One question to the resident: a rating from 1 (worst) to 5 (best), yes or no, or free words."""

    code: Code
    kind: Literal["rating", "yes_no", "text"]
    label: LocalizedText
    lowest: LocalizedText | None = None
    highest: LocalizedText | None = None
    required: bool = False
    channels: tuple[Channel, ...] = Field(default=(), description="asked only for these channels; empty: for all")


class Fatigue(CityModel):
    """How often one person is asked: of a closing that would be one too many, nothing is asked.

    Who disputed a closing is always asked about the next one.
    """

    at_most: int = Field(ge=1, le=1000)
    in_days: int = Field(ge=1, le=365)


class SurveyByKeys(CityModel):
    """How the questions sound by text and over the telephone; ratings and yes or no alone are asked so."""

    yes_no: LocalizedText = Field(description="names {{ question }}; 1 is yes, 2 is no")
    rating: LocalizedText = Field(description="names {{ question }}, {{ lowest }} and {{ highest }}; 1 to 5")
    offer: LocalizedText = Field(description="said to a caller who was asked, after the menu; the star begins it")
    pause_minutes: int = Field(default=60, ge=1, le=10_080, description="then what was answered so far counts")

    @model_validator(mode="after")
    def _values_known(self) -> Self:
        for texts, values in ((self.yes_no, {"question"}), (self.rating, {"question", "lowest", "highest"})):
            for text in texts.root.values():
                if strange := set(PLACEHOLDER.findall(text)) - values:
                    raise ValueError(f"names {', '.join(sorted(strange))}, which it is not given")
        return self


class FollowUps(CityModel):
    """What makes an answer somebody's to look after, and how long they have."""

    rating_at_most: int = Field(default=2, ge=1, le=4, description="a rating as low as this is followed up")
    praise_from: int = Field(default=5, ge=2, le=5, description="words with a rating as high as this are praise")
    hours: float = Field(default=120, gt=0, le=8760, description="from the answer until it is to be settled")
    complaint_hours: float = Field(default=48, gt=0, le=8760, description="the same for a complaint")
    remind_hours: float = Field(
        default=24, ge=0, le=8760, description="before it is due whoever has it is reminded; 0 for never"
    )
    assess_days: int = Field(
        default=30, ge=1, le=365, description="how often an agency without an agreement is given its results to assess"
    )
    outcomes: dict[Code, LocalizedText] = Field(default={}, description="how a follow-up may be settled")
    kinds: dict[FollowUpKind, LocalizedText] = Field(default={}, description="what each kind is called to who has it")


class Category(CityModel):
    """What a complaint is about."""

    code: Code
    name: LocalizedText


class PassiveBaseline(CityModel):
    """How many said something of their own accord before anybody was asked."""

    comments: int = Field(ge=0)
    requests: int = Field(ge=1)
    source: str = Field(min_length=1)


class Survey(CityModel):
    """The survey of the city and the rules of a dispute."""

    questions: tuple[SurveyQuestion, ...] = Field(min_length=1)
    link_valid_days: int = Field(ge=1, le=365)
    dispute_days: int = Field(ge=1, le=365)
    immediate_disputes: int = Field(ge=0, description="disputes that reopen at once; later ones go to a supervisor")
    introduction: LocalizedText
    thanks: LocalizedText
    share: Share = Field(default=1.0, description="of the closings that are asked about")
    fatigue: Fatigue | None = Field(default=None, description="none asks about every closing")
    reminder_days: int | None = Field(default=None, ge=1, le=365, description="after the invitation, once; none: never")
    by_keys: SurveyByKeys | None = Field(default=None, description="none takes answers by link alone")
    follow_ups: FollowUps = FollowUps()
    categories: tuple[Category, ...] = Field(default=(), description="what complaints are about")
    passive_baseline: PassiveBaseline | None = None

    @model_validator(mode="after")
    def _reminded_in_time(self) -> Self:
        if self.reminder_days is not None and self.reminder_days >= self.link_valid_days:
            raise ValueError("reminds after the link has run out; make reminder_days smaller than link_valid_days")
        for codes in ([one.code for one in self.questions], [one.code for one in self.categories]):
            if len(codes) != len(set(codes)):
                raise ValueError("has one code twice; give each its own")
        return self

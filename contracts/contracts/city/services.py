"""What can be asked for: the catalog of services with their questions."""

from typing import Literal

from pydantic import Field

from contracts.city.base import CityModel, Code, LocalizedText, LocalizedWords, Slug
from contracts.vocabulary import Setting

QuestionKind = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
LocationKind = Literal["right_of_way", "private", "park"]

LISTS: frozenset[str] = frozenset({"singlevaluelist", "multivaluelist"})


class VisualAid(CityModel):
    """A picture that explains, and the same in words; `image` is a path the city's web pages know, or an address."""

    image: str = Field(pattern=r"^(https://|/)[^\s]{1,300}$")
    text: LocalizedText


class Option(CityModel):
    """One answer that may be chosen; `setting` says whose ground the place is on, if the answer tells."""

    key: Code
    name: LocalizedText
    setting: Setting | None = None
    visual_aid: VisualAid | None = None


class Condition(CityModel):
    """True when the attribute was answered with one of the values."""

    attribute: Code
    one_of: tuple[str, ...] = Field(min_length=1)


class Question(CityModel):
    """Something to ask for a service; an Open311 attribute. `personal` answers never leave intake's vault."""

    code: Code
    label: LocalizedText
    kind: QuestionKind
    required: bool = False
    personal: bool = False
    options: tuple[Option, ...] = ()
    shown_when: Condition | None = None
    help: LocalizedText | None = None
    visual_aid: VisualAid | None = None

    @property
    def option_keys(self) -> frozenset[str]:
        """The answers a list question accepts; empty for open questions."""
        return frozenset(option.key for option in self.options)


class DuplicateWindow(CityModel):
    """How near in space and time another report of the service may be the same thing."""

    metres: float = Field(gt=0, le=2000)
    hours: float = Field(gt=0, le=8760)


class SurveyRule(CityModel):
    """Whether a closed request of this service asks for an opinion, and how long after closing."""

    send: bool = True
    delay_hours: float = Field(default=0, ge=0)
    visible_after_hours: float = Field(
        default=0, ge=0, le=8760, description="from a closing with work done until its result is there to see"
    )


class Service(CityModel):
    """A kind of request the city takes.

    `handling` is routine (311 can do it all) or specialised (the department's own people must).
    `source` says which document names the type; `in_old_system` whether the city's former system took it.
    """

    code: Slug
    name: LocalizedText
    description: LocalizedText
    group: Slug
    handling: Literal["routine", "specialised"]
    enabled: bool = True
    location_required: bool = True
    location_kind: Literal["right_of_way", "private", "park", "any"] = "any"
    asset_question: Code | None = Field(default=None, description="its answer is the id of the one asset meant")
    featured: bool = Field(default=False, description="among the most asked for; shown first")
    urgent: bool = Field(default=False, description="may endanger people; tells the emergency level of the agency")
    questions: tuple[Question, ...] = ()
    keywords: LocalizedWords
    duplicates: DuplicateWindow | None = None
    related: tuple[Slug, ...] = Field(default=(), description="services that the same thing is often reported as")
    survey: SurveyRule = SurveyRule()
    disputable_days: int = Field(default=14, ge=0, le=365, description="days after closing in which a dispute reopens")
    in_old_system: bool
    legacy_types: tuple[str, ...] = ()
    source: str = Field(min_length=1)

    def question(self, code: str) -> Question | None:
        """Return the question of this code, or None."""
        return next((question for question in self.questions if question.code == code), None)


class Group(CityModel):
    """A heading of the catalog."""

    slug: Slug
    name: LocalizedText


def example_service(code: str) -> Service:
    """Make a service that asks nothing, for doctests."""
    name = LocalizedText({"en": code})
    return Service(code=code, name=name, description=name, group="g", handling="routine", in_old_system=False,
                   keywords=LocalizedWords({}), source="example")  # fmt: skip

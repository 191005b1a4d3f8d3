"""A city is a folder of data: its format as frozen models, and the loader that checks it."""

from contracts.city.adapters import (
    Adapter,
    AdaptersFile,
    CodeMapping,
    Integration,
    OrderMapping,
    OrderMeaning,
    ReasonMeaning,
    StatusMeaning,
)
from contracts.city.agencies import Agency, EscalationLevel, Queue, Transfer
from contracts.city.agreements import Agreement, FeedbackTerms, SurveyProtocol
from contracts.city.appointments import Bookable, SlotTime
from contracts.city.articles import Article, load_articles
from contracts.city.base import LocalizedText, LocalizedWords, OpeningHours
from contracts.city.boundaries import load_boundaries
from contracts.city.candidates import fingerprint, parse_rules, read_rules
from contracts.city.conversation import Choice, Conversation, Menu
from contracts.city.grounds import AssetOwner, Outline
from contracts.city.imports import LegacyImport, Origin
from contracts.city.load import load_city
from contracts.city.messages import DispositionRule, ListedReason, Phrases, StatusWords, Template
from contracts.city.onboarding import Change, Move, Onboarding, Process, Standing, Step
from contracts.city.problems import CityError, Problem
from contracts.city.profile import AreaKind, BoundingBox, Handoff, OutsideCity, Profile
from contracts.city.promises import (
    Baseline,
    Calendar,
    Holiday,
    NamedCalendar,
    NoBaseline,
    Span,
    Target,
    TargetRules,
    WorkingHours,
)
from contracts.city.routes import Desk, Rule, RuleSet, When
from contracts.city.services import Condition, DuplicateWindow, Option, Question, Service, SurveyRule, VisualAid
from contracts.city.spoken import Spoken
from contracts.city.survey import Fatigue, FollowUps, Survey, SurveyByKeys, SurveyQuestion
from contracts.city.telling import Digest, Office, QuietHours, Telling
from contracts.city.triage import Diversions, TriageFile
from contracts.city.value import City
from contracts.city.wording import fill, say_date, say_duration, say_forecast

__all__ = [
    "Adapter",
    "AdaptersFile",
    "Agency",
    "Agreement",
    "AreaKind",
    "Article",
    "AssetOwner",
    "Baseline",
    "Bookable",
    "BoundingBox",
    "Calendar",
    "Change",
    "Choice",
    "City",
    "CityError",
    "CodeMapping",
    "Condition",
    "Conversation",
    "Desk",
    "Digest",
    "DispositionRule",
    "Diversions",
    "DuplicateWindow",
    "EscalationLevel",
    "Fatigue",
    "FeedbackTerms",
    "FollowUps",
    "Handoff",
    "Holiday",
    "Integration",
    "LegacyImport",
    "ListedReason",
    "LocalizedText",
    "LocalizedWords",
    "Menu",
    "Move",
    "NamedCalendar",
    "NoBaseline",
    "Office",
    "Onboarding",
    "OpeningHours",
    "Option",
    "OrderMapping",
    "OrderMeaning",
    "Origin",
    "Outline",
    "OutsideCity",
    "Phrases",
    "Problem",
    "Process",
    "Profile",
    "Question",
    "Queue",
    "QuietHours",
    "ReasonMeaning",
    "Rule",
    "RuleSet",
    "Service",
    "SlotTime",
    "Span",
    "Spoken",
    "Standing",
    "StatusMeaning",
    "StatusWords",
    "Step",
    "Survey",
    "SurveyByKeys",
    "SurveyProtocol",
    "SurveyQuestion",
    "SurveyRule",
    "Target",
    "TargetRules",
    "Telling",
    "Template",
    "Transfer",
    "TriageFile",
    "VisualAid",
    "When",
    "WorkingHours",
    "fill",
    "fingerprint",
    "load_articles",
    "load_boundaries",
    "load_city",
    "parse_rules",
    "read_rules",
    "say_date",
    "say_duration",
    "say_forecast",
]

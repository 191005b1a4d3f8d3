"""A follow-up in words, for whoever has it: the city's own names for what was rated, said or complained of."""

from contracts.city import City
from contracts.survey import FollowUpKind
from survey.domain.answers import HIGHEST
from survey.domain.page import said
from survey.domain.questions import MEASURES


def what_is_due(city: City, kind: FollowUpKind, reason: str) -> dict[str, str]:
    """Say what is to be looked after in every language of the city; never in the resident's own words.

    >>> from types import SimpleNamespace as Some
    >>> from contracts.city import LocalizedText as Text
    >>> quality = Some(code="quality", label=Text({"en": "How good is the work?"}))
    >>> late = Some(code="late", name=Text({"en": "Late or never"}))
    >>> rules = Some(kinds={FollowUpKind.LOW_RATING: Text({"en": "A low rating"})})
    >>> survey = Some(questions=(quality,), categories=(late,), follow_ups=rules)
    >>> city = Some(profile=Some(languages=("en",)), survey=survey)
    >>> what_is_due(city, FollowUpKind.LOW_RATING, "work_rating 1, handling_rating 2")
    {'en': 'A low rating: How good is the work? 1/5; handling_rating 2'}
    >>> what_is_due(city, FollowUpKind.COMPLAINT, "late")
    {'en': 'complaint: Late or never'}
    >>> what_is_due(city, FollowUpKind.REPLY, "feedback")
    {'en': 'reply'}
    """
    return {language: _said(city, kind, reason, language) for language in city.profile.languages}


def _said(city: City, kind: FollowUpKind, reason: str, language: str) -> str:
    name = city.survey.follow_ups.kinds.get(kind)
    if kind is FollowUpKind.ASSESSMENT:
        return f"{name.say(language) if name else kind.value}: {reason.replace('/', ' / ')}"
    reasons = "; ".join(part for one in reason.split(", ") if (part := _reason(city, one, language)))
    return (name.say(language) if name else kind.value) + (f": {reasons}" if reasons else "")


def _reason(city: City, reason: str, language: str) -> str:
    """Say one reason; "feedback" says nothing that its kind does not."""
    measure, _, rating = reason.rpartition(" ")
    labels = {MEASURES[q.code]: q.label.say(language) for q in city.survey.questions if q.code in MEASURES}
    names = {category.code: category.name.say(language) for category in city.survey.categories}
    if reason == "not done":
        return f"{labels.get('done', '')} {said('no', language)}".strip()
    if measure:
        return f"{labels[measure]} {rating}/{HIGHEST}" if measure in labels else reason
    return names.get(reason, "")

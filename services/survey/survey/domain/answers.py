"""Reading answers: what is complete and in range counts, and "not done" within the window is a dispute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from chassis.errors import FieldError
from contracts.city import SurveyQuestion
from contracts.vocabulary import Channel

LOWEST, HIGHEST = 1, 5
LONGEST_TEXT: Final = 4000

Answers: TypeAlias = dict[str, int | bool | str]


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """What somebody sent in answer to an invitation, by question, not yet read."""

    invitation_id: UUID
    answers: Mapping[str, Any]
    via: Channel = Channel.WEB


class NotAnAnswerError(ValueError):
    """An answer that a question cannot take; the message says what it takes."""


def read_answers(questions: Sequence[SurveyQuestion], given: Mapping[str, Any]) -> tuple[Answers, list[FieldError]]:
    """Read answers by their questions' codes; a form's empty fields are no answers.

    >>> from contracts.city import LocalizedText
    >>> label = LocalizedText({"en": "?"})
    >>> done = SurveyQuestion(code="done", kind="yes_no", label=label, required=True)
    >>> quality = SurveyQuestion(code="quality", kind="rating", label=label)
    >>> read_answers([done, quality], {"done": "no", "quality": "4"})
    ({'done': False, 'quality': 4}, [])
    >>> answers, errors = read_answers([done, quality], {"quality": 6, "color": "red"})
    >>> [error["field"] for error in errors]
    ['done', 'quality', 'color']
    >>> errors[1]["problem"]
    'must be a whole number from 1 (worst) to 5 (best)'
    """
    answers: Answers = {}
    errors: list[FieldError] = []
    for question in questions:
        value = given.get(question.code)
        if value is None or value == "":
            errors += [_missing(question)] if question.required else []
            continue
        try:
            answers[question.code] = READERS[question.kind](value)
        except NotAnAnswerError as error:
            errors.append({"field": question.code, "problem": str(error)})
    return answers, errors + _unknown(questions, given)


def is_dispute(answers: Answers, now: datetime, dispute_until: datetime) -> bool:
    """Tell whether an answer disputes the closing: it says that the work is not done, and comes in time.

    >>> from datetime import UTC
    >>> last = datetime(2026, 3, 16, tzinfo=UTC)
    >>> [is_dispute({"done": done}, last, last) for done in (False, True)]
    [True, False]
    >>> is_dispute({"done": False}, datetime(2026, 3, 17, tzinfo=UTC), last), is_dispute({"quality": 1}, last, last)
    (False, False)
    """
    return answers.get("done") is False and now <= dispute_until


def _rating(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or not LOWEST <= int(text) <= HIGHEST:
        raise NotAnAnswerError(f"must be a whole number from {LOWEST} (worst) to {HIGHEST} (best)")
    return int(text)


def _yes_no(value: Any) -> bool:
    known = {"yes": True, "true": True, "no": False, "false": False}
    if str(value).lower() not in known:
        raise NotAnAnswerError("must be true or false (in a form: yes or no)")
    return known[str(value).lower()]


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise NotAnAnswerError(f"must be text of at most {LONGEST_TEXT} characters")
    return value.strip()


READERS: Final[Mapping[str, Callable[[Any], int | bool | str]]] = {"rating": _rating, "yes_no": _yes_no, "text": _text}


def _missing(question: SurveyQuestion) -> FieldError:
    return {"field": question.code, "problem": "is not answered, and this one question we do need"}


def _unknown(questions: Sequence[SurveyQuestion], given: Mapping[str, Any]) -> list[FieldError]:
    asked = {question.code for question in questions}
    problem = f"is not asked here; the questions are {', '.join(sorted(asked))}"
    return [{"field": name, "problem": problem} for name in given if name not in asked]

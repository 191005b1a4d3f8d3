"""Answering a survey by text or by the keys of a telephone: yes or no and ratings, one question after the other."""

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.city import SurveyByKeys, SurveyQuestion, fill
from contracts.vocabulary import Channel
from intake.domain.conversations.state import MOST_TRIES, Answered, Facts, Heard, Talk, Turn
from intake.domain.conversations.words import means

_KEYS: Final = re.compile(r"[0-9](?:[\s,;.#]*[0-9]){0,9}#?")
_KINDS: Final = ("yes_no", "rating")
STAR: Final = "*"


def questions_by_keys(facts: Facts, invited: Mapping[str, Any]) -> list[SurveyQuestion]:
    """List what an invitation asks of somebody whose request came in by its channel; free words have the link.

    >>> from intake.domain.conversations.examples import surveyed
    >>> [question.code for question in questions_by_keys(surveyed()[1], {"channel": "sms"})]
    ['done', 'quality']
    >>> [question.code for question in questions_by_keys(surveyed()[1], {"channel": "sms", "questions": "done"})]
    ['done']
    """
    channel, agreed = Channel(invited.get("channel", "web")), str(invited.get("questions", "")).split()
    return [
        q
        for q in facts.city.survey.questions
        if q.kind in _KINDS and (not q.channels or channel in q.channels) and (not agreed or q.code in agreed)
    ]


def begins_survey(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Hear the first answer to an invitation, where nothing else is talked of; None for whatever else was said.

    Whose first words here these are is answered in the language they were asked in.

    >>> from dataclasses import replace
    >>> from intake.domain.conversations.examples import example, surveyed
    >>> talk, facts = surveyed()
    >>> begins_survey(talk, Heard("2", Channel.SMS), facts).says
    ('How good is it? 1 (Poor) to 5 (Good), 0 to skip.',)
    >>> begins_survey(talk, Heard("1 4", Channel.SMS), facts).does[0].answers
    {'done': True, 'quality': 4}
    >>> spanish = replace(facts, invited={**facts.invited, "language": "es"})
    >>> [begins_survey(talk.to(turns=n), Heard("2", Channel.SMS), spanish).talk.language for n in (1, 2)]
    ['es', 'en']
    >>> begins_survey(talk, Heard("a pothole", Channel.SMS), facts), begins_survey(*example()[:1], Heard("1"), facts)
    (None, None)
    """
    invited = facts.invited
    keys = facts.city.survey.by_keys if invited else None
    if keys is None or invited is None or heard.photos or heard.place:
        return None
    spoken = invited.get("language", talk.language) if talk.turns <= 1 else talk.language
    begun = talk.to(step="survey", survey={**invited, "answers": {}}, tries=0, language=spoken)
    if heard.spoken:
        return _next(begun, facts, keys) if talk.step == "menu" and heard.text.strip(" .#") == STAR else None
    free = talk.step in {"open", "ended"} and not talk.description and not talk.service_code
    first = next(iter(questions_by_keys(facts, invited)), None)
    if heard.channel is not Channel.SMS or not free or first is None:
        return None
    return at_survey(begun, heard, facts) if _read(first, (_said(heard.text) or [""])[0], facts) is not None else None


def at_survey(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Hear the next answer, or several at once; what cannot be read is asked again, three times at the most.

    >>> from intake.domain.conversations.examples import surveyed
    >>> talk, facts = surveyed(step="survey", survey={"channel": "sms", "answers": {}})
    >>> [at_survey(talk, Heard(text, Channel.SMS), facts).talk.survey["answers"] for text in ("yes", "7", "no")]
    [{'done': True}, {}, {'done': False}]
    """
    survey, keys = talk.survey or {}, facts.city.survey.by_keys
    answers = dict(survey.get("answers", {}))
    asked = [q for q in questions_by_keys(facts, survey) if q.code not in answers]
    said = _said(heard.text)
    for question, one in zip(asked, said or [""], strict=False):
        value = _read(question, one, facts)
        if value is None:
            break
        answers[question.code] = None if value == "skipped" else value
    heard_more = len(answers) > len(survey.get("answers", {}))
    tries = 0 if heard_more else talk.tries + 1
    after = talk.to(survey={**survey, "answers": answers}, tries=tries)
    if keys is None or tries >= MOST_TRIES:
        return ended(after, facts)
    return _next(after, facts, keys)


def _next(talk: Talk, facts: Facts, keys: SurveyByKeys) -> Turn:
    survey = talk.survey or {}
    left = [q for q in questions_by_keys(facts, survey) if q.code not in survey["answers"]]
    return Turn(talk, (_question(left[0], talk, keys),)) if left else ended(talk, facts)


def _question(question: SurveyQuestion, talk: Talk, keys: SurveyByKeys) -> str:
    form = keys.yes_no if question.kind == "yes_no" else keys.rating
    ends = {"lowest": question.lowest, "highest": question.highest}
    values = {name: text.say(talk.language) if text else "" for name, text in ends.items()}
    return fill(form.say(talk.language), {**values, "question": question.label.say(talk.language)})


def answered_so_far(talk: Talk) -> Answered | None:
    """Give what was answered; None where nothing was.

    >>> from intake.domain.conversations.examples import surveyed
    >>> talk, _ = surveyed(survey={"channel": "sms", "answers": {"done": True, "quality": None}})
    >>> answered_so_far(talk).answers, answered_so_far(talk.to(survey=None))
    ({'done': True}, None)
    """
    survey = talk.survey or {}
    given = {code: value for code, value in survey.get("answers", {}).items() if value is not None}
    return Answered(given, survey) if given else None


def ended(talk: Talk, facts: Facts) -> Turn:
    """Thank, and hand on what was answered.

    >>> from intake.domain.conversations.examples import surveyed
    >>> turn = ended(*surveyed(survey={"channel": "sms", "answers": {"done": True}}))
    >>> turn.says, turn.does[0].answers
    (('Thank you.',), {'done': True})
    """
    given = answered_so_far(talk)
    thanks = facts.city.survey.thanks.say(talk.language)
    done = talk.anew(step="ended", said=talk.said)
    return Turn(done, (thanks,), (given,) if given else ())


def _said(text: str) -> list[str]:
    """Take a message apart into keys, where it is nothing but keys.

    >>> _said("1 5, 4"), _said("154#"), _said("yes please")
    (['1', '5', '4'], ['1', '5', '4'], ['yes please'])
    """
    clean = text.strip()
    return re.findall(r"[0-9]", clean) if _KEYS.fullmatch(clean) else [clean]


def _read(question: SurveyQuestion, text: str, facts: Facts) -> int | bool | str | None:
    """Read one answer; None for what is none."""
    words = facts.city.conversation.words
    if not question.required and (text == "0" or means(text, words.skip)):
        return "skipped"
    if question.kind == "yes_no":
        if text == "1" or means(text, words.yes):
            return True
        return False if text == "2" or means(text, words.no) else None
    return int(text) if text in {"1", "2", "3", "4", "5"} else None

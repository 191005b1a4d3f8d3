"""After the one command was asked: the number and the forecast in words, or what stands in the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.intake import FieldProblem
from intake.domain.conversations.drafting import hand_over
from intake.domain.conversations.saying import forecast_text, say
from intake.domain.conversations.state import Facts, Heard, Talk, Turn


def made(talk: Talk, heard: Heard, facts: Facts, answer: Mapping[str, Any]) -> Turn:
    """Say number and forecast; the draft and what was said for it are forgotten, the request holds them."""
    number, city = answer["tracking_number"], facts.city
    told = say(city, talk, "made", number=_aloud(number, heard), forecast=forecast_text(city, talk, answer["forecast"]))
    outside = answer.get("elsewhere") or {}
    more = [texts.get(talk.language, "") for texts in (outside.get("text"),) if texts]
    link = [] if heard.spoken else [answer["status_url"]]
    done = talk.anew(made=talk.made + 1, request_id=answer["request_id"], step="ended" if heard.spoken else "open")
    if heard.spoken:
        return Turn(done, (told, *more, told, say(city, talk, "goodbye")), (), "hangup")
    return Turn(done, (told, *more, *link))


def _aloud(number: str, heard: Heard) -> str:
    """Spell a number for the ear."""
    return ", ".join(" ".join(group) for group in number.split("-")) if heard.spoken else number


def not_made(talk: Talk, facts: Facts, problems: Sequence[FieldProblem]) -> Turn:
    """Ask for the place again when that is what is wrong; else a person goes on with the draft."""
    fields = [problem.field for problem in problems]
    first = problems[0].problem if problems else ""
    if fields and all(field.startswith("place") for field in fields) and talk.tries == 0:
        again = talk.to(step="place", place=None, tries=1)
        return Turn(again, (say(facts.city, talk, "wrong_answer"), say(facts.city, talk, "ask_place")))
    return hand_over(talk, facts, "agent").after(say(facts.city, talk, "not_made", problem=first))


def hung(talk: Talk, facts: Facts, problem: str | None) -> Turn:
    """Thank for pictures that were added to a request, or say why they could not be.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> hung(talk, facts, None).says, hung(talk, facts, "The request is closed.").says
    (('Thank you for the photo.',), ('We could not send it: The request is closed.',))
    """
    if problem is None:
        return Turn(talk, (say(facts.city, talk, "photo_kept"),))
    return Turn(talk, (say(facts.city, talk, "not_made", problem=problem),))

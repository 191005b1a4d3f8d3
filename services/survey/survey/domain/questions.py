"""What is asked of whom: the city's questions, as far as they are meant for the way a request came in."""

from collections.abc import Mapping
from typing import Final

from contracts.city import Survey, SurveyQuestion
from contracts.vocabulary import Channel

MEASURES: Final[Mapping[str, str]] = {
    "quality": "work_rating",
    "handling": "handling_rating",
    "agent": "agent_rating",
    "done": "done",
}
"""The city's question -> the measure it is published as. Answers to other questions stay here."""

COMMENT: Final = "comment"


def questions_for(survey: Survey, channel: Channel, agreed: str = "") -> list[SurveyQuestion]:
    """Return the questions for somebody whose request came in by this channel: those agreed on, else all.

    Who reported by a web page spoke to nobody, and is not asked about the person they spoke to.
    """
    asked = agreed.split()
    return [
        question
        for question in survey.questions
        if (not question.channels or channel in question.channels) and (not asked or question.code in asked)
    ]

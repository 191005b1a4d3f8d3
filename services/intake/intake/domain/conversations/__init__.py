"""The one conversation of every channel: what was said before and what is said now, to what is answered and done."""

from intake.domain.conversations.drafted import Drafted, drafted
from intake.domain.conversations.engine import finished, respond, resume
from intake.domain.conversations.opening import in_writing, is_question, next_of
from intake.domain.conversations.outcome import hung, made, not_made
from intake.domain.conversations.state import (
    Answered,
    Deed,
    Facts,
    HandOver,
    Heard,
    Make,
    Picture,
    Record,
    Talk,
    Turn,
    VoiceAct,
)
from intake.domain.conversations.surveying import answered_so_far
from intake.domain.conversations.understanding import (
    Answers,
    Areas,
    Found,
    KeywordAnswers,
    KeywordTypes,
    Known,
    NextStep,
    Noting,
    NotingTypes,
    Proposal,
    Question,
    TypeReader,
    as_chosen,
    is_sure,
)
from intake.domain.conversations.words import numbers_in

__all__ = [
    "Answered",
    "Answers",
    "Areas",
    "Deed",
    "Drafted",
    "Facts",
    "Found",
    "HandOver",
    "Heard",
    "KeywordAnswers",
    "KeywordTypes",
    "Known",
    "Make",
    "NextStep",
    "Noting",
    "NotingTypes",
    "Picture",
    "Proposal",
    "Question",
    "Record",
    "Talk",
    "Turn",
    "TypeReader",
    "VoiceAct",
    "answered_so_far",
    "as_chosen",
    "drafted",
    "finished",
    "hung",
    "in_writing",
    "is_question",
    "is_sure",
    "made",
    "next_of",
    "not_made",
    "numbers_in",
    "respond",
    "resume",
]  # fmt: skip

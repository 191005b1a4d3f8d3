"""The one conversation of every channel: what was said before and what is said now, to what is answered and done."""

from intake.domain.conversation.drafted import Drafted, drafted
from intake.domain.conversation.engine import finished, respond, resume
from intake.domain.conversation.opening import in_writing, is_question, next_of
from intake.domain.conversation.outcome import hung, made, not_made
from intake.domain.conversation.state import (
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
from intake.domain.conversation.surveying import answered_so_far
from intake.domain.conversation.understanding import (
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
from intake.domain.conversation.words import numbers_in

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

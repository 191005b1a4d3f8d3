"""Conversations: what is said is understood, answered, and done in the same transaction."""

from intake.handlers.conversations.asking import look_up
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.conversations.talking import FORGET, answer_of, converse, forget_talks, note_transcripts, read_talk

__all__ = ["FORGET", "Spoken", "answer_of", "converse", "forget_talks", "look_up", "note_transcripts", "read_talk"]

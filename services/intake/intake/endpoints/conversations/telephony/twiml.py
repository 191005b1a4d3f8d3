"""Answers in the provider's own markup: what is said or written, and what the call does next."""

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from fastapi import Response

_VOICES: Final = {"en": "en-US", "es": "es-US"}
_LONGEST: Final = 1600


def messages(body: Mapping[str, Any]) -> Response:
    """Answer a text with one message; with none when nothing is to be said."""
    text = " ".join(body["says"])[:_LONGEST]
    return _document(f"<Message>{_safe(text)}</Message>" if text else "")


def call(body: Mapping[str, Any]) -> Response:
    """Answer a step of a call."""
    language = _VOICES.get(body["language"], body["language"])
    said = "".join(f"<Say language={quoteattr(language)}>{_safe(text)}</Say>" for text in body["says"])
    action = quoteattr(f"/telephony/voice?step={body['turns']}")
    return _document(
        _ACTS[body["act"]].format(said=said, action=action, language=quoteattr(language), dial=_dial(body))
    )


_ACTS: Final = {
    "listen": '<Gather input="dtmf speech" action={action} method="POST" language={language} timeout="6"'
    ' speechTimeout="auto" finishOnKey="#" actionOnEmptyResult="true">{said}</Gather>',
    "dial": "{said}<Dial>{dial}</Dial>",
    "record": '{said}<Record action={action} method="POST" maxLength="180" transcribe="true"'
    ' transcribeCallback="/telephony/voice/transcripts"/>',
    "hangup": "{said}<Hangup/>",
}


def _dial(body: Mapping[str, Any]) -> str:
    return _safe(body["dial"] or "")


def _safe(text: str) -> str:
    """Write a text for XML: without the characters it cannot hold."""
    return escape("".join(letter for letter in text if letter in "\t\n" or _is_allowed(ord(letter))))


def _is_allowed(code: int) -> bool:
    return 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code >= 0x10000  # noqa: PLR2004 - XML 1.0, section 2.2


def _document(inner: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
    return Response(text, media_type="text/xml; charset=utf-8")

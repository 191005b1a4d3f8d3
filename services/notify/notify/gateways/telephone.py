"""Text messages and calls through a telephone provider, in the form that Twilio and its likes take."""

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import httpx2

from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.answers import answer_of
from notify.settings import Settings

TIMEOUT: Final = 4.0
_DEAD: Final = frozenset({21211, 21214, 21217, 21610, 21614})
"""Codes of a number that is none, takes no texts, or whose owner has said STOP."""
_LINK: Final = re.compile(r"https?://\S+")
_LONGEST: Final = 10_000


class _Telephone:
    """Speaks to one provider; the same message bears the same key, for providers that look at it."""

    def __init__(self, settings: Settings) -> None:
        self.at_once = settings.telephone_calls
        password = settings.telephone_token.get_secret_value() if settings.telephone_token else ""
        self._from = settings.telephone_from
        self._account = f"{settings.telephone_api}/2010-04-01/Accounts/{settings.telephone_account}"
        self._told_of = settings.notify_base_url.rstrip("/")
        self._client = httpx2.AsyncClient(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False, auth=(settings.telephone_account, password)
        )

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _ask(self, what: str, letter: Letter, form: dict[str, str]) -> Answer:
        form = {"To": _dialled(letter.address), "From": self._from, **self._told(letter), **form}
        try:
            response = await self._client.post(
                f"{self._account}/{what}.json", data=form, headers={"Idempotency-Key": str(letter.intent_id)}
            )
        except (httpx2.HTTPError, OSError) as error:
            return Answer(Verdict.LATER, f"the telephone provider did not answer ({type(error).__name__})")
        answer = answer_of(response.status_code, response.headers.get("retry-after"))
        code = _code(response) if answer.verdict is Verdict.REFUSED else 0
        return answer._replace(detail=f"{answer.detail}, code {code}", gone=code in _DEAD) if code else answer

    def _told(self, letter: Letter) -> dict[str, str]:
        """Say where the provider tells what became of it."""
        if not self._told_of:
            return {}
        names = f"request={letter.request_id}&intent={letter.intent_id}"
        return {"StatusCallback": f"{self._told_of}/telephony/status?{names}"}


class TextGateway(_Telephone):
    """Sends text messages."""

    async def send(self, letter: Letter) -> Answer:
        """Send one text; a number that is none, or that said STOP, is dead."""
        return await self._ask("Messages", letter, {"Body": letter.text})


class VoiceGateway(_Telephone):
    """Calls people and reads to them, in the city's voice for their language."""

    def __init__(self, settings: Settings, voices: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._voices = voices

    async def send(self, letter: Letter) -> Answer:
        """Call once; what is said names no web address, which nobody can write down."""
        return await self._ask("Calls", letter, {"Twiml": spoken(letter, self._voices.get(letter.language, "en-US"))})


def spoken(letter: Letter, voice: str) -> str:
    """Write what is read to somebody, twice: the first words are often missed."""
    words = escape(" ".join(_LINK.sub("", letter.text).split()))
    said = f"<Say language={quoteattr(voice)}>{words}</Say>"
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}<Pause length="1"/>{said}</Response>'


def _dialled(number: str) -> str:
    """Write a number as a provider dials it.

    >>> _dialled("(213) 555-0142"), _dialled("+34 600 000 000"), _dialled("1 213 555 0142")
    ('+12135550142', '+34600000000', '+12135550142')
    """
    digits = "".join(letter for letter in number if letter.isdigit())
    ten = 10
    return f"+1{digits}" if len(digits) == ten and not number.strip().startswith("+") else f"+{digits}"


def _code(response: httpx2.Response) -> int:
    try:
        body = response.json() if len(response.content) < _LONGEST else {}
    except ValueError:
        return 0
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) else 0

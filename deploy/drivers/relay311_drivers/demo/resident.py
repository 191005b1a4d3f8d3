"""The demo's resident: reports over HTTP, reads the mail, follows the links in it."""

import asyncio
import random
import re
import secrets
import time
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.city import City, Service
from relay311_drivers.bodies import form_of
from relay311_drivers.generator import make_report
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.web import Web, must

_LINK: Final = re.compile(r"https?://[^\s<>\"]+/surveys/[^\s<>\"]+")
_PAUSE: Final = 0.2


def choose_service(city: City, named: str | None = None) -> Service:
    """Choose what to ask for: the most asked for of those that one desk always takes and a survey follows at once.

    Raises DriverError for a name the city does not know, or when no service will do.
    """
    if named:
        if named not in city.services:
            raise DriverError(f"The city has no service {named!r}; choose one of {', '.join(city.services)}.")
        return city.services[named]
    often = sorted(city.baselines.values(), key=lambda baseline: -baseline.n)
    codes = [*(baseline.service for baseline in often), *city.services]
    found = next((city.services[code] for code in codes if _is_plain(city, code)), None)
    if found is None:
        raise DriverError("No service has one desk and a survey at once; name one with --service.")
    return found


def _is_plain(city: City, code: str) -> bool:
    """Whether exactly one desk takes every request of this service, and the survey comes right after closing."""
    rules, survey = city.rules_by_service.get(code, ()), city.services[code].survey
    asked_at_once = survey.send and survey.delay_hours == 0
    return asked_at_once and len(rules) == 1 and not rules[0].when.tests() and not rules[0].also


class Resident:
    """Someone with an address of mail and, later, the links that came by mail."""

    def __init__(self, platform: Platform, web: Web, language: str) -> None:
        self._platform, self._web, self.language = platform, web, language
        self.email = f"demo-{secrets.token_hex(4)}@example.org"
        self.trace_id = secrets.token_hex(16)
        self._followed: set[str] = set()
        self._taken: dict[str, Any] = {}

    async def report(self, city: City, service: Service) -> dict[str, Any]:
        """Report a problem, and ask to be told in the resident's language."""
        chance = random.Random(self.email)  # noqa: S311 - a made-up address, not a secret
        report = make_report(city, service, chance, self.email)
        body = form_of(report) | {"channel": "web", "operator": "311"}
        body["reporter"] = {"name": "Alex Example", "email": self.email, "language": self.language}
        url = self._platform.url("intake", "/requests")
        self._taken = await self._web.post(url, body, key=self.email, headers=self._traced())
        return self._taken

    async def write(self, text: str) -> None:
        """Send a message about the request, through the link that came with its number."""
        number, query = self._taken["tracking_number"], urlsplit(self._taken["manage_link"]).query
        url = self._platform.url("intake", f"/requests/{number}/messages?{query}")
        must(await self._web.ask("POST", url, json={"text": text}, headers=self._traced()))

    async def mails(self) -> list[dict[str, Any]]:
        """Read what came, oldest first."""
        found = await self._web.get(self._platform.url("mail", "/messages"), params={"to": self.email})
        return list(reversed(found))

    async def survey_link(self, patience: float) -> str:
        """Wait for the mail with a link to a survey that was not followed yet."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            texts = [mail.get("text") or "" for mail in await self.mails()]
            links = [link for text in texts for link in _LINK.findall(text) if link not in self._followed]
            if links:
                self._followed.add(links[0])
                return str(links[0])
            await asyncio.sleep(_PAUSE)
        raise DriverError(f"No survey came by mail within {patience:.0f} s; see {self._platform.url('mail')}.")

    async def answer(self, link: str, *, done: bool) -> None:
        """Answer the survey behind a link, every question of it."""
        form = await self._web.get(link, headers={"accept": "application/json"})
        answers = {question["code"]: answer_to(question["kind"], done=done) for question in form["questions"]}
        must(await self._web.ask("POST", link, json=answers, headers=self._traced()))

    def _traced(self) -> dict[str, str]:
        """Ask that a call be traced, as part of this life's one trace."""
        return {"traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01"}


def answer_to(kind: str, *, done: bool) -> bool | int | str:
    """Answer one question as someone would whose problem is solved, or is not.

    >>> answer_to("yes_no", done=False), answer_to("rating", done=True)
    (False, 5)
    """
    content: dict[str, bool | int | str] = {"yes_no": True, "rating": 5, "text": "Thank you, it is done."}
    unhappy: dict[str, bool | int | str] = {"yes_no": False, "rating": 2, "text": "It is still there."}
    return (content if done else unhappy)[kind]

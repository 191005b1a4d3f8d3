"""The people of a journey: a resident who reports and follows a request, and a crew that works on it."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from town import Town, eventually

from contracts.agencies import AgencyReport
from contracts.intake import Evidence
from contracts.topics import inbox, outbox
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind

DONE: Final[dict[str, Any]] = {
    "disposition": Disposition.FIXED,
    "evidence": (Evidence(kind=EvidenceKind.WORK_ORDER, reference="WO-1"),),
}
"""What a crew gives with a closing."""
_SURVEY: Final = re.compile(r"https?://[^\s<>\"]+/surveys/[^\s<>\"]+")


@dataclass
class Life:
    """One request's life; every call of its resident belongs to one trace."""

    town: Town
    trace: str = field(default_factory=lambda: os.urandom(16).hex())
    taken: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    @property
    def email(self) -> str:
        """Where the resident gets mail."""
        return self.address or f"resident-{self.trace[:12]}@example.org"

    @property
    def request_id(self) -> str:
        """The machine's name of the request."""
        return str(self.taken["request_id"])

    # --- the resident ------------------------------------------------------------------------------------------

    def report(self, service: str = "graffiti-removal", **more: Any) -> "Life":
        """Post a report; what is not said is made up."""
        body = {
            "service_code": service,
            "place": {"address": "100 Acorn Street", "latitude": 34.05, "longitude": -118.25},
            "attributes": self.answers(service),
            "reporter": {"name": "Ana Example", "email": self.email},
            **more,
        }
        answer = self.town.ask("POST", self.town.url("intake", "/requests"), json=body, trace=self.trace)
        assert answer.status_code == 201, answer.text
        self.taken = answer.json()
        return self

    def answers(self, service: str) -> dict[str, str]:
        """Answer what a service must know."""
        asked = [question for question in self.town.city.services[service].questions if question.required]
        return {question.code: question.options[0].key if question.options else "one" for question in asked}

    def through_link(self, step: str, **body: Any) -> dict[str, Any]:
        """Do what the link that came with the number allows: `messages`, `cancel` or `dispute`."""
        query = urlsplit(self.taken["manage_link"]).query
        url = self.town.url("intake", f"/requests/{self.taken['tracking_number']}/{step}?{query}")
        answer = self.town.ask("POST", url, json=body, trace=self.trace)
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def be_forgotten(self) -> None:
        """Ask the city to erase this resident."""
        url = self.town.url("intake", f"/people/{self.taken['contact_ref']}/erase")
        answer = self.town.ask("POST", url, role="supervisor", trace=self.trace)
        assert answer.is_success, answer.text

    def answer_survey(self, *, done: bool, comment: str = "", quality: int = 3) -> None:
        """Follow the link in the mail of the survey that is open now, and answer it."""
        link = eventually(self._open_surveys, f"an open survey by mail to {self.email}")[-1]
        body = {"done": done, "quality": quality, "handling": 4} | ({"comment": comment} if comment else {})
        answer = self.town.ask("POST", link, json=body, trace=self.trace)
        assert answer.is_success, answer.text

    def _open_surveys(self) -> list[str]:
        links = [link for mail in self.town.mails(self.email) for link in _SURVEY.findall(mail["text"])]
        return [link for link in links if self.town.ask("GET", link).json()["state"] == "open"]

    # --- what everybody sees -----------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        """Read the public view."""
        answer = self.town.ask("GET", self.town.url("intake", f"/requests/{self.taken['tracking_number']}"))
        shown: dict[str, Any] = answer.json()
        return shown

    def until(self, **facts: Any) -> dict[str, Any]:
        """Wait until the public view shows these facts."""
        last: list[dict[str, Any]] = []

        def found() -> dict[str, Any] | None:
            last[:] = [shown := self.view()]
            return shown if all(shown.get(k) == v for k, v in facts.items()) else None

        try:
            return eventually(found, f"{facts} of {self.taken['tracking_number']} ({self.trace})")
        except AssertionError as error:
            told = [(entry["kind"], entry.get("substatus")) for entry in last[0]["timeline"]]
            raise AssertionError(f"{error}: {last[0]['status']} after {told}") from None

    def until_entry(self, kind: str, count: int = 1, **facts: Any) -> dict[str, Any]:
        """Wait until the timeline shows as many entries of a kind, and return the last."""

        def found() -> Sequence[dict[str, Any]]:
            entries = [e for e in self.view()["timeline"] if e["kind"] == kind]
            entries = [e for e in entries if all(e.get(name) == value for name, value in facts.items())]
            return entries if len(entries) >= count else ()

        return eventually(found, f"entry {kind} {facts} of {self.taken['tracking_number']}")[-1]

    # --- the crew ----------------------------------------------------------------------------------------------

    def assigned(self, count: int = 1) -> str:
        """Wait for the newest assignment, and name its agency."""
        return str(self.until_entry("assigned", count)["agency"])

    def assignments(self) -> list[str]:
        """List every assignment there was, the newest last."""
        return [str(event["assignment_id"]) for event in self.town.events("request.assigned", self.request_id)]

    def notice(self, agency: str, *kinds: str) -> tuple[dict[str, Any], str | None]:
        """Read the newest notice of these kinds about the request in an agency's inbox, and the trace it came with."""

        def found() -> list[tuple[dict[str, Any], str | None]]:
            messages = self.town.records([inbox(agency)], f"agency.{agency}")
            told = [(json.loads(m.value())["data"], dict(m.headers() or ()).get("traceparent")) for m in messages]
            mine = [(d, t) for d, t in told if d["request_id"] == self.request_id and d["kind"] in kinds]
            return [(d, t.decode() if t else None) for d, t in sorted(mine, key=lambda one: one[0]["sequence"])]

        return eventually(found, f"notice {kinds} to {agency} about {self.request_id}")[-1]

    def work(self, agency: str, kind: ReportKind, **more: Any) -> None:
        """Report a step on the agency's outbox, under its own credentials, with the trace of its newest assignment."""
        notice, trace = self.notice(agency, "assigned", "reopened")
        report = AgencyReport(
            request_id=UUID(self.request_id),
            assignment_id=more.pop("assignment_id", notice["assignment_id"]),
            update_id=os.urandom(8).hex(),
            kind=kind,
            reported_at=datetime.now(UTC),
            **more,
        )
        self.town.publish(f"agency.{agency}", outbox(agency), report, self.request_id, trace)

    def finish(self, agency: str, **more: Any) -> None:
        """Accept, begin and complete the newest assignment."""
        for kind in (ReportKind.ACCEPTED, ReportKind.IN_PROGRESS):
            self.work(agency, kind)
        self.work(agency, ReportKind.COMPLETED, **(DONE | more))


def sign_in(town: Town, email: str) -> dict[str, str]:
    """Sign in by the code in the mail."""
    assert town.ask("POST", town.url("intake", "/accounts/code"), json={"email": email}).status_code == 202
    texts = (mail["text"] for mail in town.mails(email)[::-1] if "is your code" in mail["subject"])
    code = re.search(r"\b\d{6}\b", next(texts))
    assert code
    given = {"email": email, "code": code.group()}
    session = town.ask("POST", town.url("intake", "/accounts/session"), json=given).json()["session"]
    return {"X-Session": session}

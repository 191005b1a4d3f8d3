"""Canaries: personal data made up for one run, and every place of a platform where they are looked for."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from people import Life
from town import Town

from contracts.topics import SERVICES

SYLLABLES = ("bri", "mol", "da", "vun", "tri", "ken", "zor", "qua", "pel", "nim", "dru", "gho", "wex", "lyo")


@dataclass
class Canaries:
    """What was made up for this run: `marks` maps what to search for (in lower case) to what it is."""

    chance: random.Random = field(default_factory=random.SystemRandom)
    marks: dict[str, str] = field(default_factory=dict)

    def word(self) -> str:
        """Make up a word that no text holds by accident, nor another test of the same run: one of two millions."""
        return "".join(self.chance.sample(SYLLABLES, 6)).capitalize()

    def name(self) -> str:
        """Make up a first and a last name; each is searched for by itself."""
        first, last = self.word(), self.word()
        self.marks |= {first.lower(): "first name", last.lower(): "last name"}
        return f"{first} {last}"

    def phone(self, form: str = "({0}) {1}-{2}") -> str:
        """Make up a telephone number, written in some form."""
        parts = (
            str(self.chance.randint(211, 989)),
            str(self.chance.randint(220, 989)),
            f"{self.chance.randint(0, 9999):04}",
        )
        text = form.format(*parts)
        self.marks |= {text.lower(): "phone", "".join(parts): "phone"}
        return text

    def email(self) -> str:
        """Make up an address of mail."""
        text = f"{self.word()}.{self.word()}@{self.word()}.example".lower()
        self.marks[text] = "e-mail"
        return text

    def plate(self) -> str:
        """Make up a number plate."""
        letters = "".join(self.chance.choices("GHJKLMNPRST", k=3))
        text = f"{self.chance.randint(1, 9)}{letters}{self.chance.randint(0, 999):03}"
        self.marks[text.lower()] = "plate"
        return text

    def words(self, name: str = "") -> str:
        """Make up what somebody might write, full of what must not get out."""
        forms = ("{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}", "({0}) {1}-{2}", "{0}{1}{2}")
        return (
            f"My name is {self.name()}. Call me at {self.phone(self.chance.choice(forms))}, or {self.phone(forms[1])}, "
            f"or write to {self.email()}. A car with plate {self.plate()} blocks it. Me llamo {self.name()}, "
            f"mi placa es {self.plate()}. {f'Ask for {name}.' if name else ''}"
        )


def everywhere(town: Town, lives: Sequence[Life]) -> Iterator[tuple[str, bytes]]:
    """Give every place there is, by name, with all its bytes in lower case."""
    topics: dict[str, list[bytes]] = {topic.name: [] for topic in town.topics}
    for message in town.records(list(topics)):
        headers = b"".join(value or b"" for _, value in message.headers() or ())
        topics[message.topic()] += [message.key() or b"", message.value() or b"", headers]
    for name, parts in topics.items():
        yield f"topic {name}", b"\n".join(parts).lower()
    for path in logs(town.place.run):
        yield f"log {path.relative_to(town.place.run)}", path.read_bytes().lower()
    yield "traces", traces(town, lives)
    for service in SERVICES:
        yield f"metrics of {service}", town.ask("GET", town.url(service, "/metrics")).content.lower()
    yield from views(town, lives)


def logs(run: Path) -> list[Path]:
    """List every log of the run: the processes' own, Kafka's and PostgreSQL's, not Kafka's segments."""
    found = [path for path in run.rglob("*.log*") if path.is_file() and path.parent.parent != run / "kafka" / "data"]
    assert {f"{service}.log" for service in (*SERVICES, "postgres", "kafka")} <= {path.name for path in found}
    return found


def traces(town: Town, lives: Sequence[Life]) -> bytes:
    """Read every trace the dashboard has."""
    query = {"limit": 100_000, "lookback": 86_400_000}
    content = town.ask("GET", town.url("zipkin", "/api/v2/traces"), params=query).content
    assert all(life.trace.encode() in content for life in lives)
    return content.lower()


def views(town: Town, lives: Sequence[Life]) -> Iterator[tuple[str, bytes]]:
    """Open every GET door of every service as nobody in particular, for each request."""
    for service in SERVICES:
        for path in town.ask("GET", town.url(service, "/openapi.json")).json()["paths"]:
            for life in lives:
                known = {"number": life.taken["tracking_number"], "request_id": life.request_id}
                url, view = town.url(service, filled(path, known)), f"view {service}{path} of {known['number']}"
                if path.endswith("/stream"):
                    yield view, overheard(url)
                else:
                    yield view, town.ask("GET", url, params=known).content.lower()


def overheard(url: str) -> bytes:
    """Listen to a stream that does not end: everything since the request began, which it says at once."""
    heard = b""
    with httpx2.stream("GET", url, params={"after": 0}, timeout=2) as answer, suppress(httpx2.ReadTimeout):
        assert answer.status_code == httpx2.codes.OK, answer.status_code
        for part in answer.iter_bytes():
            heard += part
    assert heard
    return heard.lower()


def filled(path: str, known: Mapping[str, str]) -> str:
    """Put what is known into a path.

    >>> filled("/requests/{number}/details", {"number": "AB"})
    '/requests/AB/details'
    """
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    return path

"""A telephone provider on this machine: it signs texts and calls as Twilio does, and keeps each number's thread."""

import argparse
import asyncio
import json
import re
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from hmac import new
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET  # our own platform's answers

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.web import Web, must

FORM: Final = "application/x-www-form-urlencoded"
_TOKEN_PARTS: Final = ("local", "TELEPHONE_TOKEN")
_TRACKING: Final = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
_REPORT: Final = ("There is graffiti on a wall", "100 W 1st St", "skip", "yes")
_MOST_TEXTS: Final = 14
Post = Callable[[str, str, Mapping[str, str]], Awaitable[str]]
"""Sends a body to an address with headers; gives the answer's text."""


def local_token(link_key: str) -> str:
    """Make the token a local platform and its provider agree on."""
    return new(link_key.encode(), "\x1f".join(_TOKEN_PARTS).encode(), "sha256").hexdigest()


@dataclass
class Telephone:
    """One number's telephone. `base` is where the platform is reached; `thread` holds who said what."""

    base: str
    token: str
    number: str
    post: Post
    thread: list[tuple[str, str]] = field(default_factory=list)

    async def text(self, body: str, *, sid: str | None = None, pictures: Sequence[str] = (), **more: str) -> str:
        """Send a text, with pictures by their addresses; gives the answer's words, empty when there is none."""
        media = {f"MediaUrl{n}": address for n, address in enumerate(pictures)}
        more = {"NumMedia": str(len(media)), **media, **more} if media else more
        form = {"MessageSid": sid or f"SM{secrets.token_hex(16)}", "From": self.number, "To": "311", "Body": body}
        answer = await self.send("/telephony/sms", form | more)
        said = " ".join(message.text or "" for message in answer.iter("Message"))
        self.thread += [(self.number, body), ("311", said)]
        return said

    async def send(self, path: str, form: Mapping[str, str]) -> ET.Element:
        """Sign a form and send it."""
        address = f"{self.base}{path}"
        told = address + "".join(f"{name}{value}" for name, value in sorted(form.items()))
        signed = b64encode(new(self.token.encode(), told.encode(), sha1).digest()).decode()
        headers = {"content-type": FORM, "x-twilio-signature": signed}
        return ET.fromstring(await self.post(address, urlencode(form), headers))  # noqa: S314 - our own

    def call(self) -> "Call":
        """Begin a call."""
        return Call(self, f"CA{secrets.token_hex(16)}")


@dataclass
class Call:
    """A call: it follows where each answer points, as the provider does."""

    phone: Telephone
    sid: str
    path: str = "/telephony/voice"
    said: str = ""
    dialled: str | None = None
    over: bool = False

    async def step(self, **heard: str) -> str:
        """Press keys (`Digits`), speak (`SpeechResult`) or leave a recording (`RecordingUrl`); gives what is said."""
        form = {"CallSid": self.sid, "From": self.phone.number, "To": "311", **heard}
        answer = await self.phone.send(self.path, form)
        following = answer.find("Gather")
        following = answer.find("Record") if following is None else following
        dial = answer.find("Dial")
        self.dialled = dial.text if dial is not None else None
        self.path = following.get("action", self.path) if following is not None else self.path
        self.over = following is None
        self.said = " ".join(said.text or "" for said in answer.iter("Say"))
        self.phone.thread += [(self.phone.number, " ".join(heard.values())), ("311", self.said)]
        return self.said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `text`."""
    parser.add_argument("words", nargs="*", help="what to text, one message each (default: a short report)")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Text the running platform, and show the thread; the last line is JSON."""
    phone = asyncio.run(_texted(platform, options.words))
    for who, words in phone.thread:
        print(f"{who:>14}  {words}")
    found = _TRACKING.findall(" ".join(words for _, words in phone.thread))
    print(json.dumps({"texts": len(phone.thread) // 2, "tracking_number": found[-1] if found else None}))
    return 0


def telephone_of(platform: Platform, web: Web) -> Telephone:
    """Give the telephone of somebody whom the running platform does not know yet."""

    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        return must(await web.ask("POST", address, content=body, headers=dict(headers))).text

    token = local_token(link_key(platform))
    return Telephone(platform.url("intake"), token, f"+1213555{secrets.randbelow(10_000):04}", post)


async def ask_status(phone: Telephone, number: str) -> tuple[str, str]:
    """Ask how a request stands, by text and by a call; gives what each was answered."""
    texted, call = await phone.text(number), phone.call()
    await call.step()
    await call.step(Digits="2")
    return texted, await call.step(SpeechResult=" ".join(number.replace("-", "")))


async def _texted(platform: Platform, words: list[str]) -> Telephone:
    async with Web() as web:
        phone = telephone_of(platform, web)
        for message in words:
            await phone.text(message)
        if not words:
            await report(phone, _REPORT)
        return phone


async def report(phone: Telephone, words: tuple[str, ...]) -> str:
    """Report something by text, answering what is asked; gives the tracking number. Raises DriverError without one."""
    what, where, photo, send = words
    said = await phone.text(what)
    for _ in range(_MOST_TEXTS):
        if found := _TRACKING.search(said):
            return found.group()
        said = await phone.text(_reply(said, where, photo, send))
    raise DriverError(f"No number came after {_MOST_TEXTS} texts; the last was: {said[:200]}")


def _reply(asked: str, where: str, photo: str, send: str) -> str:
    """Answer as somebody would who reads what is asked."""
    answers = {"Where is it": where, "Send a photo": photo, "YES or NO": send}
    return next((answer for sign, answer in answers.items() if sign in asked), "1")


def link_key(platform: Platform) -> str:
    """Read the key that links and this provider's token are made from. Raises DriverError when there is none."""
    path = platform.run / "secrets.json"
    try:
        return str(json.loads(path.read_text("utf-8"))["link_key"])
    except (OSError, ValueError, KeyError) as error:
        raise DriverError(f"{path} cannot be read; is the platform set up? Run `make up`.") from error

"""A language model plugged in over real HTTP: it chooses types and articles, and whatever it does nothing fails."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import intake.app
import intake.settings
import kb.app
import kb.settings
import routing.app
import routing.settings
from chassis.choosing import ChooserSettings, open_choice
from chassis.resting import FAILURES
from chassis.testing import Bench
from contracts.intake import ContactRecorded
from relay311_local.ports import free_port

sys.path.insert(0, str(Path(__file__).parent))
from test_choreography_answers import served

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
ODD = "somebody tagged my garage again, call 213-555-0142"
"""A report that names no type by the catalog's own words."""
UNSURE = "May I keep a beehive on the roof?"
LATE = 2.0


class Model:
    """A language model of a test's own, in the shape of chat completions; `say` gives the text of its answer."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.say: Callable[[dict[str, str]], str] = lambda _entries: '{"ids": []}'
        self.status, self.pause, self.keys = b"200 x", 0.0, set[str]()

    def picks(self, *ids: str) -> None:
        """Answer these ids, whatever is asked."""
        self.say = lambda _entries: json.dumps({"ids": ids})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one call."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.splitlines()[1:])}
            body = json.loads(await reader.readexactly(int(fields["content-length"])))
            assert head.startswith("POST /v1/chat/completions ")
            self.keys.add(fields.get("authorization", ""))
            told = json.loads(body["messages"][1]["content"])
            self.asked.append(body | told)
            await asyncio.sleep(self.pause)
            message = {"role": "assistant", "content": self.say(told["entries"])}
            said = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
            length = b"content-length: %d" % len(said)
            writer.write(b"\r\n".join((b"HTTP/1.1 " + self.status, length, b"connection: close", b"", said)))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def modelled(
    bench_factory: Callable[..., Any], *services: Any, **more: Any
) -> AsyncIterator[tuple[Bench, Model]]:
    model = Model()
    async with await asyncio.start_server(model.serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        pairs = [(service.app.build, service.settings.Settings) for service in services]
        given = {"chooser": address, "chooser_model": "small", "chooser_key": "secret", "chooser_seconds": 0.5} | more
        yield await bench_factory(pairs, now=NOW, **given), model


async def talk(bench: Bench, text: str) -> dict[str, Any]:
    said = await bench.clients["intake"].post("/conversations", json={"text": text})
    assert said.status_code == 201, said.text
    answer: dict[str, Any] = said.json()
    return answer


async def forms(bench: Bench, text: str) -> list[str]:
    told = await bench.clients["routing"].post("/types/suggest", json={"text": text})
    assert told.status_code == 200, told.text
    return [one["service_code"] for one in told.json()["suggestions"]]


@pytest.mark.requirement("CH-09", "SS-06", "AGT-08")
async def test_a_model_chooses_the_type_for_chat_and_forms_alike(bench_factory: Callable[..., Any]) -> None:
    async with modelled(bench_factory, intake, routing) as (bench, model):
        model.picks("graffiti-removal")
        chat = await talk(bench, ODD)
        assert (chat["step"], "Graffiti Removal" in chat["says"][0]) == ("propose", True)
        assert (await forms(bench, ODD))[0] == "graffiti-removal"
    for asked in model.asked:
        assert asked["words"] == "somebody tagged my garage again, call [phone]"
        assert (asked["model"], asked["temperature"]) == ("small", 0)
        assert "other" not in asked["entries"], "what a person must read is not offered"
        shape = asked["response_format"]["json_schema"]["schema"]
        assert shape["properties"]["ids"]["items"]["enum"] == list(asked["entries"])
    assert model.asked[0]["entries"] == model.asked[1]["entries"], "one list for every door"
    assert model.keys == {"Bearer secret"}


@pytest.mark.requirement("CH-09")
async def test_the_catalogs_own_words_ask_no_model(bench_factory: Callable[..., Any]) -> None:
    async with modelled(bench_factory, intake) as (bench, model):
        model.picks("dead-animal-removal")
        assert "Graffiti Removal" in (await talk(bench, "there is graffiti on a wall"))["says"][0]
        assert (await talk(bench, "there is a gas leak, call 911"))["says"][0].startswith("If anyone is in danger")
        assert not [one for one in model.asked if "graffiti" in one["words"]]


@pytest.mark.requirement("CH-09")
@pytest.mark.parametrize(
    "said", ['{"ids": ["free-money"]}', "Call me!", '{"ids": "x"}', "", '{"answer": "It is free."}']
)
async def test_what_a_model_makes_up_is_never_said(bench_factory: Callable[..., Any], said: str) -> None:
    async with modelled(bench_factory, intake) as (bench, model):
        without = (await talk(bench, f"{ODD} now"))["says"]
        model.say = lambda _entries: said
        assert (await talk(bench, ODD))["says"] == without


@pytest.mark.requirement("CH-09")
@pytest.mark.parametrize("how", ["slow", "refusing", "dead"])
async def test_a_model_that_is_down_is_left_alone_and_the_catalogs_words_decide(
    bench_factory: Callable[..., Any], how: str
) -> None:
    nobody = {"chooser": f"http://127.0.0.1:{free_port()}/v1"} if how == "dead" else {}
    async with modelled(bench_factory, intake, **nobody) as (bench, model):
        model.pause, model.status = (LATE if how == "slow" else 0.0), (b"503 x" if how == "refusing" else b"200 x")
        model.picks("graffiti-removal")
        for n in range(FAILURES + 3):
            chat = await talk(bench, f"{ODD} {n}")
            assert "Graffiti" not in str(chat["says"])
        assert len(model.asked) == (0 if how == "dead" else FAILURES), "after some failures it is left alone"


@pytest.mark.requirement("CH-09", "CH-18", "KB-12")
async def test_a_model_chooses_among_the_articles_that_kb_finds_near(bench_factory: Callable[..., Any]) -> None:
    port = free_port()
    address = {"kb_base_url": f"http://127.0.0.1:{port}", "kb_seconds": 2.0}
    async with modelled(bench_factory, intake, kb, **address) as (bench, model), served(bench, port):
        known = (await bench.clients["kb"].post("/answers", json={"question": UNSURE, "language": "en"})).json()
        near = (await bench.clients["kb"].post("/suggest", json={"text": UNSURE, "language": "en"})).json()["articles"]
        assert not known["known"], "this question is one that kb is not sure of"
        assert near
        model.picks(near[-1]["id"], "made-up")
        chat = await talk(bench, UNSURE)
        assert chat["says"][0].startswith(f"{near[-1]['title']}: {near[-1]['summary']}")
        assert (chat["answer"]["article_id"], chat["answer"]["version"]) == (near[-1]["id"], near[-1]["version"])
        assert set(model.asked[0]["entries"]) == {one["id"] for one in near}
        await bench.quiet()
    (contact,) = bench.events("contact.recorded", ContactRecorded)
    assert (contact.article_id, contact.article_version) == (near[-1]["id"], near[-1]["version"])


class Echo:
    """A chooser of a package's own: the first entry."""

    async def choose(self, words: str, entries: Any) -> list[str]:
        """Name the first; fail where told to."""
        if words == "fail":
            raise RuntimeError(words)
        return [next(iter(entries)), "made-up"]


async def test_a_class_is_plugged_in_by_its_path_and_may_fail_in_any_way() -> None:
    made = open_choice(ChooserSettings.model_construct(chooser=f"{__name__}:Echo", chooser_seconds=1.0))
    assert made.is_there
    assert await made.among("words", {"one": "One", "two": "Two"}) == ("one",)
    assert await made.among("fail", {"one": "One"}) is None
    nobody = open_choice(ChooserSettings.model_construct(chooser=None))
    assert (nobody.is_there, await nobody.among("words", {"one": "One"})) == (False, None)
    with pytest.raises(ValueError, match=r"write `package.module:Class`, or an API's address"):
        open_choice(ChooserSettings.model_construct(chooser="nowhere.at_all:Thing"))

"""Social networks: signed webhooks in, answers out to a provider of the test's own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded, RequestCreated, RequestUpdated
from contracts.kb import ArticlePublished
from contracts.sla import Basis, ForecastPublished
from contracts.vocabulary import ForecastMethod
from intake.app import build
from intake.domain.social import meta_signature, x_signature
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
SECRET = "of the test"  # noqa: S105


class Provider:
    """X and Meta in one: takes answers over HTTP, keeps them, and can be told to fail first."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str] = []
        self.failures, self.port = 0, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.splitlines()[1:])}
        body = json.loads(await reader.readexactly(int(fields["content-length"])))
        self.keys.append(fields["idempotency-key"])
        self.failures -= 1
        if self.failures < 0:
            self.answers.append((head.split()[1], body))
        said = json.dumps({"data": {"id": f"a{len(self.answers)}"}}).encode()
        status = b"503 x" if self.failures >= 0 else b"201 x"
        writer.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(said) + said)
        await writer.drain()
        writer.close()

    async def wait(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        for _ in range(300):
            if len(self.answers) >= count:
                return self.answers
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.answers}, {count} expected")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest.fixture
async def bench(bench_factory: BenchFactory, provider: Provider, tmp_path: Path) -> Bench:
    api = f"http://127.0.0.1:{provider.port}"
    return await bench_factory(
        build, Settings, photo_store=str(tmp_path), social_x_secret=SECRET, social_meta_secret=SECRET,
        social_meta_verify_token="verify",  # noqa: S106
        social_x_api=api, social_meta_api=api, social_poll_seconds=0.02,
    )  # fmt: skip


def tweet(number: str, text: str, answers: str | None = None, user: str = "77") -> dict[str, Any]:
    one = {"id_str": number, "text": text, "lang": "en", "user": {"id_str": user, "screen_name": "pat_doe"}}
    return {"for_user_id": "1", "tweet_create_events": [one | {"in_reply_to_status_id_str": answers}]}


async def say(bench: Bench, network: str, body: dict[str, Any], secret: str = SECRET) -> int:
    raw = json.dumps(body).encode()
    sign, header = {
        "x": (x_signature, "x-twitter-webhooks-signature"),
        "meta": (meta_signature, "x-hub-signature-256"),
    }[network]
    answer = await bench.http.post(f"/social/{network}", content=raw, headers={header: sign(secret, raw)})
    await bench.quiet()
    return answer.status_code


@pytest.mark.requirement("CH-05", "CH-13", "CH-20", "NOT-03")
async def test_a_mention_becomes_one_request_and_is_answered_in_its_thread(bench: Bench, provider: Provider) -> None:
    provider.failures = 0
    assert await say(bench, "x", tweet("100", "@city311 there is a pothole at 1200 W Main St")) == 200
    assert await say(bench, "x", tweet("100", "@city311 there is a pothole at 1200 W Main St")) == 200
    (created,) = bench.events("request.created", RequestCreated)
    assert created.about.channel == "social"
    ((path, body),) = await provider.wait(1)
    assert (path, body["reply"]) == ("/2/tweets", {"in_reply_to_tweet_id": "100"})
    assert created.about.tracking_number in body["text"]
    (row,) = await bench.rows("intake", "SELECT handle, thread_id FROM vault_social_thread")
    assert (row["handle"], row["thread_id"]) == ("pat_doe", "100")
    for _ in range(100):
        if await bench.rows("intake", "SELECT 1 FROM vault_social_reply WHERE posted_id = 'a1'"):
            break
        await asyncio.sleep(0.02)
    assert await say(bench, "x", tweet("101", "It is the left lane", answers="a1")) == 200
    (told,) = bench.events("request.updated", RequestUpdated)
    assert told.change.kind == "message"
    assert await say(bench, "x", tweet("102", "Me too, pothole", answers="a1", user="78")) == 200
    assert len(bench.events("request.created", RequestCreated)) == 2


@pytest.mark.requirement("NOT-03", "NOT-06")
async def test_the_thread_hears_of_the_closing_once(bench: Bench, provider: Provider) -> None:
    assert await say(bench, "x", tweet("300", "pothole")) == 200
    await provider.wait(1)
    (created,) = bench.events("request.created", RequestCreated)
    number = created.about.tracking_number
    answer = await bench.http.post(f"/requests/{number}/cancel", headers=bench.token("agent"))
    assert answer.status_code == 200
    path, body = (await provider.wait(2))[1]
    assert (path, body["reply"]["in_reply_to_tweet_id"], number in body["text"]) == ("/2/tweets", "300", True)


@pytest.mark.requirement("CH-20", "CH-21")
async def test_a_long_answer_goes_on_in_an_answer_to_itself(bench: Bench, provider: Provider) -> None:
    words = {"es": "8 de cada 10 solicitudes del tipo «Otra cosa» se terminan en 7 días o menos. La meta es de 7 días."}
    basis = Basis(method=ForecastMethod.BASELINE, days_80=7)
    await bench.feed(ForecastPublished(service_code="other", version=1, basis=basis, words=words))
    mention = tweet("600", "@city311 Hay una fuga de gas")
    mention["tweet_create_events"][0]["lang"] = "es"
    assert await say(bench, "x", mention) == 200
    (_, first), (_, second) = await provider.wait(2)
    assert "911" in first["text"]
    assert max(len(part["text"]) for part in (first, second)) <= 280
    assert [part["reply"]["in_reply_to_tweet_id"] for part in (first, second)] == ["600", "a1"]
    (created,) = bench.events("request.created", RequestCreated)
    said = f"{first['text']} {second['text']}"
    assert created.about.tracking_number in said
    assert words["es"] in said
    assert len(set(provider.keys)) == 2


@pytest.mark.requirement("CH-06")
async def test_a_message_to_the_page_and_danger(bench: Bench, provider: Provider) -> None:
    message = {"mid": "m1", "text": "Hay una fuga de gas en la calle, está oliendo"}
    body = {"object": "page", "entry": [{"id": "1", "messaging": [{"sender": {"id": "55"}, "message": message}]}]}
    assert await say(bench, "meta", body) == 200
    ((path, sent),) = await provider.wait(1)
    assert (path, sent["recipient"]) == ("/me/messages", {"id": "55"})
    assert "911" in sent["message"]["text"]
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "c1",
        "from": {"id": "9", "name": "Ana"},
        "message": "Graffiti",
    }
    assert await say(bench, "meta", {"entry": [{"id": "1", "changes": [{"field": "feed", "value": value}]}]}) == 200
    assert (await provider.wait(2))[1][0] == "/c1/comments"


@pytest.mark.requirement("CH-18", "CH-19")
async def test_a_question_is_answered_by_an_article(bench: Bench, provider: Provider) -> None:
    article = ArticlePublished(
        article_id="graffiti", version=2, title={"en": "Graffiti"}, summary={"en": "The city removes it."},
        services=("graffiti-removal",), audience="public", section="city",
    )  # fmt: skip
    await bench.feed(article)
    assert await say(bench, "x", tweet("1", "@city311 How is graffiti removed?")) == 200
    assert "(Article graffiti, version 2)" in (await provider.wait(1))[0][1]["text"]
    (contact,) = bench.events("contact.recorded", ContactRecorded)
    assert (contact.kind, contact.article_id) == ("question_answered", "graffiti")
    assert not bench.events("request.created", RequestCreated)


@pytest.mark.requirement("CH-21")
async def test_danger_in_a_later_message_or_a_question_is_answered_first(bench: Bench, provider: Provider) -> None:
    def message(mid: str, text: str) -> dict[str, Any]:
        return {"entry": [{"id": "1", "messaging": [{"sender": {"id": "55"}, "message": {"mid": mid, "text": text}}]}]}

    assert await say(bench, "meta", message("m1", "Graffiti at 100 W 1st St")) == 200
    assert "911" not in (await provider.wait(1))[0][1]["message"]["text"]
    assert await say(bench, "meta", message("m2", "now there is a gas leak")) == 200
    assert (await provider.wait(2))[1][1]["message"]["text"].startswith("If anyone is in danger, call 911")
    await bench.quiet()
    (contact,) = bench.events("contact.recorded", ContactRecorded)
    assert contact.kind == "emergency_diverted"


async def test_a_provider_that_is_away_is_asked_again_with_the_same_key(bench: Bench, provider: Provider) -> None:
    provider.failures = 1
    assert await say(bench, "x", tweet("5", "pothole")) == 200
    for _ in range(100):
        if provider.keys:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    bench.clock.now += timedelta(hours=1)
    await provider.wait(1)
    assert len(set(provider.keys)) == 1


async def test_a_secret_is_changed_without_losing_a_post(bench_factory: BenchFactory, provider: Provider) -> None:
    api = f"http://127.0.0.1:{provider.port}"
    both = {"social_x_secret": "new", "social_x_secret_before": SECRET, "social_meta_secret": "new"}
    bench = await bench_factory(build, Settings, social_x_api=api, social_poll_seconds=0.02, **both)
    for number, (secret, status) in enumerate((("new", 200), (SECRET, 200), ("older", 403), ("", 403))):
        assert await say(bench, "x", tweet(str(number), "there is a pothole"), secret=secret) == status, secret
    assert await say(bench, "meta", {}, secret=SECRET) == 403, "none stands before this one"
    assert len(bench.events("request.created", RequestCreated)) == 2


@pytest.mark.requirement("NOT-03", "CH-20")
async def test_a_thread_hears_its_number_before_its_closing_however_often_the_provider_is_away(
    bench: Bench, provider: Provider
) -> None:
    provider.failures = 1
    assert await say(bench, "x", tweet("6", "pothole")) == 200
    for _ in range(100):
        if provider.keys:
            break
        await asyncio.sleep(0.02)
    (created,) = bench.events("request.created", RequestCreated)
    cancelled = await bench.http.post(f"/requests/{created.about.tracking_number}/cancel", headers=bench.token("agent"))
    assert cancelled.status_code == 200
    await asyncio.sleep(0.2)  # the closing is due, the number is not yet tried again
    assert provider.answers == []
    bench.clock.now += timedelta(hours=1)
    said = [body["text"] for _, body in await provider.wait(2)]
    assert len(provider.keys) == 3
    assert provider.keys[0] == provider.keys[1] != provider.keys[2], said


async def test_forged_calls_are_refused_and_challenges_answered(bench: Bench) -> None:
    assert await say(bench, "x", tweet("9", "pothole"), secret="forged") == 403  # noqa: S106
    assert await say(bench, "meta", {"entry": []}, secret="") == 403
    assert (await bench.http.post("/social/x", content=b"{}")).status_code == 403
    proof = (await bench.http.get("/social/x", params={"crc_token": "abc"})).json()
    assert proof == {"response_token": x_signature(SECRET, b"abc")}
    asked = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "verify"}
    assert (await bench.http.get("/social/meta", params=asked)).text == "42"
    assert (await bench.http.get("/social/meta", params=asked | {"hub.verify_token": "x"})).status_code == 403
    assert not bench.events("request.created", RequestCreated)


async def test_any_shape_is_borne(bench: Bench) -> None:
    strange: list[Any] = [
        [],
        {},
        1,
        None,
        {"entry": 5},
        {"entry": [{"messaging": "x", "changes": [{"value": []}]}]},
        {"tweet_create_events": [[]]},
        {"tweet_create_events": [{"id_str": True, "user": {"id_str": "1"}}]},
        {"direct_message_events": [{"id": "\x00"}]},
        {"tweet_create_events": [{"id_str": "\ud800", "text": "\ud800\x00", "user": {"id_str": "4"}}]},
    ]
    for network in ("x", "meta"):
        assert {await say(bench, network, body) for body in strange} <= {200, 422}


@pytest.mark.requirement("CH-05", "OPS-07")
async def test_a_thread_of_nobody_known_is_forgotten_in_time(bench: Bench, provider: Provider) -> None:
    article = ArticlePublished(
        article_id="graffiti-removal", version=1, title={"en": "Graffiti"}, summary={"en": "We remove it."},
        services=("graffiti-removal",),
    )  # fmt: skip
    await bench.feed(article)
    assert await say(bench, "x", tweet("1", "@city311 how is graffiti removed?", user="asks")) == 200
    assert await say(bench, "x", tweet("2", "@city311 there is graffiti on a wall", user="reports")) == 200
    await provider.wait(2)
    await bench.quiet()
    await bench.advance(timedelta(days=60))
    assert await say(bench, "x", tweet("3", "@city311 how long is graffiti there?", "1", user="asks")) == 200
    await bench.advance(timedelta(days=60))
    assert await authors(bench) == {"asks", "reports"}, "it was touched again"
    await bench.advance(timedelta(days=31))
    assert await authors(bench) == {"reports"}, "whoever reported is known, and may ask for it"
    assert await bench.rows("intake", "SELECT 1 FROM vault_social_reply WHERE request_id IS NULL") == []


async def authors(bench: Bench) -> set[str]:
    return {row["author_id"] for row in await bench.rows("intake", "SELECT author_id FROM vault_social_thread")}

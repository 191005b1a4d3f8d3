"""Campaigns: announced and ended by staff, shown as banners, told to who agreed to it, and measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from told import AT, Inbox, created, facts, link_for, noon, profile, settled

from chassis.ids import uuid7
from chassis.testing import Bench
from contracts.city import load_city
from contracts.frontends import Place
from contracts.intake import Consent, ContactErased, ContactProfile, Purpose, RequestCreated
from contracts.notify import CampaignChanged, CampaignWay, NotificationSettled
from contracts.vocabulary import Channel, DeliveryChannel, DeliveryOutcome, Moment, Operator
from notify.app import build
from notify.domain.campaigns import AT_ONCE, problems_of
from notify.domain.crowds import BACK
from notify.settings import Settings

POTHOLES = "pothole-repair"
DISTRICT, ELSEWHERE = {"council_district": "9"}, {"council_district": "1"}
CITIES = sorted(path.parent for path in (Path(__file__).parents[3] / "cities").glob("*/city.yaml"))
STAFF = ("agent", "supervisor", "operator")
DAY = timedelta(days=1)
CROWD, MANY = 3000, 200_000
RESTS: dict[str, Any] = {"quiet_from": "11:00", "quiet_until": "14:00", "version": 2}


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    notify = {"notify_base_url": "http://notify.example", "link_key": "only-for-tests"}
    made = await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02, **notify)
    await noon(made)
    return made


def said(bench: Bench, **given: Any) -> dict[str, Any]:
    """Say what a campaign about potholes in one district is, from now on for four weeks."""
    whole = {
        "title": {"en": "Seen a pothole?", "es": "¿Vio un bache?"},
        "text": {"en": "Tell 311 where it is.", "es": "Diga al 311 dónde está."},
        "services": [POTHOLES],
        "areas": {"council_district": ["9", "15"]},
        "ways": ["banner", "messages"],
        "link": "https://311.example/potholes",
        "starts_at": bench.clock.now.isoformat(),
        "ends_at": (bench.clock.now + 28 * DAY).isoformat(),
    }
    return whole | given


async def announce(bench: Bench, code: str = "pothole-week", status: int = 201, **given: Any) -> dict[str, Any]:
    answer = await bench.http.put(
        f"/campaigns/{code}", json=said(bench, **given), headers=bench.token("supervisor", "sam")
    )
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def end(bench: Bench, code: str = "pothole-week", status: int = 200) -> None:
    body = {"because": "the budget is spent"}
    answer = await bench.http.post(f"/campaigns/{code}/end", json=body, headers=bench.token("operator"))
    assert answer.status_code == status, answer.text


async def banners(bench: Bench, **asked: Any) -> list[str]:
    answer = await bench.http.get("/banners", params=asked)
    assert answer.status_code == 200, answer.text
    return [line["code"] for line in answer.json()]


async def effect(bench: Bench, code: str = "pothole-week") -> dict[str, Any]:
    answer = await bench.http.get(f"/campaigns/{code}/effect", headers=bench.token("supervisor"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def agreed(purpose: Purpose = Purpose.NOTICES, *, given: bool = True) -> tuple[Consent, ...]:
    return (Consent(channel=DeliveryChannel.EMAIL, purpose=purpose, given=given, source="account", at=AT),)


def reader(ref: str, **given: Any) -> ContactProfile:
    return profile(**({"contact_ref": ref, "email": f"{ref}@example.org", "consents": agreed()} | given))


def asked_for(ref: str = "c1", service: str = POTHOLES, area: dict[str, str] | None = None) -> RequestCreated:
    base = facts(f"N-{ref}", service_code=service, contact_refs=(ref,))
    return created(base).model_copy(update={"place": Place(area=DISTRICT if area is None else area)})


async def told(bench: Bench, *profiles: ContactProfile, requests: Sequence[RequestCreated] = ()) -> None:
    """Let people report something, and hear of it."""
    before = len(bench.events("notification.settled", NotificationSettled))
    for one in profiles:
        await bench.feed(one)
    for request in requests or [asked_for(one.contact_ref) for one in profiles]:
        await bench.feed(request)
    await settled(bench, before + len(requests or profiles))


async def resting(bench: Bench, *refs: str) -> None:
    """Let people report something, hear of it, and then rest for the next hours."""
    await told(bench, *(reader(ref) for ref in refs))
    for ref in refs:
        await bench.feed(reader(ref, **RESTS))


async def campaigned(bench: Bench, count: int) -> list[NotificationSettled]:
    """Wait until so many messages of campaigns have ended."""
    for _ in range(400):
        await bench.quiet()
        found = bench.events("notification.settled", NotificationSettled)
        if len(ours := [one for one in found if one.moment is Moment.CAMPAIGN]) >= count:
            return ours
        await asyncio.sleep(0.01)
    raise AssertionError(f"Only {len(ours)} of {count} messages of campaigns ended")


def heard_of_it(inbox: Inbox) -> list[str]:
    return sorted(str(mail["To"]) for mail in inbox.mails if "pothole-week" in str(mail["Subject"]))


async def is_told_nobody(bench: Bench, inbox: Inbox) -> None:
    """See that nobody is told of a campaign, however long one waits."""
    await bench.advance(timedelta(seconds=2))
    assert await bench.rows("notify", "SELECT 1 FROM open_intent WHERE moment = 'campaign'") == []
    assert heard_of_it(inbox) == []


@pytest.mark.requirement("NOT-11")
async def test_who_agreed_to_notices_and_asked_for_it_there_is_told_once_in_their_language(
    bench: Bench, inbox: Inbox
) -> None:
    await told(
        bench,
        reader("ana", language="es"),
        reader("said-nothing", consents=()),
        reader("refused", consents=agreed(given=False)),
        reader("agreed-to-surveys", consents=agreed(Purpose.SURVEYS)),
        reader("lives-elsewhere"),
        reader("asked-for-another"),
        requests=[
            *(asked_for(ref) for ref in ("ana", "said-nothing", "refused", "agreed-to-surveys")),
            asked_for("ana"),
            asked_for("lives-elsewhere", area=ELSEWHERE),
            asked_for("asked-for-another", service="graffiti-removal"),
        ],
    )
    made = await announce(bench)
    await bench.advance(timedelta(seconds=1))
    (one,) = await campaigned(bench, 1)
    assert (one.contact_ref, one.outcome) == ("ana", DeliveryOutcome.DELIVERED)
    assert (one.transition, one.about.tracking_number) == ("campaign:pothole-week", "pothole-week")
    assert heard_of_it(inbox) == ["ana@example.org"]
    mail = inbox.mails[-1]
    assert mail["Subject"] == "Aviso de Los Angeles: ¿Vio un bache? (pothole-week)"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Diga al 311 dónde está." in text
    assert "https://311.example/potholes" in text
    assert await announce(bench, status=200, starts_at=made["starts_at"], ends_at=made["ends_at"]) == made
    await bench.advance(timedelta(minutes=5))
    await asyncio.sleep(0.1)
    assert heard_of_it(inbox) == ["ana@example.org"]


@pytest.mark.requirement("NOT-11")
async def test_a_campaign_gives_way_to_everybody_elses_news_and_keeps_quiet_hours(bench: Bench, inbox: Inbox) -> None:
    await resting(bench, "ana")
    await announce(bench)
    await bench.advance(timedelta(seconds=1))
    (waiting,) = await bench.rows("notify", "SELECT lane, next_attempt_at FROM open_intent WHERE moment = 'campaign'")
    assert waiting["lane"] == BACK
    assert timedelta(hours=1) < waiting["next_attempt_at"] - bench.clock.now <= timedelta(hours=2)
    await told(bench, reader("eva"))
    assert heard_of_it(inbox) == []
    await bench.advance(timedelta(hours=2))
    await campaigned(bench, 1)
    assert heard_of_it(inbox) == ["ana@example.org"]


async def test_it_begins_at_its_time_and_may_be_changed_until_then(bench: Bench, inbox: Inbox) -> None:
    await told(bench, reader("ana"))
    later = (bench.clock.now + DAY).isoformat()
    assert (await announce(bench, starts_at=later))["version"] == 1
    changed = await announce(bench, status=200, starts_at=later, title={"en": "Potholes!", "es": "¡Baches!"})
    assert changed["version"] == 2
    assert await banners(bench) == []
    await is_told_nobody(bench, inbox)
    await bench.advance(DAY)
    await campaigned(bench, 1)
    assert await banners(bench) == ["pothole-week"]
    assert "Potholes!" in inbox.mails[-1]["Subject"]
    answer = await bench.http.put("/campaigns/pothole-week", json=said(bench), headers=bench.token("supervisor"))
    assert (answer.status_code, "under a new code" in answer.text) == (409, True)
    versions = [one.version for one in bench.events("campaign.changed", CampaignChanged)]
    assert versions == [1, 2]


@pytest.mark.requirement("NOT-11")
async def test_a_campaign_that_is_ended_shows_no_banner_and_sends_no_more(bench: Bench, inbox: Inbox) -> None:
    await resting(bench, "ana")
    await announce(bench)
    await bench.advance(timedelta(seconds=1))
    await end(bench)
    await end(bench)
    assert await banners(bench) == []
    await bench.advance(timedelta(hours=3))
    assert [one.outcome for one in await campaigned(bench, 1)] == [DeliveryOutcome.EXPIRED]
    assert heard_of_it(inbox) == []
    first, last = bench.events("campaign.changed", CampaignChanged)
    assert (first.state, last.state, last.version) == ("announced", "ended", 2)
    (noted,) = await bench.rows("notify", "SELECT role, object, detail FROM audit WHERE action = 'campaigns.end'")
    assert (noted["role"], noted["object"], "budget" in str(noted["detail"])) == ("operator", "pothole-week", True)
    await end(bench, "another", status=404)


@pytest.mark.requirement("NOT-11")
async def test_an_erased_person_is_never_told(bench: Bench, inbox: Inbox) -> None:
    await resting(bench, "ana", "eva")
    await bench.feed(ContactErased(contact_ref="eva"))
    await bench.feed_raw("contact.profile", "eva", None)
    await announce(bench)
    await bench.advance(timedelta(seconds=1))
    await bench.feed(ContactErased(contact_ref="ana"))
    await bench.feed_raw("contact.profile", "ana", None)
    await bench.advance(timedelta(hours=3))
    assert [(one.contact_ref, one.outcome) for one in await campaigned(bench, 1)] == [
        ("ana", DeliveryOutcome.SUPPRESSED)
    ]
    assert heard_of_it(inbox) == []


async def test_who_takes_their_agreement_back_before_it_is_sent_is_not_told(bench: Bench, inbox: Inbox) -> None:
    await resting(bench, "ana")
    await announce(bench)
    await bench.advance(timedelta(seconds=1))
    await bench.feed(reader("ana", **RESTS | {"consents": (), "version": 3}))
    await bench.advance(timedelta(hours=3))
    assert [one.outcome for one in await campaigned(bench, 1)] == [DeliveryOutcome.SUPPRESSED]
    assert heard_of_it(inbox) == []


@pytest.mark.requirement("NOT-11")
async def test_one_click_ends_campaigns_and_leaves_news_of_ones_own_requests(bench: Bench, inbox: Inbox) -> None:
    await told(bench, reader("ana"))
    await announce(bench)
    await bench.advance(timedelta(seconds=1))
    await campaigned(bench, 1)
    assert "request=notices" in inbox.mails[-1]["List-Unsubscribe"]
    link = link_for("notices", "ana")
    page = await bench.http.get(link, headers={"accept": "text/html"})
    assert "Stop the city&#x27;s own notices by e-mail" in page.text
    left = await bench.http.post(link, data={"List-Unsubscribe": "One-Click"}, headers={"accept": "text/html"})
    assert "You still hear about your own requests." in left.text
    await announce(bench, "second-week")
    await bench.advance(timedelta(seconds=1))
    outcomes = {one.about.tracking_number: one.outcome for one in await campaigned(bench, 2)}
    assert outcomes == {"pothole-week": DeliveryOutcome.DELIVERED, "second-week": DeliveryOutcome.SUPPRESSED}
    assert (await effect(bench))["told"]["left"] is None, "one person is too few to be told of"
    await bench.feed(asked_for("ana"))
    own = [one.outcome for one in await settled(bench, 4) if one.moment is Moment.RECEIVED]
    assert own == [DeliveryOutcome.DELIVERED] * 2


@pytest.mark.requirement("NOT-11")
async def test_banners_are_for_a_service_and_an_area_in_a_language_and_are_asked_for_with_a_tag(bench: Bench) -> None:
    await announce(bench)
    await announce(bench, "for-all", services=[], areas={})
    await announce(bench, "by-mail-alone", ways=["messages"])
    assert await banners(bench) == ["for-all", "pothole-week"]
    assert await banners(bench, service="graffiti-removal") == ["for-all"]
    assert await banners(bench, area=["council_district:9"]) == ["for-all", "pothole-week"]
    assert await banners(bench, area=["council_district:1"], service=POTHOLES) == ["for-all"]
    first = await bench.http.get("/banners", params={"language": "es", "service": POTHOLES})
    assert first.json()[1]["title"] == "¿Vio un bache?"
    again = await bench.http.get(
        "/banners", params={"language": "es", "service": POTHOLES}, headers={"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    await end(bench)
    changed = await bench.http.get(
        "/banners", params={"language": "es", "service": POTHOLES}, headers={"if-none-match": first.headers["etag"]}
    )
    assert (changed.status_code, len(changed.json())) == (200, 1)
    assert (await bench.http.get("/banners", params={"language": "fr"})).status_code == 422


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title.es", {"title": {"en": "Potholes"}}),
        ("text.en", {"text": {"en": " ", "es": "Baches"}}),
        ("text.en", {"text": {"en": "x" * 601, "es": "Baches"}}),
        ("text.es", {"text": {"en": "Potholes", "es": "Ba\x00ches"}}),
        ("title.fr", {"title": {"en": "Potholes", "es": "Baches", "fr": "Trous"}}),
        ("services", {"services": ["moon-repair"]}),
        ("areas.council_district", {"areas": {"council_district": ["9", "99"]}}),
        ("areas.council_district", {"areas": {"council_district": []}}),
        ("areas.parish", {"areas": {"parish": ["1"]}}),
        ("ends_at", {"ends_at": AT.isoformat()}),
        ("ends_at", {"starts_at": (AT - DAY).isoformat(), "ends_at": AT.isoformat()}),
        ("ends_at", {"starts_at": AT.isoformat(), "ends_at": (AT + 400 * DAY).isoformat()}),
        ("link", {"link": "javascript:alert(1)"}),
    ],
)
async def test_what_a_city_does_not_have_or_say_is_refused_by_its_field(bench: Bench, field: str, given: Any) -> None:
    refused = await announce(bench, status=422, **given)
    assert field in [one["field"] for one in refused["errors"]], refused
    assert bench.events("campaign.changed", CampaignChanged) == []


@pytest.mark.requirement("NOT-11")
@pytest.mark.parametrize("role", ["public", "contact", "agency", *STAFF])
async def test_who_may_do_what_with_campaigns(bench: Bench, role: str) -> None:
    await announce(bench, "made-before")
    who = {} if role == "public" else bench.token(role, agency="sanitation" if role == "agency" else None)
    because = {"because": "enough of it"}
    answers = {
        "read": await bench.http.get("/campaigns", headers=who),
        "change": await bench.http.put("/campaigns/pothole-week", json=said(bench), headers=who),
        "end": await bench.http.post("/campaigns/made-before/end", json=because, headers=who),
        "measure": await bench.http.get("/campaigns/made-before/effect", headers=who),
    }
    allowed = {name for name, answer in answers.items() if answer.is_success}
    may = {"agent": {"read"}, "supervisor": {*answers}, "operator": {*answers}}
    assert allowed == may.get(role, set())
    assert {answer.status_code for answer in answers.values() if not answer.is_success} <= {401, 403}


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_every_city_takes_a_campaign_in_its_own_words_about_what_it_has(folder: Path) -> None:
    city = load_city(folder)
    words = dict.fromkeys(city.profile.languages, "Seen a pothole?")
    areas = {area.kind: area.ids or ("any",) for area in city.profile.areas}
    given = {"title": words, "text": words, "services": tuple(city.services), "areas": areas}
    made = CampaignChanged(code="a", ways=(CampaignWay.BANNER,), starts_at=AT, ends_at=AT + DAY, **given)
    assert problems_of(city, made, AT) == []
    without = {language: text for language, text in words.items() if language != city.profile.languages[-1]}
    (problem,) = problems_of(city, made.model_copy(update={"title": without}), AT)
    assert problem["field"] == f"title.{city.profile.languages[-1]}"


async def reported(bench: Bench, count: int, at: datetime, channel: Channel, area: dict[str, str]) -> None:
    for nth in range(count):
        opened_at = at + timedelta(minutes=nth)
        base = facts(f"N{uuid4().hex}", service_code=POTHOLES, contact_refs=(), channel=channel, opened_at=opened_at)
        request = RequestCreated(
            **{**base, "request_id": uuid7(opened_at)}, place=Place(area=area), operator=Operator.CITY_311
        )
        await bench.feed(request)


@pytest.mark.requirement("NOT-11", "ANA-19")
async def test_its_effect_is_compared_by_channel_with_the_days_before_and_with_other_areas(bench: Bench) -> None:
    start = bench.clock.now
    await announce(bench, ways=["event"])
    for at, web, phone, there in (
        (start - 5 * DAY, 10, 10, DISTRICT),
        (start + 2 * DAY, 30, 10, DISTRICT),
        (start - 5 * DAY, 10, 0, ELSEWHERE),
        (start + 2 * DAY, 10, 2, ELSEWHERE),
        (start - 20 * DAY, 7, 0, DISTRICT),
    ):
        await reported(bench, web, at, Channel.WEB, there)
        await reported(bench, phone, at, Channel.PHONE, there)
    assert (await effect(bench))["days"] == 0
    await bench.advance(8 * DAY)
    measured = await effect(bench)
    here, elsewhere = measured["here"], measured["elsewhere"]
    assert (measured["days"], here["before"], here["since"], here["ratio"]) == (7, 20, 40, 2.0)
    assert (here["self_service_before"], here["self_service_since"]) == (0.5, 0.75)
    assert {"channel": "web", "before": 10, "since": 30} in here["channels"]
    assert (elsewhere["before"], elsewhere["since"], elsewhere["ratio"]) == (10, 12, 1.2)
    assert {"channel": "phone", "before": 0, "since": None} in elsewhere["channels"], "two are too few to be told of"
    assert measured["difference"] == 0.8
    assert "not why" in measured["note"]
    assert (await bench.http.get("/campaigns/none-such/effect", headers=bench.token("operator"))).status_code == 404


@pytest.mark.requirement("ANA-19")
async def test_an_event_that_was_held_is_noted_afterwards_and_tells_nobody(bench: Bench, inbox: Inbox) -> None:
    await told(bench, reader("ana"))
    past: dict[str, Any] = {
        "starts_at": (bench.clock.now - 9 * DAY).isoformat(),
        "ends_at": (bench.clock.now - DAY).isoformat(),
    }
    await announce(bench, ways=["event"], **past)
    assert await banners(bench) == []
    await is_told_nobody(bench, inbox)
    assert (await effect(bench))["days"] == 7


@pytest.mark.requirement("NOT-11")
async def test_campaigns_survive_a_rebuild_and_nobody_is_told_again(bench: Bench, inbox: Inbox) -> None:
    await told(bench, reader("ana"))
    await resting(bench, "eva")
    await announce(bench)
    await announce(bench, "ended-early")
    await end(bench, "ended-early")
    await announce(bench, "to-come", starts_at=(bench.clock.now + DAY).isoformat())
    await bench.advance(timedelta(seconds=1))
    await campaigned(bench, 1)
    kept = await bench.rows("notify", "SELECT * FROM campaign ORDER BY code")
    assert await bench.rebuild("notify") == []
    assert await bench.rows("notify", "SELECT * FROM campaign ORDER BY code") == kept
    await bench.advance(timedelta(hours=3))
    await campaigned(bench, 2)
    assert heard_of_it(inbox) == ["ana@example.org", "eva@example.org"]
    await bench.advance(DAY)
    assert len(await campaigned(bench, 4)) == 4, "what was to come comes"
    assert heard_of_it(inbox) == ["ana@example.org", "eva@example.org"]
    # Where all was lost but the log, it tells who was told.
    await bench.rows("notify", "UPDATE campaign SET told_to = ''")
    assert await bench.rebuild("notify") == []
    await bench.advance(timedelta(seconds=2))
    await asyncio.sleep(0.1)
    assert len(await campaigned(bench, 4)) == 4
    assert heard_of_it(inbox) == ["ana@example.org", "eva@example.org"]


async def crowd(bench: Bench, count: int) -> None:
    """Let the service know very many people like the one it knows, who have asked for the same."""
    own = {"contact_ref": "'f' || n", "email": "'f' || n || '@example.org'"}
    own |= {"intent_id": "gen_random_uuid()", "sequence": "n + 1"}
    for table in ("profile", "settled_intent"):
        (known,) = await bench.rows("notify", f"SELECT * FROM {table}")
        values = ", ".join(own.get(name, name) for name in known.keys())  # noqa: SIM118 - a row is read by its names
        copies = f"SELECT {values} FROM {table}, generate_series(1, {count}) AS n"
        await bench.rows("notify", f"INSERT INTO {table} ({', '.join(known.keys())}) {copies}")


@pytest.mark.requirement("NOT-11")
async def test_a_campaign_for_thousands_reaches_each_once_and_keeps_nobody_else_waiting(
    bench: Bench, inbox: Inbox, figure: Callable[[str], None]
) -> None:
    await told(bench, reader("ana"))
    await crowd(bench, CROWD)
    await bench.feed(profile(contact_ref="eva", email="eva@example.org"))
    await announce(bench)
    waits, turns = [], []
    for n in range(CROWD // AT_ONCE + 1):
        began = time.monotonic()
        bench.clock.now += timedelta(seconds=1)
        await bench.running["notify"].sweeper.sweep()
        turns.append(time.monotonic() - began)
        began, before = time.monotonic(), len(inbox.mails)
        await bench.feed(created(facts(f"AAAA-0000-{n:04}", contact_refs=("eva",))))
        while not any(mail["To"] == "eva@example.org" for mail in inbox.mails[before:]):
            assert time.monotonic() - began < 10, "somebody waits for the campaign"
            await asyncio.sleep(0.005)
        waits.append(time.monotonic() - began)
    while await bench.rows("notify", "SELECT FROM open_intent LIMIT 1"):
        await asyncio.sleep(0.1)
    assert len(set(heard_of_it(inbox))) == len(heard_of_it(inbox)) == CROWD + 1
    figure(
        f"a single mail while a campaign is told to {CROWD}: slowest of {len(waits)} {max(waits):.2f} s;"
        f" {AT_ONCE} readers found in {max(turns):.2f} s at most"
    )


@pytest.mark.requirement("NOT-11")
async def test_an_effect_among_very_many_requests_is_read_from_its_own_days(
    bench: Bench, figure: Callable[[str], None]
) -> None:
    await announce(bench, ways=["event"])
    await reported(bench, 1, bench.clock.now, Channel.WEB, DISTRICT)
    first = int(bench.clock.now.timestamp() * 1000) - MANY * 20_000
    await bench.rows(
        "notify",
        "INSERT INTO request (request_id, about, revision, offices, areas) SELECT"
        " (lpad(to_hex($1::bigint + n * 30000::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,"
        f" about, 0, '', 'council_district:' || n % 15 + 1 FROM request, generate_series(1, {MANY}) AS n",
        first,
    )
    await bench.advance(15 * DAY)
    began = time.monotonic()
    measured = await effect(bench)
    took = time.monotonic() - began
    assert (measured["days"], measured["here"]["before"], measured["here"]["since"]) == (14, 5376, 5377)
    figure(f"the effect of a campaign by {measured['days']} days of 2,880 requests, among {MANY}: {took:.2f} s")

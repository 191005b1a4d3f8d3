"""Accounts by one-time code, what people choose, what staff see and rule, and erasure."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.testing import Bench
from contracts.intake import ContactProfile
from intake import store
from intake.app import build
from intake.settings import Settings
from intake.store.people.erasing import erased_by

sys.path.insert(0, str(Path(__file__).parent))
from accounts import PAT, Letterbox, Town, letterbox

__all__ = ["letterbox"]

BenchFactory = Callable[..., Awaitable[Bench]]
AGENT = "agent"


@pytest.fixture
async def town(bench_factory: BenchFactory, letterbox: tuple[Letterbox, int]) -> Town:
    box, port = letterbox
    return Town(await bench_factory(build, Settings, smtp_port=port), box)


@pytest.mark.requirement("CP-01", "CP-05")
async def test_a_code_opens_a_session_that_shows_every_channels_requests(town: Town) -> None:
    made = [await town.report(reporter=PAT), await town.report(reporter=PAT | {"language": "es"}, channel="phone")]
    await town.report(reporter={"email": "other@example.org"})
    session = await town.sign_in("Pat@Example.org")
    assert sorted(await town.numbers(session)) == sorted(one["tracking_number"] for one in made)
    me = (await town.http.get("/me", headers=session)).json()
    assert [one["address"] for one in me["identities"]] == ["pat@example.org"]
    gone = await town.http.delete("/accounts/session", headers=session)
    assert gone.status_code == 200
    assert (await town.http.get("/me", headers=session)).status_code == 401


@pytest.mark.requirement("CP-05")
async def test_a_code_is_good_once_for_ten_minutes_and_five_tries(town: Town) -> None:
    async def attempt(code: str) -> int:
        given = {"email": "pat@example.org", "code": code}
        return (await town.http.post("/accounts/session", json=given)).status_code

    await town.http.post("/accounts/code", json={"email": "pat@example.org"})
    code = town.box.code("pat@example.org")
    assert (await town.http.post("/accounts/code", json={"email": "pat@example.org"})).status_code == 429
    assert await attempt(code) == 201
    assert await attempt(code) == 401
    town.bench.clock.now += timedelta(minutes=2)
    await town.http.post("/accounts/code", json={"email": "pat@example.org"})
    code = town.box.code("pat@example.org")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert [await attempt(wrong) for _ in range(5)] == [401] * 5
    assert await attempt(code) == 401
    town.bench.clock.now += timedelta(minutes=2)
    await town.http.post("/accounts/code", json={"email": "pat@example.org"})
    town.bench.clock.now += timedelta(minutes=11)
    assert await attempt(town.box.code("pat@example.org")) == 401


async def test_codes_and_tokens_are_kept_nowhere_as_they_are(town: Town) -> None:
    session = await town.sign_in("pat@example.org")
    secrets = {session["X-Session"], town.box.code("pat@example.org")}
    kept = await dump(town.bench, "intake")
    assert not [secret for secret in secrets if f'"{secret}"' in kept or f" {secret} " in kept]


async def test_a_session_ends_after_thirty_days(town: Town) -> None:
    session = await town.sign_in("pat@example.org")
    town.bench.clock.now += timedelta(days=31)
    assert (await town.http.get("/me", headers=session)).status_code == 401


@pytest.mark.requirement("CP-06")
async def test_what_people_choose_is_told_to_whoever_writes_to_them(town: Town) -> None:
    await town.report(reporter=PAT)
    session = await town.sign_in("pat@example.org")
    chosen = {"language": "es", "quiet_from": "21:00", "quiet_until": "07:30", "customer_type": "business"}
    assert (await town.http.patch("/me", json=chosen, headers=session)).status_code == 200
    await town.bench.quiet()
    newest = town.bench.events("contact.profile", ContactProfile)[-1]
    assert (newest.version, newest.language, newest.quiet_from) == (2, "es", "21:00")
    await town.http.patch("/me", json={"updates": False}, headers=session)
    await town.bench.quiet()
    assert town.bench.events("contact.profile", ContactProfile)[-1].email is None
    assert (await town.http.get("/me", headers=session)).json()["customer_type"] == "business"


@pytest.mark.requirement("CP-07")
async def test_a_second_proven_address_is_the_same_person(town: Town) -> None:
    one = await town.report(reporter={"email": "home@example.org"})
    two = await town.report(reporter={"email": "work@example.org"})
    await town.sign_in("work@example.org")
    session = await town.sign_in("home@example.org")
    town.bench.clock.now += timedelta(minutes=2)
    session = await town.sign_in("work@example.org", session)
    assert set(await town.numbers(session)) == {one["tracking_number"], two["tracking_number"]}


@pytest.mark.requirement("CP-07", "OPS-09")
async def test_staff_link_and_part_contacts_and_the_audit_keeps_it(town: Town) -> None:
    mine, other = await town.report(reporter=PAT), await town.report(reporter={"phone": "(555) 010-4477"})
    session = await town.sign_in("pat@example.org")
    agent = town.bench.token("agent", "ann")
    person = (await town.http.get("/me", headers=session)).json()["person_id"]
    place, why = f"/people/{person}/contacts/{other['contact_ref']}", {"reason": "Same caller, said so."}
    assert (await town.http.put(place, json=why)).status_code == 403
    assert (await town.http.put(place, json=why, headers=agent)).status_code == 200
    assert set(await town.numbers(session)) == {mine["tracking_number"], other["tracking_number"]}
    for made in (mine, other):
        answer = await town.http.post(f"/people/contacts/{made['contact_ref']}/part", json=why, headers=agent)
        assert answer.status_code == 200
    assert await town.numbers(session) == []
    audit = await town.bench.rows("intake", "SELECT action, subject, detail FROM audit WHERE action ~ 'link|part'")
    assert [row["action"] for row in audit] == ["person.link", "person.part", "person.part"]
    assert audit[1]["detail"]["from"] == person


@pytest.mark.requirement("CP-02", "CP-03")
async def test_an_agent_sees_one_history_and_every_look_is_audited(town: Town) -> None:
    made = await town.report(reporter=PAT | {"phone": "555-010-4477"})
    link = str(made["manage_link"]).partition("?")[2]
    await town.http.post(f"/requests/{made['tracking_number']}/messages?{link}", json={"text": "Still there."})
    agent = town.bench.token("agent", "ann")
    about = {"channel": "phone", "phone": "+1 555-010-4477"}
    call = (await town.http.post("/contacts", json=about, headers=agent)).json()["contact_id"]
    other = {"channel": "phone", "phone": "555-010-9999"}
    await town.http.post("/contacts", json=other, headers=agent)
    begun = await town.http.post("/conversations", json={"text": "a pothole"})
    number = {"phone": "+15550104477", "reference": begun.json()["reference"]}
    await town.bench.running["intake"].doors.persist(
        lambda tx: tx.update(store.VaultConversation, [number], ("reference",))
    )
    assert (await town.http.post("/people/search", json={"phone": "555 010 4477"})).status_code == 403
    found = await town.http.post("/people/search", json={"phone": "555 010 4477"}, headers=agent)
    (contact,) = found.json()["contacts"]
    shown = (await town.http.get(f"/people/{contact['contact_ref']}", headers=agent)).json()
    assert [request["tracking_number"] for request in shown["requests"]] == [made["tracking_number"]]
    assert [message["text"] for message in shown["messages"]] == ["Still there."]
    assert shown["contacts"][0]["name"] == "Pat Doe"
    assert [(one["reference"], one["channel"]) for one in shown["conversations"]] == [(number["reference"], "chat")]
    assert [one["contact_id"] for one in shown["calls"]] == [call]
    audit = await town.bench.rows("intake", "SELECT action FROM audit WHERE action LIKE 'person.%' ORDER BY id")
    assert [row["action"] for row in audit] == ["person.search", "person.read"]


def test_every_table_of_the_vault_knows_how_a_person_is_erased_from_it() -> None:
    vault = [table for name, table in store.METADATA.tables.items() if name.startswith("vault_")]
    assert [table.name for table in vault if not erased_by(table)] == []


async def dump(bench: Bench, service: str) -> str:
    """Write out everything a service's database holds."""
    tables = await bench.rows(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    parts = []
    for table in tables:
        rows = await bench.rows(service, f"SELECT to_jsonb(t)::text AS line FROM {table['tablename']} t")
        parts += [f"{table['tablename']}: {row['line']}" for row in rows]
    return "\n".join(parts)


@pytest.mark.requirement("CP-06", "NOT-03")
async def test_what_was_agreed_to_travels_by_way_and_purpose_with_where_and_when(town: Town) -> None:
    await town.report(reporter=PAT | {"phone": "213-555-0142", "preferred_channel": "sms"})
    first = town.bench.events("contact.profile", ContactProfile)[-1]
    assert [(c.channel, c.purpose, c.given, c.source) for c in first.consents] == [("sms", "requests", True, "report")]
    session = await town.sign_in("pat@example.org")
    chosen = {"channels": ["email"], "surveys": ["email"], "notices": ["sms"]}
    assert (await town.http.patch("/me", json=chosen, headers=session)).status_code == 200
    await town.bench.quiet()
    newest = town.bench.events("contact.profile", ContactProfile)[-1]
    given = {(c.channel.value, c.purpose.value): c.given for c in newest.consents}
    agreed = {("email", "requests"), ("email", "surveys"), ("sms", "notices")}
    assert {key for key, yes in given.items() if yes} == agreed
    assert given["sms", "surveys"] is False
    assert {(c.source, c.at) for c in newest.consents} == {("account", town.bench.clock.now)}
    me = (await town.http.get("/me", headers=session)).json()
    assert (me["surveys"], me["notices"]) == (["email"], ["sms"])
    await town.http.patch("/me", json={"surveys": None}, headers=session)
    await town.bench.quiet()
    newest = town.bench.events("contact.profile", ContactProfile)[-1]
    assert not [one for one in newest.consents if one.purpose == "surveys"], "as one is told"


@pytest.mark.requirement("CP-06", "NOT-03")
async def test_frequency_ways_and_addresses_that_were_agreed_to_reach_whoever_writes(town: Town) -> None:
    await town.report(reporter=PAT | {"phone": "213-555-0142"})
    session = await town.sign_in("pat@example.org")
    push = {"endpoint": "https://push.example.org/1", "p256dh": "B" * 87, "auth": "a" * 22}
    chosen = {"frequency": "digest", "channels": ["sms", "push", "letter"], "push": push}
    assert (await town.http.patch("/me", json=chosen, headers=session)).status_code == 200
    await town.bench.quiet()
    newest = town.bench.events("contact.profile", ContactProfile)[-1]
    assert [way.value for way in newest.channels] == ["sms", "push"], "no address for letters was given"
    assert newest.frequency.value == "digest"
    assert newest.push is not None
    assert newest.push.model_dump() == push
    await town.http.patch("/me", json={"postal_address": "1 Main St", "push": None}, headers=session)
    await town.bench.quiet()
    newest = town.bench.events("contact.profile", ContactProfile)[-1]
    assert ([way.value for way in newest.channels], newest.push) == (["sms", "letter"], None)
    me = (await town.http.get("/me", headers=session)).json()
    assert (me["channels"], me["postal_address"]) == (["sms", "push", "letter"], "1 Main St")
    assert me["consented_at"]
    wrong = await town.http.patch("/me", json={"channels": ["pigeon"]}, headers=session)
    assert (wrong.status_code, "channels" in wrong.text) == (422, True)
    audit = await town.bench.rows("intake", "SELECT detail FROM audit WHERE action = 'person.consent' ORDER BY at")
    assert "push.example.org" not in str([dict(row) for row in audit])
    assert len(audit) == 2

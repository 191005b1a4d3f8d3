"""Erasure: words that name a person are put wherever they may lie, and afterwards looked for in every row and file."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Boolean, DateTime, Integer, LargeBinary, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from chassis.testing import Bench
from chassis.transaction import Transaction
from contracts.intake import RequestCreated
from intake import store
from intake.app import build
from intake.settings import Settings
from intake.store.people.erasing import erased_by

sys.path.insert(0, str(Path(__file__).parent))
import pictures

BenchFactory = Callable[..., Awaitable[Bench]]
CANARY = "kwyjibo"
PHONE, NATIONAL = "+12135550187", "(213) 555-0187"
SPOKEN = ("kwyjibo", "2135550187", "555-0187")
MAIL = f"{CANARY}@example.org"
WHO = {"name": f"Pat {CANARY.title()}", "email": MAIL.title(), "phone": NATIONAL}
PAINT = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}}
SPAM = f"Casino bonus for {CANARY}"


class Home:
    """A bench, and the folder of its photos."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.http, self.folder = bench, bench.http, folder

    async def post(self, path: str, body: dict[str, Any], status: int, **more: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, **more)
        assert answer.status_code == status, answer.text
        await self.bench.quiet()
        return dict(answer.json())

    async def photo(self, colour: str) -> dict[str, Any]:
        files = [("photos", ("at-home.jpg", pictures.plain("JPEG", size=COLOURS[colour]), "image/jpeg"))]
        answer = await self.http.post("/photos", files=files)
        return dict(answer.json()["photos"][0])

    async def lines(self) -> list[tuple[str, str]]:
        """Read every row of every table, bytes as text too."""
        tables = await self.bench.rows("intake", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = []
        for table in (row["tablename"] for row in tables):
            raw = ", encode(raw, 'escape') AS raw" if table == "vault_held_letter" else ", '' AS raw"
            rows = await self.bench.rows("intake", f"SELECT to_jsonb(t)::text AS line{raw} FROM {table} t")
            found += [(table, f"{row['line']} {row['raw']}".lower()) for row in rows]
        return found

    async def told(self) -> set[str]:
        """Name the tables that tell of the person."""
        return {table for table, line in await self.lines() if any(words in line for words in SPOKEN)}

    def files(self) -> set[str]:
        """Name the photos that are kept, thumbnails too; none may hold the words."""
        kept = [path for path in self.folder.rglob("*") if path.is_file()]
        assert not [path for path in kept if any(words.encode() in path.read_bytes().lower() for words in SPOKEN)]
        return {path.name for path in kept}

    async def swept(self, *names: str) -> None:
        """Wait until the bytes of these photos are gone."""
        for _ in range(500):
            if not self.files() & set(names):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{names} lie there still after ten seconds")


COLOURS = {"own": (96, 64), "shared": (64, 96)}
ANYTHING: dict[type, Any] = {
    JSONB: {"said": CANARY},
    LargeBinary: CANARY.encode(),
    Boolean: "false",
    Integer: 7,
    DateTime: datetime(2099, 1, 1, tzinfo=UTC),
}


@pytest.fixture
async def home(bench_factory: BenchFactory, tmp_path: Path) -> Home:
    bench = await bench_factory(build, Settings, photo_store=str(tmp_path), photo_poll_seconds=0.02)
    return Home(bench, tmp_path)


def link(made: dict[str, Any]) -> str:
    return str(made["manage_link"]).partition("?")[2]


async def live(home: Home) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Use every door that takes words and needs no outside party; gives two requests and two photos."""
    own, shared = await home.photo("own"), await home.photo("shared")
    words = {"description": f"Ask Pat {CANARY.title()} at {MAIL}, {CANARY} knows", "reporter": WHO}
    made = await home.post("/requests", PAINT | words | {"photos": [own["claim"], shared["claim"]]}, 201)
    await home.post(f"/requests/{made['tracking_number']}/messages?{link(made)}", {"text": f"{CANARY} here"}, 201)
    other = await home.post("/requests", PAINT | {"photos": [shared["claim"]], "reporter": {"email": "x@x.com"}}, 201)
    for reporter in ({"email": "y@y.com"}, WHO, {"email": "z@z.com"}):
        await home.post(f"/requests/{other['tracking_number']}/follow", {"reporter": reporter}, 200)
    await home.post("/requests", PAINT | {"description": SPAM, "reporter": WHO | {"name": CANARY}}, 202)
    begun = PAINT | {"description": CANARY, "reporter": {"phone": PHONE, "name": CANARY}}
    await home.post("/drafts", begun, 201)
    await home.post("/drafts", begun | {"reporter": {"email": MAIL.upper()}}, 201)
    return made, other, own, shared


async def put(tx: Transaction, table: Table, known: dict[str, Any], said: str = CANARY) -> None:
    """Put in a row: the columns that are known with what is known, every other with the words."""
    row = {column.name: known[column.name] if column.name in known else _any(column, said) for column in table.columns}
    text = f"INSERT INTO {table.name} SELECT * FROM jsonb_populate_record(NULL::{table.name}, $1)"
    await tx.sql(text, {name: _json(value) for name, value in row.items()})


def _any(column: Any, said: str) -> Any:
    made = (value for kind, value in ANYTHING.items() if isinstance(column.type, kind))
    return next(made, None) or (uuid4() if isinstance(column.type, Uuid) else f"{said}-{uuid4()}")


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


async def plant(home: Home, made: dict[str, Any]) -> set[str]:
    """Put a row with the words into every table of the vault, once for each way in which it is tied to the person."""
    ids = {"request_id": UUID(made["request_id"]), "contact_ref": made["contact_ref"]}
    tables = {name: table for name, table in store.METADATA.tables.items() if name.startswith("vault_")}
    talk, call, thread, older, desk = (f"{CANARY}-{n}" for n in ("talk", "call", "thread", "older", "desk"))
    leg, line, desk_contact = uuid4(), uuid4(), store.METADATA.tables["desk_contact"]
    author = {"provider": "x", "author_id": CANARY}
    apart: dict[str, list[dict[str, Any]]] = {
        "vault_conversation": [ids | {"reference": talk, "phone": None}, {"reference": call, "phone": PHONE}],
        "vault_telephone": [{"reference": talk, "phone": None}, {"reference": desk, "phone": NATIONAL}],
        "vault_live_queue": [{"reference": talk, "phone": None, "queue_id": line}, {"phone": "1 213 555 0187"}],
        "vault_contact_note": [{"contact_id": leg, "phone": None}, {"contact_id": line, "phone": None}],
        "vault_social_thread": [
            author | {"thread_ref": thread, "request_id": ids["request_id"]},
            author | {"thread_ref": older, "request_id": None},
        ],
        "vault_social_reply": [{"thread_ref": thread, "request_id": None}, {"thread_ref": older, "request_id": None}],
        "vault_held_letter": [{"sender": f" {MAIL.upper()}"}],
    }
    done = {"vault_contact", "vault_words", "vault_draft", "vault_held", "vault_person", "vault_identity"}

    async def write(tx: Transaction) -> None:
        await put(tx, desk_contact, {"contact_id": leg, "numbers": made["request_id"], "draft": None}, said="a leg")
        for table in (table for name, table in tables.items() if name not in done):
            for known in apart.get(table.name, [_tie(table, ids)]):
                await put(tx, table, known)

    await home.bench.running["intake"].doors.persist(write)
    return set(tables) - {"vault_person", "vault_identity"}


def _tie(table: Table, ids: dict[str, Any]) -> dict[str, Any]:
    by = erased_by(table)
    ties = {"phone": PHONE, "email": MAIL} | ids
    return {column: ties[kind] for column, kind in by.items() if kind in ties and column in table.columns}


@pytest.mark.requirement("OPS-07")
async def test_an_erased_person_is_found_in_no_row_and_no_file(home: Home) -> None:
    made, other, own, shared = await live(home)
    planted = await plant(home, made)
    assert await home.told() >= planted, "every table of the vault must have something to lose"
    kept = {shared["photo_id"], f"{shared['photo_id']}-thumbnail"}
    gone = {own["photo_id"], f"{own['photo_id']}-thumbnail"}
    assert home.files() >= kept | gone
    agent = home.bench.token("supervisor", "sue")
    before = len([r for r in home.bench.cluster.of_topic("contact.profile") if r.value is None])
    await home.post(f"/people/{made['contact_ref']}/erase", {}, 200, headers=agent)
    assert await home.told() == set()
    await home.swept(*gone)
    assert home.files() >= kept
    tombs = [r.key for r in home.bench.cluster.of_topic("contact.profile") if r.value is None][before:]
    assert made["contact_ref"] in tombs
    (row,) = await home.bench.rows("intake", "SELECT * FROM request WHERE request_id = $1", UUID(other["request_id"]))
    contacts = await home.bench.rows("intake", "SELECT contact_ref, email FROM vault_contact ORDER BY email")
    assert [contact["email"] for contact in contacts] == ["x@x.com", "y@y.com", "z@z.com"]
    assert row["followers"].split() == [contact["contact_ref"] for contact in contacts[1:]]


@pytest.mark.requirement("OPS-07", "CP-01")
async def test_what_is_said_again_of_an_erased_request_lacks_its_words_and_nothing_else(home: Home) -> None:
    first = await home.post("/requests", PAINT, 201)
    shop = {"description": f"Ask {CANARY}", "reporter": WHO | {"customer_type": "business"}, "external_id": "OLD-7"}
    made = await home.post("/requests", PAINT | shop | {"follows": first["tracking_number"], "operator": "311"}, 201)
    supervisor = home.bench.token("supervisor", "sue")
    await home.post(f"/people/{made['contact_ref']}/erase", {}, 200, headers=supervisor)
    of = [e for e in home.bench.events("request.created", RequestCreated) if str(e.request_id) == made["request_id"]]
    said, again = (event.model_dump(exclude={"sequence", "description"}) for event in of)
    assert again == said
    assert (again["customer_type"], again["external_ids"]) == ("business", ("OLD-7",))
    assert [event.description for event in of] == ["Ask kwyjibo", ""]

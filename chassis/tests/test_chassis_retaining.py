"""What is old is given up, what is young or still waits is kept, and a dry run only says so."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.retaining import kept_for, retain
from chassis.settings import ServiceSettings
from chassis.testing import Bench

sys.path.insert(0, str(Path(__file__).parent / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
KEY = """
INSERT INTO idempotency SELECT 'public:', 'POST /x', n::text, ''::bytea, 201, '{}', $1::timestamptz
FROM generate_series(1, $2::int) AS n
"""
PARKED = """
INSERT INTO parked (topic, part, log_offset, reason, detail, parked_at, redriven_at)
VALUES ('t', 0, 1, 'refused', '', $1, $2)
"""


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(tally.build, ServiceSettings, now=NOW)
    old = NOW - timedelta(days=800)
    async with made.running["sla"].database.reads() as reads:
        await reads.sql(KEY, old, 12_000)
        await reads.sql(KEY.replace("n::text", "'young' || n"), NOW - timedelta(days=29), 3)
        await reads.sql(PARKED, old, old)
        await reads.sql(PARKED, old, None)
    return made


@pytest.mark.parametrize("months", [None, 0])
async def test_old_keys_go_and_young_ones_stay_whatever_is_asked(bench: Bench, months: int | None) -> None:
    said: list[str] = []
    async with bench.running["sla"].database.reads() as reads:
        would = await retain(reads.connection, NOW, kept_for(months, {}), said.append, dry_run=True)
        assert would == {"idempotency": 12_000, "audit": 0, "parked": 1, "inbox": 0}
        assert (await reads.sql("SELECT count(*) AS n FROM idempotency"))[0]["n"] == 12_003
        assert await retain(reads.connection, NOW, kept_for(months, {}), said.append) == would
        assert (await reads.sql("SELECT count(*) AS n FROM idempotency"))[0]["n"] == 3
        assert (await reads.sql("SELECT count(*) AS n FROM parked"))[0]["n"] == 1
    assert said[0].startswith("idempotency: would give up 12,000 rows")

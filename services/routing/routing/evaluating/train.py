"""`python -m routing.evaluating train`: a reader learned from the city's own settled requests, kept if it is better."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from chassis import sql
from chassis.transaction import Reads
from contracts.city import City, load_city
from contracts.frontends import Place
from routing.domain.directory import Directory
from routing.domain.reading import Example, Model, Setting
from routing.domain.reading.settled import Comparison, Settled, compare, examples_of, told
from routing.domain.reading.shipped import examples_of as phrases_of
from routing.domain.reading.shipped import shipped
from routing.evaluating.classifier import say
from routing.settings import Settings
from routing.store import reading as store

MOST: Final = 300_000
"""The newest settled requests: what was usual years ago may not be so now, and memory stays bounded."""


def main(arguments: Sequence[str]) -> int:
    """Train on the database that the environment names; 1 when there is too little to learn from."""
    parser = argparse.ArgumentParser(prog="train", description="Train the reader on the city's own settled requests.")
    parser.parse_args(arguments)
    settings = Settings()
    try:
        result = asyncio.run(train(settings.database_url.get_secret_value(), load_city(settings.city)))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


async def train(url: str, city: City) -> dict[str, Any]:
    """Learn, compare with the reader in use, and keep the version with its marks; it does not read yet.

    Raises ValueError when there are too few settled requests.
    """
    connection = await asyncpg.connect(url)
    try:
        await sql.prepare_connection(connection)
        return await _train(Reads(connection), city)
    finally:
        await connection.close()


async def _train(reads: Reads, city: City) -> dict[str, Any]:
    examples = examples_of(_settled(await store.settled(reads, MOST), city))
    count, fewest = len(examples), city.triage.fewest_settled
    say(f"{count:,} settled requests with different words")
    if count < fewest:
        few = f"There are {count} settled requests with different words; {fewest} are needed"
        raise ValueError(f"{few} (fewest_settled of triage.yaml). The reader in use goes on.")
    against = await store.reader_in_use(reads)
    found = compare(examples, list(phrases_of(city)), await _in_use(reads, against, city), say)
    version = await store.keep_version(reads, _row(found, against))
    return _result(version, against, found)


async def _in_use(reads: Reads, version: int, city: City) -> Model:
    kept = await store.reader_weights(reads, version)
    return Model.from_bytes(kept) if kept else shipped(city)


def _settled(rows: Sequence[Mapping[str, Any]], city: City) -> list[Settled]:
    """Put the rows in the order of time, with who the city's rules name for each service."""
    directory = Directory.of(city)
    named = {
        code: {desk for rule in rules for desk in (rule.agency, *(also.agency for also in rule.also))}
        for code, rules in directory.rules.items()
    }
    told = sorted(rows, key=lambda row: str(row["opened_at"]))
    return [
        Settled(
            _example(row, directory),
            row["agency"],
            row["agency"] in named.get(row["service_code"], ()),
            row["destination"],
        )
        for row in told
    ]


def _example(row: Mapping[str, Any], directory: Directory) -> Example:
    place = Place.model_validate(row["place"] or {})
    whole = place.latitude is not None and place.longitude is not None
    spot = (place.latitude or 0.0, place.longitude or 0.0) if whole else None
    local = directory.local(datetime.fromisoformat(row["opened_at"]))
    return Example(row["description"], row["service_code"], Setting(local, tuple(sorted(place.area.items())), spot))


def _row(found: Comparison, against: int) -> dict[str, Any]:
    return {
        "made_at": datetime.now(UTC),
        "verdict": "better" if found.is_better else "worse",
        "examples": found.examples,
        "marks": dict(told(found)),
        "marks_in_use": found.marks_in_use.plain(),
        "against": against,
        "weights": found.model.to_bytes() if found.is_better else None,
    }


def _result(version: int, against: int, found: Comparison) -> dict[str, Any]:
    do = f"POST /reader/versions/{version}/use as a supervisor lets it read."
    no = f"It reads worse than version {against}, which goes on reading; its weights were not kept."
    say(do if found.is_better else no)
    return {
        "version": version,
        "verdict": "better" if found.is_better else "worse",
        **told(found),
        "in_use": found.marks_in_use.plain(),
        "against": against,
        "examples": found.examples,
    }

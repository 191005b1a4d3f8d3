"""`python -m intake.evaluating geocoder`: how many addresses are found, how far off, and what confidence is worth."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from intake.domain.geocoding import Gazetteer, Geocoder, Row, metres
from intake.domain.places.locating import SURE
from intake.evaluating.writing import WRITING
from intake.gateways.gazetteer import FILE_NAME, AddressFile, AddressFileError, read_gazetteer

_PARTS: Final = 5
_BANDS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.0)
_CLOSE: Final = 150.0
Judged = tuple[float, float]
"""Confidence and error in metres."""


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        tests, geocoder = _prepared(given)
        result = measure(tests, geocoder)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        json.dumps({"gazetteer": given.gazetteer.name, "split": given.split, "written": given.written, **result}) + "\n"
    )
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="geocoder", description="Measure the geocoder on addresses of known place.")
    parser.add_argument("gazetteer", type=Path, help="a kept gazetteer, a city folder, or an address file")
    parser.add_argument("file", type=Path, help="addresses with latitude and longitude, CSV or Parquet")
    help_split = "keep a fifth of the addresses, or of the streets, out of the gazetteer, and test on them alone"
    parser.add_argument("--split", choices=("none", "numbers", "streets"), default="numbers", help=help_split)
    parser.add_argument(
        "--written", choices=tuple(WRITING), default="told", help="how the tested addresses are written"
    )
    return parser.parse_args(arguments)


def _prepared(given: argparse.Namespace) -> tuple[list[tuple[str, Row]], Geocoder]:
    known, tests = _known(given.gazetteer), list(AddressFile(given.file).labelled())
    if given.split != "none":
        known = (row for row in known if not held_out(row, given.split))
        tests = [(text, row) for text, row in tests if held_out(row, given.split)]
    if not tests:
        raise AddressFileError(f"{given.file} holds no address to test.")
    write = WRITING[given.written]
    return [(write(text), row) for text, row in tests], Gazetteer(known)


def _known(path: Path) -> Iterable[Row]:
    path = path / FILE_NAME if path.is_dir() else path
    return read_gazetteer(path) if path.name.endswith("ndjson.gz") else AddressFile(path).rows()


def held_out(row: Row, split: str) -> bool:
    """Tell whether a row is for testing: one address in five, or whatever lies on one street in five.

    A crossing is one address whichever street is named first.
    """
    streets = sorted({row.street, row.crossing or row.street})
    if split == "streets":
        return any(_chosen(street.name) for street in streets)
    return _chosen(f"{row.number} {' AT '.join(map(str, streets))}")


def _chosen(part: str) -> bool:
    return int.from_bytes(blake2b(part.encode(), digest_size=4).digest(), "big") % _PARTS == 0


def measure(tests: Sequence[tuple[str, Row]], geocoder: Geocoder) -> dict[str, Any]:
    """Find every address and compare; `match_rate` counts those sure enough to be used without a person's look."""
    judged = list(_judged(tests, geocoder))
    sure = [error for confidence, error in judged if confidence >= SURE]
    return {
        "tested": len(tests),
        "match_rate": round(len(sure) / len(tests), 4),
        "candidate_rate": round(len(judged) / len(tests), 4),
        "median_m": _quantile(sure, 0.5),
        "p90_m": _quantile(sure, 0.9),
        "by_confidence": _bands(judged),
    }


def _judged(tests: Iterable[tuple[str, Row]], geocoder: Geocoder) -> Iterator[Judged]:
    for text, row in tests:
        found = geocoder.find(text)
        if found:
            yield found[0].confidence, metres(found[0].spot, row.spot)


def _bands(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    bands: defaultdict[float, list[float]] = defaultdict(list)
    for confidence, error in judged:
        bands[next(band for band in _BANDS if confidence >= band)].append(error)
    return [
        {"from": band, "count": len(bands[band]), "median_m": _quantile(bands[band], 0.5),
         "p90_m": _quantile(bands[band], 0.9), "within_150_m": _share(bands[band])}
        for band in _BANDS
    ]  # fmt: skip


def _share(errors: Sequence[float]) -> float | None:
    return round(sum(error <= _CLOSE for error in errors) / len(errors), 3) if errors else None


def _quantile(errors: Sequence[float], share: float) -> float | None:
    return round(sorted(errors)[int(share * (len(errors) - 1))], 1) if errors else None

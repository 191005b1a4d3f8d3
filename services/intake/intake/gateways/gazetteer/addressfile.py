"""A city's own address file, CSV or Parquet: which columns it has, and the addresses it holds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from chassis.table_files import read_rows
from intake.domain.geocoding import Row, Spot, read_address

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "address": ("address", "addr", "full_address", "fulladdress"),
    "number": ("number", "house_number", "housenumber", "hse_nbr", "hse_no"),
    "direction": ("direction", "hse_dir_cd", "predir", "pre_direction"),
    "street": ("street", "street_name", "streetname", "str_nm"),
    "type": ("type", "suffix", "street_type", "str_sfx_cd"),
    "postcode": ("postcode", "zip", "zipcode", "zip_code", "zip_cd"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "lng", "long", "x"),
}
"""What is read, and the column names it goes by in any case; `address` alone may stand for the four after it."""

_PARTS: Final = ("number", "direction", "street", "type")


class AddressFileError(ValueError):
    """The file lacks a column; the message says which."""


class AddressFile:
    """Reads an address file; `faults` counts the rows that could not be used, by reason."""

    def __init__(self, path: Path) -> None:
        self.path, self.faults = path, Counter[str]()

    def rows(self) -> Iterator[Row]:
        """Give each address or crossing. Raises AddressFileError when a column is missing."""
        for _, row in self.labelled():
            yield row

    def labelled(self) -> Iterator[tuple[str, Row]]:
        """Give each address or crossing with the text it stands in the file as."""
        names: Mapping[str, str] | None = None
        for cells in read_rows(self.path):
            names = names or _columns(cells, self.path)
            text = _address(cells, names)
            row = self._row(text, cells, names)
            if row:
                yield text, row

    def _row(self, text: str, cells: Mapping[str, str], names: Mapping[str, str]) -> Row | None:
        written, spot = read_address(text), _spot(cells, names)
        if spot is None:
            self.faults["no position"] += 1
        elif written is None or (written.number is None and written.crossing is None):
            self.faults["neither house number nor crossing"] += 1
        else:
            postcode = cells.get(names.get("postcode", ""), "")[:5] or written.postcode or ""
            return Row(written.street, written.number, written.crossing, postcode, spot)
        return None


def _columns(cells: Mapping[str, str], path: Path) -> Mapping[str, str]:
    present = {name.strip().casefold(): name for name in cells}
    names = {part: present[way] for part, ways in COLUMNS.items() for way in reversed(ways) if way in present}
    missing = [part for part in ("latitude", "longitude") if part not in names]
    missing += ["address (or number and street)"] if not names.keys() & {"address", "street"} else []
    if missing:
        raise AddressFileError(f"{path} has no column {', '.join(missing)}; it has {', '.join(cells)}.")
    return names


def _address(cells: Mapping[str, str], names: Mapping[str, str]) -> str:
    if "address" in names:
        return cells[names["address"]]
    return " ".join(cells[names[part]] for part in _PARTS if part in names)


def _spot(cells: Mapping[str, str], names: Mapping[str, str]) -> Spot | None:
    try:
        spot = Spot(float(cells[names["latitude"]]), float(cells[names["longitude"]]))
    except ValueError:
        return None
    return spot if spot.latitude and abs(spot.latitude) <= 90 and abs(spot.longitude) <= 180 else None  # noqa: PLR2004

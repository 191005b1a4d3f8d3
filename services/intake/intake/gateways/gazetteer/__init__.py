"""A city's known addresses on disk: made from its own address file, read once when intake starts."""

from intake.gateways.gazetteer.addressfile import AddressFile, AddressFileError
from intake.gateways.gazetteer.kept import FILE_NAME, GazetteerError, open_places, read_gazetteer, write_gazetteer

__all__ = [
    "FILE_NAME", "AddressFile", "AddressFileError", "GazetteerError", "open_places", "read_gazetteer",
    "write_gazetteer",
]  # fmt: skip

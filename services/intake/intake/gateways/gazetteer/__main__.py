"""`python -m intake.gateways.gazetteer <address file> <city folder or file>`: makes the gazetteer of a city."""

import sys
from collections.abc import Sequence
from pathlib import Path

from intake.gateways.gazetteer import FILE_NAME, AddressFile, AddressFileError, write_gazetteer


def main(arguments: Sequence[str]) -> int:
    """Make a gazetteer; 1 when the file cannot be used, 2 when none was named."""
    if len(arguments) != 2:  # noqa: PLR2004 - what to read and where to put it
        sys.stderr.write("Say which address file and which city: addresses.csv cities/los-angeles\n")
        return 2
    source, target = AddressFile(Path(arguments[0])), Path(arguments[1])
    path = target / FILE_NAME if target.is_dir() else target
    try:
        count = write_gazetteer(source.rows(), path)
    except (OSError, AddressFileError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    left_out = "".join(f"; {number} rows left out: {reason}" for reason, number in source.faults.items())
    sys.stdout.write(f"{count} addresses in {path}{left_out}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m contracts.city <folder>`: says that a city folder is right, or everything that is wrong with it."""

import sys
from pathlib import Path

from contracts.city import CityError, load_articles, load_city


def main(arguments: list[str]) -> int:
    """Check each folder; 0 when all are right, 1 when one is not, 2 when none was named."""
    if not arguments:
        sys.stderr.write("Name a city folder to check, for example: python -m contracts.city cities/san-diego\n")
        return 2
    return max(_check(Path(argument)) for argument in arguments)


def _check(folder: Path) -> int:
    try:
        city, articles = load_city(folder), load_articles(folder)
    except CityError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    counts = {
        "agencies": len(city.agencies), "services": len(city.services), "rules": len(city.rules),
        "targets": len(city.targets), "baselines": len(city.baselines), "transfers": len(city.transfers),
        "notices": len(city.notices), "articles": len(articles), "imports": len(city.imports),
        "phrases": sum(len(words.every) for words in city.spoken.values()),
    }  # fmt: skip
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    sys.stdout.write(f"OK {city.profile.name} ({city.version}): {said}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

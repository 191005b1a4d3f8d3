"""What must hold for residents' own words: enough of them in every language, and each means one service."""

from contracts.city.reading import Reading
from contracts.city.spoken import FEWEST, Spoken
from contracts.city.yamllines import Place

NAME = "phrases.yaml"


def check_spoken(reading: Reading) -> None:
    """Every service that people may ask for has its phrases; those a person must read anyway need none."""
    entries: tuple[Spoken, ...] = reading.parts[NAME].services
    reading.once(NAME, "services", "service", (entry.service for entry in entries))
    meant: dict[str, str] = {}
    for index, entry in enumerate(entries):
        place: Place = ("services", index)
        known = entry.service in reading.service_codes()
        text = f"'{entry.service}' is no service of this city; name one of services.yaml"
        reading.require(known, NAME, (*place, "service"), text)
        _check_languages(reading, place, entry)
        _check_meaning(reading, place, entry, meant)
    triage = set(reading.parts["city.yaml"].triage_services)
    silent = ", ".join(sorted(reading.service_codes() - triage - {entry.service for entry in entries}))
    reading.require(not silent, NAME, ("services",), f"has nothing for {silent}; add an entry for each")


def _check_languages(reading: Reading, place: Place, entry: Spoken) -> None:
    """Check that each language of the city, and no other, has phrases enough."""
    for language in sorted({*reading.languages, *entry.said.root}):
        count = len(set(entry.said.root.get(language, ())))
        text = f"has {count} different phrases in {language}; write at least {FEWEST}"
        known = language in reading.languages
        reading.require(known, NAME, (*place, "said", language), f"{language} is no language of this city; remove it")
        reading.require(not known or count >= FEWEST, NAME, (*place, "said", language), text)


def _check_meaning(reading: Reading, place: Place, entry: Spoken, meant: dict[str, str]) -> None:
    """Check that no phrase stands for two services; `meant` is what was read so far."""
    for language, phrases in entry.said.root.items():
        for number, phrase in enumerate(phrases):
            other = meant.setdefault(phrase.casefold(), entry.service)
            text = f"stands for {other} too; a phrase means one service, so say it differently"
            reading.require(other == entry.service, NAME, (*place, "said", language, number), text)

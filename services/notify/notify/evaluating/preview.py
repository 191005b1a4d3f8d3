"""Every notice of a city as a resident would read it: `make preview [MOMENT=closed] [SPEAK=es]`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.city import City, CityError, load_city
from contracts.vocabulary import Moment
from notify.domain.letters import Addresses, Writer
from notify.domain.texts import segments

_ADDRESSES = Addresses("https://311.example", "https://survey.example", "preview")


def main(arguments: Sequence[str]) -> int:
    """Print the notices that are asked for; the last line is JSON."""
    options = _parser().parse_args(arguments)
    try:
        city = load_city(options.city)
        moments, languages = _chosen(city, options)
    except (CityError, LookupError) as error:
        sys.stderr.write(f"preview: {error.args[0] if isinstance(error, LookupError) else error}\n")
        return 1
    writer, longest = Writer(city, _ADDRESSES), 0
    for moment in moments:
        for language in languages:
            longest = max(longest, _show(writer, moment, language, options.service))
    shown = {"city": city.profile.slug, "moments": len(moments), "languages": languages, "longest_text_parts": longest}
    sys.stdout.write(f"{json.dumps(shown)}\n")
    return 0


def _chosen(city: City, options: argparse.Namespace) -> tuple[list[Moment], list[str]]:
    """Choose moments and languages. Raises LookupError with a sentence for what the city does not have."""
    spoken = list(city.profile.languages)
    for wanted, known, what in (
        (options.moment, [moment.value for moment in Moment], "moment"),
        (options.speak, spoken, "language"),
        (options.service, list(city.services), "service"),
    ):
        if wanted and wanted not in known:
            raise LookupError(f"the city has no {what} {wanted!r}; choose one of {', '.join(known)}")
    return [Moment(options.moment)] if options.moment else list(Moment), [options.speak] if options.speak else spoken


def _show(writer: Writer, moment: Moment, language: str, service: str | None) -> int:
    """Print one notice; gives the parts of its text message."""
    words, short = writer.preview(moment, language, service), writer.preview_short(moment, language, service)
    parts = segments(short)
    sys.stdout.write(f"== {moment.value} ({language})\nSubject: {words.subject}\n\n{words.text}\n\n")
    sys.stdout.write(f"As a text message, {len(short)} letters in {parts} part{'s' * (parts > 1)}: {short}\n\n")
    return parts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    parser.add_argument("--city", type=Path, default=Path("cities/los-angeles"), help="the city's folder")
    parser.add_argument("--moment", help="one moment; all when left out")
    parser.add_argument("--speak", help="one language; all of the city's when left out")
    parser.add_argument("--service", help="about which service; the city's first when left out")
    return parser

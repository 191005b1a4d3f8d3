"""`python -m intake.evaluating questions`: whether letters that only ask are told from those that report something."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from contracts.city import City, load_city
from intake.domain.letters.asking import asks_alone, question_in
from intake.domain.letters.reading import Letter
from intake.evaluating.reading import read_words

SUBJECTS: Final = ("subject", "title")
"""Columns that hold the subject of a letter, where there is one."""


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        city = load_city(given.city)
        kinds = {"reports": given.reports, "questions": given.questions}
        read = {kind: letters_of(path, given.most) for kind, path in kinds.items()}
        result = measure(read["reports"], read["questions"], city, given.examples)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for kind, examples in result.pop("shown").items():
        sys.stdout.writelines(f"{kind}: {text}\n" for text in examples)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="questions", description="Judge every text as a mail, and hold what was decided against what it was."
    )
    parser.add_argument("reports", type=Path, help="CSV or Parquet of words that reported something")
    parser.add_argument("questions", type=Path, help="CSV or Parquet of words that only asked")
    parser.add_argument("--city", type=Path, default=Path("cities/los-angeles"), help="whose words begin a question")
    parser.add_argument("--most", type=int, help="texts read of each file")
    parser.add_argument("--examples", type=int, default=3, help="misjudged texts shown of each kind")
    return parser.parse_args(arguments)


def letters_of(path: Path, most: int | None = None) -> Iterator[Letter]:
    """Give each row's words as a letter. Raises ValueError where there is no column of words."""
    for text, row in islice(read_words(path), most):
        if text.strip():
            yield written_as(next((row[name] for name in SUBJECTS if name in row), ""), text)


def written_as(subject: str, text: str) -> Letter:
    r"""Put words into a letter that nobody in particular wrote.

    >>> written_as("Pothole", "It is deep.").words
    'Pothole\n\nIt is deep.'
    """
    return Letter("", subject, text, None, None, "", (), (), 0)


def measure(reports: Iterable[Letter], questions: Iterable[Letter], city: City, examples: int = 3) -> dict[str, Any]:
    """Count what becomes a request, and what is only answered; whoever only asks is what is looked for.

    >>> from intake.domain.conversations.examples import example
    >>> said = ("It is deep.", "Who fixes it? It broke my axle yesterday, and a wheel of my neighbor too.")
    >>> found = measure([written_as("Pothole", one) for one in said], [written_as("", "When is trash day?")],
    ...     example()[1].city)
    >>> [found[name] for name in ("reports", "reports_lost", "reports_that_ask_too", "questions", "questions_known")]
    [2, 0, 1, 1, 1]
    >>> found["precision"], found["recall"], found["lost_of_10000_reports"]
    (1.0, 1.0, 0.0)
    """
    told, asked = _judged(reports, city), _judged(questions, city)
    lost, missed = [letter for letter, _, alone in told if alone], [letter for letter, _, alone in asked if not alone]
    if not told or not asked:
        raise ValueError("One of the files has no words; nothing can be measured.")
    known = len(asked) - len(missed)
    return {
        "reports": len(told),
        "reports_that_ask_too": sum(asks and not alone for _, asks, alone in told),
        "reports_lost": len(lost),
        "lost_of_10000_reports": round(10_000 * len(lost) / len(told), 1),
        "questions": len(asked),
        "questions_known": known,
        "recall": round(known / len(asked), 3),
        "precision": round(known / (known + len(lost)), 3) if known + len(lost) else None,
        "precision_where_as_many_ask_as_report": _precision(known / len(asked), len(lost) / len(told)),
        "shown": {"report taken for a question": _shown(lost, examples), "question not seen": _shown(missed, examples)},
    }


def _judged(letters: Iterable[Letter], city: City) -> list[tuple[Letter, bool, bool]]:
    """Say of each letter whether it asks, and whether it does nothing else."""
    found = ((letter, question_in(letter, city)) for letter in letters)
    return [
        (letter, asked is not None, asked is not None and asks_alone(letter, asked, city)) for letter, asked in found
    ]


def _precision(known: float, lost: float) -> float | None:
    return round(known / (known + lost), 3) if known + lost else None


def _shown(letters: Sequence[Letter], most: int) -> list[str]:
    return [" ".join(letter.words.split())[:300] for letter in letters[:most]]

"""`python -m intake.evaluating masking`: how much of people's words is masked, by what it was taken for."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chassis.spoken_numbers import mask_spoken
from intake.domain.masking import EMAIL, NAME, PHONE, PLATE, mask
from intake.evaluating.reading import COLUMNS, read_words

_KINDS: Final[Mapping[str, str]] = {PHONE: "phone", EMAIL: "e_mail", PLATE: "plate", NAME: "name"}


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when the file cannot be used."""
    given = _given(arguments)
    try:
        result = measure((text for text, _ in read_words(given.file, given.column)), given.examples)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for kind, examples in result.pop("shown").items():
        sys.stdout.writelines(f"{kind}: {text}\n" for text in examples)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="masking", description="Mask every text of a file, and count what was.")
    parser.add_argument("file", type=Path, help="CSV or Parquet with a column of words")
    parser.add_argument("--column", help=f"which column; else the first there is of {', '.join(COLUMNS)}")
    parser.add_argument("--examples", type=int, default=3, help="masked texts shown of each kind")
    return parser.parse_args(arguments)


def measure(texts: Iterable[str], examples: int = 3) -> dict[str, Any]:
    """Count the texts in which something was masked, whatever it was; `said_in_words` is of numbers in words alone.

    >>> found = measure(["Call 213-555-0142", "Call two one three, five five five, 0142", "A lamp is out", ""])
    >>> found["texts"], found["masked"], found["share_masked"], found["by_kind"]["phone"], found["said_in_words"]
    (3, 2, 0.666667, 2, 1)
    >>> found["shown"]["phone"]
    ['Call [phone]', 'Call [phone]']
    """
    count = masked = in_words = 0
    kinds: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for text in filter(str.strip, texts):
        count += 1
        copy = mask(text)
        masked += copy != text
        in_words += mask_spoken(text, PHONE) != text
        for mark, kind in _KINDS.items():
            if copy.count(mark) > text.count(mark):
                kinds[kind] += 1
                shown.setdefault(kind, []).extend([" ".join(copy.split())] * (kinds[kind] <= examples))
    if not count:
        raise ValueError("The file has no words in this column; nothing can be measured.")
    return {
        "texts": count,
        "masked": masked,
        "share_masked": round(masked / count, 6),
        "by_kind": {kind: kinds[kind] for kind in _KINDS.values()},
        "said_in_words": in_words,
        "share_said_in_words": round(in_words / count, 6),
        "examples": sum(map(len, shown.values())),
        "shown": shown,
    }

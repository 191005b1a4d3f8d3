"""`python -m routing.evaluating classifier`: how well a reader that learned from one file reads another."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.domain.reading import Example, Model, plain
from routing.domain.reading.judging import above, judge, predict, threshold
from routing.domain.reading.learning import Corpus, fit, gather, trust
from routing.gateways.tables import Told, read_examples

LATER: Final = 0.1
"""The last part of what there is to learn from is kept back, to learn how far to trust what was learned before it."""
_TIMED: Final = 2_000
_FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Files:
    """The examples of two files, each text once: what TRAIN or an earlier row of TEST has said is dropped from TEST."""

    train: list[Told]
    test: list[Told]
    counts: dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        files = without_repeats(_read(given.train, given.zone), _read(given.test, given.zone))
        result = measure(files, say)
    except (OSError, ValueError, ModuleNotFoundError, ZoneInfoNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="classifier", description="Learn from one file and read another.")
    parser.add_argument("train", type=Path, help="CSV or Parquet with text, type, created; lat and lon where known")
    parser.add_argument("test", type=Path, help="the same, of a later time")
    parser.add_argument("--zone", default="UTC", help="the city's time zone: the hour of day is read too")
    return parser.parse_args(arguments)


def say(line: str) -> None:
    """Tell how far it is."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _read(path: Path, zone: str) -> list[Told]:
    told = read_examples(path, ZoneInfo(zone))
    say(f"{path.name}: {len(told):,} examples")
    if len(told) < _FEWEST:
        raise ValueError(f"{path} has {len(told)} rows with a text and a type; give at least {_FEWEST}.")
    return told


def without_repeats(train: Sequence[Told], test: Sequence[Told]) -> Files:
    """Keep what is said for the first time, capitals, accents and signs aside."""
    said = set[str]()
    kept = [[one for one in told if _is_new(one, said)] for told in (train, test)]
    if not all(kept):
        raise ValueError("Nothing is left to measure: every text of TEST is in TRAIN, or says nothing.")
    counts = {
        "train_rows": len(train),
        "train": len(kept[0]),
        "test_rows": len(test),
        "test": len(kept[1]),
        "test_dropped_as_repeats": len(test) - len(kept[1]),
        "test_is_later": kept[0][-1].at <= kept[1][0].at,
    }
    return Files(kept[0], kept[1], counts)


def _is_new(one: Told, said: set[str]) -> bool:
    bare = plain(one.example.text)
    is_new = bool(bare) and bare not in said
    said.add(bare)
    return is_new


def measure(files: Files, tell: Any = say) -> dict[str, Any]:
    """Learn, find how far to trust it on the last part of TRAIN, learn again from all of TRAIN, and read TEST."""
    began = time.monotonic(), time.process_time()
    examples = [one.example for one in files.train]
    labels = sorted({example.label for example in examples})
    corpus = gather(examples, labels, tell)
    sure, at_95 = _earlier(corpus, tell)
    model = replace(fit(corpus, tell, dated_from=0), temperature=sure)
    spent = time.monotonic() - began[0], time.process_time() - began[1]
    test = gather([one.example for one in files.test], labels, tell)
    shares = predict(model, test)
    taken, right = above(shares, test.meant, at_95)
    return {
        **judge(shares, test.meant).plain(),
        **files.counts,
        "types": len(labels),
        "test_types_unknown": len({one.example.label for one in files.test} - set(labels)),
        "temperature": round(sure, 3),
        "threshold_from_train": round(at_95, 4),
        "coverage_at_threshold": round(taken, 4),
        "precision_at_threshold": None if right is None else round(right, 4),
        "features": len(model.buckets),
        "model_mb": round(len(model.to_bytes()) / 1e6, 1),
        "train_seconds": round(spent[0], 1),
        "train_cpu_seconds": round(spent[1], 1),
        "ms_per_text": round(_ms_per_text(model, [one.example for one in files.test[-_TIMED:]]), 3),
    }


def _earlier(corpus: Corpus, tell: Any) -> tuple[float, float]:
    """Learn from all but the last part: its temperature and the confidence that is right 95 times of 100 there."""
    cut = len(corpus) - max(1, int(len(corpus) * LATER))
    early, late = fit(corpus.part(0, cut), tell, dated_from=0), corpus.part(cut, len(corpus))
    sure = trust(early, late)
    return sure, threshold(predict(replace(early, temperature=sure), late), late.meant)


def _ms_per_text(model: Model, examples: Sequence[Example]) -> float:
    """Time reading on one core, from the text to the ranked labels: CPU time, so that other work is not counted."""
    began = time.process_time()
    for example in examples:
        model.read(example.text, example.setting)
    return (time.process_time() - began) * 1000 / len(examples)

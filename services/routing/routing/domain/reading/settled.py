"""Learning from a city's own settled requests: what is an example, and whether the new reader is the better one."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from routing.domain.reading.deciding import label_elsewhere, label_of
from routing.domain.reading.features import distinct
from routing.domain.reading.judging import Marks, Shares, judge, predict
from routing.domain.reading.learning import Corpus, Example, Say, fit, gather, quiet, trust
from routing.domain.reading.model import Model

TEST: Final = 0.2
"""The latest part, on which both readers are judged; the part before it says how far to trust the new one."""
LATER: Final = 0.1
RARE: Final = 5
"""A service at an agency that has fewer requests than this is learned as the service alone."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What somebody said, what it was in the end, and who had it last; `is_theirs` when the rules name that agency.

    `elsewhere` is where a person sent it out of the city's own work; then no agency had it last.
    """

    example: Example
    agency: str
    is_theirs: bool
    elsewhere: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new reader beside the one in use, on the same later texts."""

    model: Model
    marks: Marks
    marks_in_use: Marks
    agency_accuracy: float
    examples: int

    @property
    def is_better(self) -> bool:
        """Whether the new one may take over: it is nowhere worse."""
        return not self.marks.is_worse_than(self.marks_in_use)


def examples_of(settled: Sequence[Settled]) -> list[Example]:
    """Give examples, each text once, with service and agency as their label.

    A request that ended at an agency that its service is not for was mistaken for that service: only who did it is
    learned from it.

    >>> said = [Settled(Example("a dead tree", "graffiti"), "parks", False)] * 2
    >>> [one.label for one in examples_of(said)]
    ['@parks']

    What was sent elsewhere teaches where to, once it was often enough:

    >>> hungry = [Settled(Example(f"{n} days without food", "other"), "", False, "food-bank") for n in range(RARE)]
    >>> {one.label for one in examples_of(hungry)}, examples_of(hungry[1:])
    ({'>food-bank'}, [])
    """
    kept = [settled[place] for place in distinct([one.example.text for one in settled])]
    labels = [_label(one) for one in kept]
    often = Counter(labels)
    return [
        replace(one.example, label=label if often[label] >= RARE or not one.is_theirs else one.example.label)
        for one, label in zip(kept, labels, strict=True)
        if not one.elsewhere or often[label] >= RARE
    ]


def _label(one: Settled) -> str:
    if one.elsewhere:
        return label_elsewhere(one.elsewhere)
    return label_of(one.example.label if one.is_theirs else "", one.agency)


def compare(examples: Sequence[Example], phrases: Sequence[Example], in_use: Model, say: Say = quiet) -> Comparison:
    """Learn from all but the latest examples, and the phrases; judge by service on the latest.

    `examples` are in the order of time. What is measured is what is kept: it is not learned again from all.

    >>> said = [Example(f"{word} {number}{number}", word) for number in range(60) for word in ("hole", "tree")]
    >>> other = fit(gather([Example("hole", "tree"), Example("tree", "hole")], ("hole", "tree")))
    >>> found = compare(said, said[:2], other)
    >>> found.marks.accuracy, found.marks_in_use.accuracy, found.is_better
    (1.0, 0.0, True)
    """
    test_from, later_from = _cuts(len(examples))
    early, later, test = examples[:later_from], examples[later_from:test_from], examples[test_from:]
    labels = sorted({example.label for example in (*phrases, *early)})
    model = fit(gather([*phrases, *early], labels, say), say, dated_from=len(phrases))
    model = replace(model, temperature=trust(model, gather(later, labels)))
    services = sorted({_service(example.label) for example in (*phrases, *examples)} - {""})
    known = [example for example in test if _service(example.label)]
    marks, before = (_marks(reader, known, services) for reader in (model, in_use))
    return Comparison(model, marks, before, _agency_accuracy(model, test), len(examples))


def _cuts(count: int) -> tuple[int, int]:
    test_from = count - max(1, int(count * TEST))
    return test_from, test_from - max(1, int(count * LATER))


def _service(label: str) -> str:
    return label.partition("@")[0]


def _agency(label: str) -> str:
    return label.partition("@")[2]


def _marks(model: Model, test: Sequence[Example], services: Sequence[str]) -> Marks:
    asked = [replace(example, label=_service(example.label)) for example in test]
    corpus = gather(asked, services)
    return judge(_summed(predict(model, corpus), model.labels, services, _service), corpus.meant)


def _summed(shares: Shares, labels: Sequence[str], names: Sequence[str], name_of: Callable[[str], str]) -> Shares:
    """Add up the shares of labels that mean the same."""
    places = {name: place for place, name in enumerate(names)}
    summed = np.zeros((len(shares), len(names)))
    for column, label in enumerate(labels):
        if name_of(label) in places:
            summed[:, places[name_of(label)]] += shares[:, column]
    return summed


def _agency_accuracy(model: Model, test: Sequence[Example]) -> float:
    """Tell how often the likeliest agency is who had it in the end, where it is known by whom."""
    known = [example for example in test if _agency(example.label)]
    names = sorted({_agency(label) for label in model.labels} - {""})
    if not known or not names:
        return 0.0
    corpus: Corpus = gather([replace(one, label=_agency(one.label)) for one in known], names)
    read = _summed(predict(model, corpus), model.labels, names, _agency).argmax(axis=1)
    return float((read == corpus.meant).mean())


def told(comparison: Comparison) -> Mapping[str, Any]:
    """Say for people how both did.

    >>> marks = Marks(9, 0.81234, 0.7, 1, 1, 0)
    >>> told(Comparison(Model((), *[np.array([])] * 4), marks, marks, 0.9, 45))["accuracy"]
    0.8123
    """
    marks = comparison.marks.plain()
    return marks | {"agency_accuracy": round(comparison.agency_accuracy, 4)}

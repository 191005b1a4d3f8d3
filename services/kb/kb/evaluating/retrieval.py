"""`make evaluate-retrieval ARTICLES=… QUESTIONS=…`: how often the right article is found first."""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kb.domain.answers import Evidence, is_answer
from kb.domain.search import Found, Index, Synonyms
from kb.evaluating.shapes import (
    Asked,
    Shelf,
    UnusableFileError,
    names_of,
    read_articles,
    read_questions,
    read_synonyms,
)
from kb.gateways.meaning import meaning

DEPTH: Final = 10


def main(arguments: Sequence[str]) -> int:
    """Measure on the files named; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="evaluate-retrieval", description=__doc__)
    parser.add_argument("articles", type=Path, help="JSON, CSV or a city folder")
    parser.add_argument("questions", type=Path, help="JSON or CSV: question, article, language")
    parser.add_argument(
        "--synonyms", type=Path, action="append", default=[], help="a city's synonyms.yaml; may be repeated"
    )
    parser.add_argument("--words-alone", action="store_true", help="without the model of what words mean")
    asked = parser.parse_args(arguments)
    try:
        figures = _measure(asked.articles, asked.questions, asked.synonyms, by_meaning=not asked.words_alone)
    except UnusableFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0


def _measure(articles: Path, questions: Path, synonyms: Sequence[Path], *, by_meaning: bool) -> Mapping[str, Any]:
    groups = read_synonyms(synonyms)
    first = read_articles(articles, "en")
    asked = read_questions(questions, first, names_of(articles))
    shelves = {language: read_articles(articles, language) for language in sorted({one.language for one in asked})}
    indexes = {language: _index(shelf, language, groups) for language, shelf in shelves.items()}
    began = time.process_time()
    told = [indexes[one.language].find(one.question, DEPTH, by_meaning=by_meaning) for one in asked]
    spent = time.process_time() - began
    found = [[hit.key for hit in one.hits] for one in told]
    _tell_misses(asked, found, shelves)
    return (
        figures_of(asked, found)
        | answers_of(asked, told)
        | {
            "articles": len(first),
            "cpu_ms_per_question": round(1e3 * spent / len(asked), 2),
        }
    )


def _index(shelf: Shelf, language: str, groups: Mapping[str, Sequence[Sequence[str]]]) -> Index:
    index = Index(language, Synonyms(groups.get(language, ()), language), meaning(language))
    for key, fields in shelf.items():
        index.put(key, fields)
    index.seal()
    return index


def figures_of(asked: Sequence[Asked], found: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Count the questions whose answer came first, among the first three, and the mean of 1/rank (to ten)."""
    ranks = [
        next((rank for rank, key in enumerate(keys, 1) if key in one.answers), None)
        for one, keys in zip(asked, found, strict=True)
        if one.answers
    ]
    total = len(ranks)
    return {
        "questions": total,
        "hit@1": round(sum(rank == 1 for rank in ranks) / total, 3),
        "hit@3": round(sum(rank is not None and rank <= 3 for rank in ranks) / total, 3),  # noqa: PLR2004 - as named
        "mrr": round(sum(1 / rank for rank in ranks if rank) / total, 3),
    }


def answers_of(asked: Sequence[Asked], told: Sequence[Found]) -> dict[str, float]:
    """Tell what share of the questions `/answers` would answer, and what share of those right."""
    given = [(one, best) for one, found in zip(asked, told, strict=True) if (best := _answer(found))]
    right = sum(best in one.answers for one, best in given)
    return {"answered": round(len(given) / len(asked), 3), "answered_right": round(right / max(1, len(given)), 3)}


def _answer(found: Found) -> str | None:
    best = found.hits[0] if found.hits else None
    sure = best is not None and is_answer(Evidence(best.words, best.covered, found.known))
    return best.key if best is not None and sure else None


def _tell_misses(asked: Sequence[Asked], found: Sequence[Sequence[str]], shelves: Mapping[str, Shelf]) -> None:
    for one, keys in zip(asked, found, strict=True):
        if one.answers and (not keys or keys[0] not in one.answers):
            title = shelves[one.language][keys[0]].title if keys else "nothing"
            sys.stdout.write(
                f"missed: {one.question} | wanted {', '.join(sorted(one.answers))} | found: {title[:60]}\n"
            )

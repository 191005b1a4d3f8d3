"""Files of articles and of labelled questions, in the shapes people have them in."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from contracts.city import CityError, load_articles, load_city
from contracts.city.problems import Findings
from contracts.city.synonyms import SynonymsFile
from contracts.city.yamllines import read_yaml
from kb.domain.search import Fields
from kb.domain.shelving import fields_of

_TITLE: Final = ("title", "name", "question", "p", "titulo")
_SUMMARY: Final = ("summary", "brief", "short_answer", "description")
_BODY: Final = ("body", "text", "answer", "content", "r", "respuesta")
_KEYWORDS: Final = ("keywords", "tags", "category", "categoria", "actions")


class UnusableFileError(ValueError):
    """A file that cannot be measured on; the message names file, row and column."""


class Asked(NamedTuple):
    """A question, the keys of the articles that answer it (none means that none does), and its language."""

    question: str
    answers: frozenset[str]
    language: str


Shelf = dict[str, Fields]
"""Articles by key: the id where the file has one, else the place in the file, `#1` being the first."""


def read_articles(path: Path, language: str) -> Shelf:
    """Read articles: JSON, CSV, or a city folder.

    Raises UnusableFileError with file, row and column of what is wrong.
    """
    if path.is_dir():
        return _of_city(path, language)
    shelf: Shelf = {}
    for number, row in enumerate(_rows(path), 1):
        fields = Fields(_text(row, _TITLE), _text(row, _KEYWORDS), _text(row, _SUMMARY), _text(row, _BODY))
        if not fields.title or not (fields.summary or fields.body):
            missing = "a title" if not fields.title else "a text"
            raise UnusableFileError(f"{path}, row {number}: lacks {missing}; name the columns title and text.")
        shelf[f"#{number}"] = fields
    return shelf


def read_synonyms(paths: Sequence[Path]) -> dict[str, list[Sequence[str]]]:
    """Read the groups of words of `synonyms.yaml` files, by language."""
    groups: dict[str, list[Sequence[str]]] = {}
    for path in paths:
        findings = Findings()
        found = findings.check(read_yaml(path), SynonymsFile, ())
        if found is None:
            raise UnusableFileError("\n".join(map(str, findings.problems)))
        for language, more in found.groups.items():
            groups.setdefault(language, []).extend(more)
    return groups


def names_of(path: Path) -> Mapping[str, str]:
    """Map ids and titles of a file's articles to their keys."""
    if path.is_dir():
        return {}
    rows = list(enumerate(_rows(path), 1))
    by_title = {_text(row, _TITLE): f"#{number}" for number, row in rows}
    return by_title | {str(row["id"]): f"#{number}" for number, row in rows if row.get("id")}


def read_questions(path: Path, known: Iterable[str], names: Mapping[str, str]) -> list[Asked]:
    """Read questions: columns `question`, `article` (several apart by `;`, none where none answers) and `language`."""
    keys, asked = set(known), []
    for number, row in enumerate(_rows(path), 1):
        question = str(row.get("question") or "").strip()
        if not question or "article" not in row:
            raise UnusableFileError(f"{path}, row {number}: needs the columns question and article.")
        given = [name.strip() for name in str(row["article"] or "").split(";") if name.strip()]
        answers = frozenset(names.get(name, name) for name in given)
        if strange := answers - keys:
            raise UnusableFileError(f"{path}, row {number}, article: {', '.join(sorted(strange))} is no article here.")
        asked.append(Asked(question, answers, str(row.get("language") or "en")))
    if not asked:
        raise UnusableFileError(f"{path} has no questions.")
    return asked


def _of_city(folder: Path, language: str) -> Shelf:
    try:
        city, articles = load_city(folder), load_articles(folder)
    except CityError as error:
        raise UnusableFileError(str(error)) from error
    return {
        article.id: fields_of(article.model_dump(mode="json"), city, language)
        for article in articles.values()
        if article.audience == "public"
    }


def _rows(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFileError(f"{path} cannot be read: {error}.") from error
    if path.suffix.lower() == ".csv":
        return list(csv.DictReader(text.splitlines()))
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnusableFileError(
            f"{path}, line {error.lineno}: is neither JSON nor a .csv file: {error.msg}."
        ) from error
    rows = list(_flat(content))
    if not rows:
        raise UnusableFileError(f"{path} has no list of articles or questions in it.")
    return rows


def _flat(content: Any) -> Iterable[Mapping[str, Any]]:
    """Find the innermost objects that hold texts: lists may stand in lists, and under headings."""
    if isinstance(content, list):
        for item in content:
            yield from _flat(item)
    elif isinstance(content, dict):
        inner = [
            value for value in content.values() if isinstance(value, list) and any(isinstance(v, dict) for v in value)
        ]
        if inner:
            for value in inner:
                yield from _flat(value)
        else:
            yield content


def _text(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    for column in columns:
        value = row.get(column)
        if value:
            return " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""

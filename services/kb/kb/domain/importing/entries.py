"""The rows and files of an export as they were told, and what of each cannot be taken."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import yaml

from kb.domain.importing.pages import page_of_export

Kind = Literal["csv", "markdown", "html"]
_FRONT: Final = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_HEADING: Final = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_LANGUAGE: Final = re.compile(r"^<!-- (\w\w) -->$", re.MULTILINE)
_TEXTS: Final = ("title", "summary", "body", "keywords", "internal", "fees")
LISTS: Final = ("services", "related", "transfers", "sources", "topics", "writers", "editors")
PLAIN: Final = ("section", "audience", "owner", "areas", "starts_at", "expires_at")
_READ: Final = frozenset({"id", "version", "language", "agency", "review_by", *_TEXTS, *LISTS, *PLAIN})


class File(NamedTuple):
    """A file of an export."""

    name: str
    text: str


class Entry(NamedTuple):
    """One row or file, as it was told; `lost` is what of it cannot be taken, `fault` why none of it can."""

    file: str
    row: int
    record: Mapping[str, Any]
    lost: Sequence[str] = ()
    fault: str | None = None


def entries_of(kind: Kind, files: Sequence[File], languages: Sequence[str]) -> Iterator[Entry]:
    r"""Read each row or file of an export, with what of it cannot be taken.

    >>> table = File("a.csv", "title,body\nTrees,We trim.\nParks,Open.\n")
    >>> [entry.row for entry in entries_of("csv", [table], ("en",))]
    [2, 3]
    >>> broken = File("a.md", "---\naudience: [internal\n---\n# Keys\nUnder the mat.")
    >>> (hidden,) = entries_of("markdown", [broken], ("en",))
    >>> hidden.record, hidden.fault[:21]
    ({}, 'has a head that canno')
    """
    for file in files:
        if kind == "csv":
            for number, row in enumerate(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))), 2):
                known = {str(name): value for name, value in row.items() if name}
                beyond = ["more cells than columns: the rest left out"] if row.get(None) else []
                yield Entry(file.name, number, known, [*beyond, *_unread(known, languages)])
        elif kind == "markdown":
            yield _of_markdown(file, languages)
        else:
            title, body, lost = page_of_export(file.text)
            yield Entry(file.name, 1, {"title": title, "body": body}, lost)


def _unread(record: Mapping[str, Any], languages: Sequence[str]) -> list[str]:
    """Name what a record tells that no article holds.

    >>> _unread({"title": "Trees", "title_es": "Árboles", "phone": "311", "fax": ""}, ("en", "es"))
    ['phone left out: articles have no such part']
    """
    read = _READ | {f"{part}_{language}" for part in _TEXTS for language in languages}
    return [
        f"{name} left out: articles have no such part" for name, value in record.items() if name not in read and value
    ]


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """Take lines of one id in several languages for one article: so open data are written.

    >>> english = {"id": "trees", "language": "en", "title": "Trees"}
    >>> lines = [english, english | {"language": "es", "title": "Árboles"}]
    >>> [entry.record["title"] for entry in joined(Entry("a.csv", n, line) for n, line in enumerate(lines, 2))]
    [{'en': 'Trees', 'es': 'Árboles'}]
    """
    found: list[Entry] = []
    places: dict[str, int] = {}
    for entry in entries:
        name, language = str(entry.record.get("id") or ""), entry.record.get("language")
        first = found[places[name]] if name in places else None
        if not (name and language):
            found.append(entry)
        elif first is None:
            places[name] = len(found)
            found.append(entry._replace(record={**entry.record, **_said_in(entry.record)}))
        elif language in first.record["title"]:
            found.append(entry)  # told twice
        else:
            said = {part: first.record[part] | text for part, text in _said_in(entry.record).items()}
            found[places[name]] = first._replace(record={**first.record, **said}, lost=[*first.lost, *entry.lost])
    return found


def _said_in(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    texts = {part: record.get(part) for part in _TEXTS}
    return {
        part: text if isinstance(text, dict) else {str(record["language"]): text} if text else {}
        for part, text in texts.items()
    }


def _of_markdown(file: File, languages: Sequence[str]) -> Entry:
    """Read a file; one whose head cannot be read is not taken, for it may have said that it is for staff alone."""
    front = _FRONT.match(file.text)
    try:
        said = yaml.safe_load(front[1]) if front else {}
    except yaml.YAMLError as error:
        return Entry(file.name, 1, {}, fault=f"has a head that cannot be read: {str(error).splitlines()[0]}")
    if not isinstance(said, dict):
        return Entry(file.name, 1, {}, fault="has a head that is no list of names and values")
    body = file.text[front.end() :] if front else file.text
    heading = _HEADING.search(body)
    known = {str(name): value for name, value in said.items()}
    if heading:
        known.setdefault("title", heading[1])
        body = body[: heading.start()] + body[heading.end() :]
    return Entry(file.name, 1, {"body": _by_language(body.strip()), **known}, _unread(known, languages))


def _by_language(body: str) -> str | dict[str, str]:
    r"""Part a body that marks its languages, each on a line of its own, as a city's folder does.

    >>> _by_language("<!-- en -->\nTrees\n\n<!-- es -->\nÁrboles"), _by_language("Trees")
    ({'en': 'Trees', 'es': 'Árboles'}, 'Trees')
    """
    first, *pieces = _LANGUAGE.split(body)
    parts = {language: text.strip() for language, text in zip(pieces[::2], pieces[1::2], strict=True)}
    return body if first.strip() or not parts else parts

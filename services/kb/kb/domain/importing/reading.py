"""Reading an export: a CSV file, a folder of Markdown, or HTML pages; nothing is dropped without a word."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from kb.domain.importing.entries import LISTS, PLAIN, File, Kind, entries_of, joined
from kb.domain.passages import shortened
from kb.domain.rendering import plain_text, safe_line
from kb.domain.search import fold

_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
MOST_TITLE, MOST_SUMMARY, MOST_BODY = 200, 400, 60_000


class Defaults(NamedTuple):
    """What holds for articles that do not say it themselves."""

    agency: str
    language: str
    languages: tuple[str, ...]
    review_by: date


class Moved(NamedTuple):
    """What came of an export: articles' contents, rows that were dropped and why, and what was left out of others."""

    contents: list[dict[str, Any]]
    dropped: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    places: dict[str, dict[str, Any]]
    """By article: the file and row it was read from."""


def read_export(kind: Kind, files: Sequence[File], defaults: Defaults) -> Moved:
    r"""Read articles from an export.

    >>> file = File("a.csv", "title,body\nTrees,We trim trees.\n,Nothing\nTrees,Again\n")
    >>> moved = read_export("csv", [file], Defaults("parks", "en", ("en", "es"), date(2027, 1, 1)))
    >>> [content["id"] for content in moved.contents], [row["reason"] for row in moved.dropped]
    (['trees'], ['has no title', 'has the same name as one before: trees'])
    """
    moved, seen = Moved([], [], [], {}), set[str]()
    for entry in joined(entries_of(kind, files, defaults.languages)):
        place = {"file": entry.file, "row": entry.row}
        content = _content(entry.record, defaults, entry.file)
        reason = entry.fault or _why_not(content, seen)
        if reason:
            moved.dropped.append(place | {"reason": reason})
            continue
        seen.add(content["id"])
        moved.contents.append(content)
        moved.places[content["id"]] = place
        moved.notes.extend(place | {"id": content["id"], "note": note} for note in entry.lost)
    return moved


def _content(record: Mapping[str, Any], defaults: Defaults, file: str) -> dict[str, Any]:
    texts = {part: _texts(record, part, defaults) for part in ("title", "summary", "body")}
    title = {language: safe_line(text) for language, text in texts["title"].items()}
    body = texts["body"] or texts["summary"]
    summary = {
        language: safe_line(texts["summary"].get(language) or shortened(plain_text(body.get(language, "")), 200))
        for language in title
    }
    named = str(record.get("id") or next(iter(title.values()), ""))
    as_told: dict[str, Any] = {name: _list(record.get(name)) for name in LISTS if record.get(name)}
    as_told |= {name: record[name] for name in PLAIN if record.get(name)}
    as_told |= {name: said for name in ("internal", "fees") if (said := _texts(record, name, defaults))}
    return {
        "id": slug_of(named),
        "title": title,
        "summary": {language: text or title[language] for language, text in summary.items()},
        "body": body,
        "agency": str(record.get("agency") or defaults.agency),
        "keywords": {language: tuple(_list(words)) for language, words in _texts(record, "keywords", defaults).items()},
        "review_by": str(record.get("review_by") or defaults.review_by),
        "sources": [f"imported from {file}"],
    } | as_told


def _texts(record: Mapping[str, Any], part: str, defaults: Defaults) -> dict[str, str]:
    """Find a text in one language or in several: `title`, `title_es`, or a mapping by language."""
    plain = record.get(part)
    if isinstance(plain, dict):
        return {str(k): str(v) for k, v in plain.items() if v}
    own = str(record.get("language") or defaults.language)
    joined = "; ".join(map(str, plain)) if isinstance(plain, list) else str(plain or "").strip()
    found = {own: joined} if joined else {}
    others = {language: str(record.get(f"{part}_{language}") or "").strip() for language in defaults.languages}
    return found | {language: text for language, text in others.items() if text}


def _list(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else re.split(r"[;|]", str(value))
    return [str(part).strip() for part in parts if str(part).strip()]


def slug_of(text: str) -> str:
    """Make a name for machines of a title.

    >>> slug_of("¿Dónde está mi bote?"), slug_of("***")
    ('donde-esta-mi-bote', '')
    """
    return _NOT_SLUG.sub("-", fold(text)).strip("-")[:40].strip("-")


def _why_not(content: Mapping[str, Any], seen: set[str]) -> str | None:
    """Say why an article cannot be taken; None when it can."""
    if not content["title"] or not content["id"]:
        return "has no title"
    if not any(text.strip() for text in content["body"].values()):
        return "has no text"
    if content["id"] in seen:
        return f"has the same name as one before: {content['id']}"
    if any(len(text) > MOST_BODY for text in content["body"].values()):
        return f"is longer than {MOST_BODY:,} characters"
    return (
        "has a title longer than 200 characters"
        if any(len(t) > MOST_TITLE for t in content["title"].values())
        else None
    )

"""Knowledge articles: one file each, with front matter and a body in every language."""

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from contracts.city.base import CityModel, LocalizedText, LocalizedWords, Slug
from contracts.city.load import load_city
from contracts.city.problems import CityError, Findings
from contracts.city.value import City
from contracts.city.yamllines import Document, parse_yaml, read_yaml

_FRONT = re.compile(r"\A---\n(?P<front>.*?)^---\n(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_LANGUAGE = re.compile(r"^<!-- (\w\w) -->\n", re.MULTILINE)


class Article(CityModel):
    """An article; `body` is Markdown by language, `internal` what staff see beside it: a script, what to note.

    `section` keeps the city's own services apart from those of others; `review_by` is the day its owner must reread it.
    `areas` are the places it holds for, by kind (none: the whole city); `starts_at` and `expires_at` the time.
    """

    id: Slug
    version: int = Field(ge=1)
    title: LocalizedText
    summary: LocalizedText
    agency: Slug
    services: tuple[Slug, ...] = ()
    keywords: LocalizedWords = LocalizedWords({})
    section: Literal["city", "social_services", "other_government"] = "city"
    audience: Literal["public", "internal"] = "public"
    review_by: dt.date
    sources: tuple[str, ...] = Field(min_length=1)
    body: LocalizedText
    internal: LocalizedText | None = None
    fees: LocalizedText | None = Field(default=None, description="what it costs; none says nothing about it")
    related: tuple[Slug, ...] = ()
    transfers: tuple[Slug, ...] = Field(default=(), description="desks that go on helping, of transfers.yaml")
    topics: tuple[Slug, ...] = Field(default=(), description="scripts that surge staff may be given")
    owner: str | None = Field(default=None, description="who answers for it; none is its agency")
    writers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    areas: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    starts_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    banner: bool = Field(default=False, description="shown on every page while it holds")


@lru_cache(maxsize=8)
def load_articles(folder: Path) -> dict[str, Article]:
    """Return the articles of a city folder by id, read once per process. Raises CityError with every problem."""
    city, findings = load_city(folder), Findings()
    paths = sorted((folder / "articles").glob("*.md"))
    articles = [_read(path, city, findings) for path in paths]
    known = {article.id: article for article in articles if article}
    for path, article in zip(paths, articles, strict=True):
        for index, other in enumerate(article.related if article else ()):
            text = f"'{other}' is no article of this city; name one of articles/"
            findings.require(other in known, _document(path), ("related", index), text)
    if not findings.problems:  # one that cannot be read is missed for its services too
        _require_for_every_service(folder, city, known, findings)
    if findings.problems:
        raise CityError(folder, findings.problems)
    return known


def _require_for_every_service(folder: Path, city: City, known: Mapping[str, Article], findings: Findings) -> None:
    """Note each service about which residents can read nothing in one of the city's languages."""
    written = {
        (code, language)
        for article in known.values()
        if article.audience == "public"
        for code in article.services
        for language in article.title.root.keys() & article.summary.root.keys() & article.body.root.keys()
    }
    services = read_yaml(folder / "services.yaml")
    for index, code in enumerate(city.services):
        lacks = ", ".join(language for language in city.profile.languages if (code, language) not in written)
        text = f"'{code}' has no public article in {lacks}; write one in {folder / 'articles'} that names it"
        findings.require(not lacks, services, ("services", index, "code"), text)


def _read(path: Path, city: City, findings: Findings) -> Article | None:
    """One article, or None with what is wrong about it noted."""
    document = _document(path)
    article = findings.check(document, Article, city.profile.languages)
    if article:
        findings.require(article.id == path.stem, document, ("id",), f"is not the file's name, {path.stem}; rename one")
        findings.require(article.agency in city.agencies, document, ("agency",), "is no agency of this city")
        for index, code in enumerate(article.services):
            text = f"'{code}' is no service of this city; name one of services.yaml"
            findings.require(code in city.services, document, ("services", index), text)
        for index, slug in enumerate(article.transfers):
            text = f"'{slug}' is no transfer of this city; name one of transfers.yaml"
            findings.require(slug in city.transfers, document, ("transfers", index), text)
    return article


def _document(path: Path) -> Document:
    """Return the front matter with the body added as one more field."""
    match = _FRONT.match(path.read_text("utf-8"))
    if not match:
        return Document(path, None, faults=[((), "has no front matter; begin the file with a block between --- lines")])
    document = parse_yaml(match["front"], path, first_line=2)
    document.lines[("body",)] = match["front"].count("\n") + 3
    if isinstance(document.value, dict):
        document.value["body"] = _bodies(match["body"])
    return document


def _bodies(text: str) -> dict[str, str]:
    r"""Return the body's parts by the language marked above each: `<!-- en -->` on a line of its own.

    >>> _bodies("<!-- en -->\nHello\n<!-- es -->\nHola\n")
    {'en': 'Hello', 'es': 'Hola'}
    """
    pieces = _LANGUAGE.split(text)[1:]
    return {language: body.strip() for language, body in zip(pieces[::2], pieces[1::2], strict=True)}

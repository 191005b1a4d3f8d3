"""Moving articles in and out: imports with a report, and open data."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.tagged import IfNoneMatch, cached, is_held, tag
from kb.domain.importing import Defaults, File
from kb.endpoints.shaping import followed
from kb.handlers import moving
from kb.handlers.editing import each
from kb.handlers.moving import Export
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import OpenData


class ExportFile(BaseModel, extra="forbid"):
    """A file of an export."""

    name: str = Field(min_length=1, max_length=300)
    text: str = Field(max_length=20_000_000)


class Import(BaseModel, extra="forbid"):
    """An export to move in: a CSV file, the files of a Markdown folder, or HTML pages."""

    format: Literal["csv", "markdown", "html"]
    files: list[ExportFile] = Field(min_length=1, max_length=5000)
    agency: str = Field(max_length=100, description="Whose the articles are that do not say it.")
    language: str = Field("en", max_length=8)
    rehearse: bool = Field(default=False, description="Only report; publish nothing.")
    drafts: bool = Field(default=False, description="Keep them as drafts, which others read and publish.")


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for imports and open data."""
    router = APIRouter(tags=["moving"])
    move_in = doors.command("POST /imports", each(moving.move_in, room))

    @router.post("/imports", status_code=201)
    async def import_articles(body: Import, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Publish what an export holds; the report names every row that was dropped, and why."""
        review_by = (doors.database.clock() + timedelta(days=365)).date()
        defaults = Defaults(body.agency, body.language, room.city.profile.languages, review_by)
        files = tuple(File(one.name, one.text) for one in body.files)
        return await move_in(Export(body.format, files, defaults, body.rehearse, body.drafts), caller, key)

    @router.get("/open-data/articles")
    async def export_articles(
        request: Request, asked: Annotated[OpenData, Query()], if_none_match: IfNoneMatch = None
    ) -> Response:
        """Give every public article to anybody, a page at a time: as JSON, or as a table with a line for each language.

        `Link` names the next page. A page that a reader holds already is not read from the database.
        """
        catalog = await room.library.up_to_date(doors.reads())
        page = catalog.page(internal=False, service=None, after=asked.after, limit=asked.limit)
        named = tag(asked.format, *(f"{card.article_id}.{card.version}" for card in page.cards))
        articles = [] if is_held(named, if_none_match) else await moving.open_data_of(doors.reads(), page)
        return followed(_exported(articles, asked.format, named, if_none_match), request, page.after)

    return router


def _exported(articles: list[dict[str, Any]], format_: str, named: str, if_none_match: str | None) -> Response:
    if format_ == "json":
        return cached(articles, named, if_none_match)
    table = cached(moving.as_csv(articles), named, if_none_match, "text/csv")
    table.headers["content-disposition"] = 'attachment; filename="articles.csv"'
    return table

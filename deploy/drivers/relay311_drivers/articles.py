"""`make import-articles`: an old knowledge base into the running platform, as drafts or published; ends with JSON."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web

FORMATS: Final = {".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html"}
LARGEST: Final = 20_000_000
"""Bytes of one import: kb takes bodies of 24 MiB."""
SHOWN: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `import-articles`."""
    parser.add_argument("path", type=Path, help="a CSV file, a folder of Markdown, or a page or folder of HTML")
    parser.add_argument("--agency", help="whose articles they are that do not say it (default: the city's own 311)")
    parser.add_argument("--language", help="the language of texts that do not say it (default: the city's first)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--publish", action="store_true", help="publish them at once (default: drafts, for editors)")
    how.add_argument("--rehearse", action="store_true", help="only report what would be taken and what dropped")
    parser.add_argument("--as", dest="who", default="import", help="the name under which the work is noted")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Move a file or folder in; the last line is JSON. Raises DriverError for what cannot be read."""
    started = time.monotonic()
    kind, files = read_files(options.path)
    profile = platform.city().profile
    body = {
        "format": kind,
        "files": files,
        "agency": options.agency or profile.operator_agency,
        "language": options.language or profile.languages[0],
        "rehearse": options.rehearse,
        "drafts": not options.publish,
    }
    report = asyncio.run(_moved(platform, body, options.who))
    _show(report)
    how = "rehearsed" if options.rehearse else "published" if options.publish else "drafts"
    print(json.dumps(report | {"as": how, "seconds": round(time.monotonic() - started, 1)}, ensure_ascii=False))
    return 0


def read_files(path: Path, largest: int = LARGEST) -> tuple[str, list[dict[str, str]]]:
    """Read a file, or all of a folder that are of its commonest kind; others are named. Raises DriverError."""
    found = list(_found(path))
    kinds = [FORMATS[file.suffix.lower()] for file in found]
    if not kinds:
        raise DriverError(f"{path} holds no .csv, .md or .html file; name one, or the folder they are in.")
    kind = max(sorted(set(kinds)), key=kinds.count)
    for file, other in zip(found, kinds, strict=True):
        if other != kind:
            print(f"{file}: passed over, for the other files are {kind}; import it by itself", file=sys.stderr)
    chosen = [file for file, one in zip(found, kinds, strict=True) if one == kind]
    files = [{"name": _name(file, path), "text": _text(file)} for file in chosen]
    size = sum(len(file["text"].encode()) for file in files)
    if size > largest:
        raise DriverError(f"{path} holds {size:,} bytes; import at most {largest:,} at a time, in parts.")
    return kind, files


def _found(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise DriverError(f"{path} is not there; say which file or folder with FROM=…")
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    yield from (file for file in inside if file.is_file() and file.suffix.lower() in FORMATS)


def _name(file: Path, path: Path) -> str:
    return str(file.relative_to(path)) if path.is_dir() else file.name


def _text(file: Path) -> str:
    """Read UTF-8, or where it is not, the old Western code page that exports of its time are in."""
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


async def _moved(platform: Platform, body: dict[str, Any], who: str) -> dict[str, Any]:
    Progress().tell(f"importing {len(body['files']):,} {body['format']} files …")
    async with Web(bearer(platform, "supervisor", who)) as web:
        report: dict[str, Any] = await web.post(platform.url("kb", "/imports"), body)
    return report


def _show(report: dict[str, Any]) -> None:
    print(f"{report['read']:,} read, {report['taken']:,} taken, {report['unchanged']:,} unchanged")
    _list("dropped", [f"{row['file']}, row {row['row']}: {row['reason']}" for row in report["dropped"]])
    _list("left out", [f"{row['file']}, row {row['row']}: {row['note']}" for row in report["notes"]])


def _list(what: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{len(lines):,} {what}:")
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  … every one of the {len(lines):,} stands in the last line")

"""How a client's words arrive: in the address or as a form, in UTF-8, and never more than one can mean."""

from collections.abc import AsyncGenerator, Iterable
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from chassis.http import MAX_BODY_BYTES
from intake.domain.open311.parameters import Parameters, wrong

MOST_FIELDS, MOST_FILES, MOST_FIELD_BYTES = 500, 10, 64 * 1024
_FORM = "application/x-www-form-urlencoded"


def from_address(request: Request) -> Parameters:
    """Read the parameters of the address. Raises a problem for what is not UTF-8, or holds the character NUL."""
    return Parameters(tuple(_pairs(request.scope["query_string"])))


async def from_form(request: Request) -> Parameters:
    """Read a form, urlencoded or multipart; the rest may stand in the address. Raises a problem for anything else."""
    kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
    if kind not in {_FORM, "multipart/form-data"}:
        raise wrong("Content-Type", f"Send a form: {_FORM}, or multipart/form-data with media.")
    form = await (_urlencoded(request) if kind == _FORM else _multipart(request))
    return Parameters((*from_address(request).pairs, *form.pairs), form.files)


async def _urlencoded(request: Request) -> Parameters:
    return Parameters(tuple(_pairs(b"".join([chunk async for chunk in _limited(request)]))))


def _pairs(raw: bytes) -> Iterable[tuple[str, str]]:
    try:
        text = raw.decode("utf-8").strip()
        pairs = parse_qsl(text, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise wrong("encoding", "Send UTF-8; these bytes are not.") from None
    except ValueError:
        raise wrong("fields", f"Send at most {MOST_FIELDS} fields.") from None
    return [(name, _clean(name, value)) for name, value in pairs if value.strip()]


def _clean(name: str, value: str) -> str:
    if "\x00" in name + value:
        raise wrong(name.replace("\x00", ""), "The character NUL cannot be kept; leave it out.")
    return value


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise wrong("body", f"A body may hold {MAX_BODY_BYTES} bytes.")
        yield chunk


async def _multipart(request: Request) -> Parameters:
    form = await _parsed(request)
    parts = form.multi_items()
    pairs = tuple((name, _clean(name, part)) for name, part in parts if isinstance(part, str) and part.strip())
    files = [await part.read() for _, part in parts if isinstance(part, UploadFile)]
    await form.close()
    return Parameters(pairs, tuple(content for content in files if content))


async def _parsed(request: Request) -> FormData:
    limits = {"max_files": MOST_FILES, "max_fields": MOST_FIELDS, "max_part_size": MOST_FIELD_BYTES}
    try:
        return await MultiPartParser(request.headers, _limited(request), **limits).parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise wrong("body", f"This is no readable multipart form: {error}.") from None

"""Uploads: pictures in a form or as the body itself, held on disk until their turn comes, never larger than allowed."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from chassis.errors import FieldError, Problem, invalid
from chassis.http import MAX_BODY_BYTES
from intake.domain.photos.keeping import MOST_AT_ONCE

_IN_MEMORY: Final = 256 * 1024


async def read_uploads(request: Request, stack: AsyncExitStack) -> list[IO[bytes]]:
    """Receive every picture of a call, each in a file that `stack` closes. Raises a problem for none or too many."""
    kind = request.headers.get("content-type", "")
    files = await (_form(request, stack) if kind.startswith("multipart/form-data") else _body(request, stack))
    if not files:
        raise invalid([FieldError(field="photos", problem="Send pictures as files of a form, or one as the body.")])
    return files


async def _form(request: Request, stack: AsyncExitStack) -> list[IO[bytes]]:
    parser = MultiPartParser(request.headers, _bounded(request), max_files=MOST_AT_ONCE, max_fields=20)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise invalid([FieldError(field="body", problem=f"{error.message} At most {MOST_AT_ONCE} files.")]) from error
    stack.push_async_callback(form.close)
    return [part.file for _, part in form.multi_items() if isinstance(part, UploadFile)]


async def _body(request: Request, stack: AsyncExitStack) -> list[IO[bytes]]:
    file: IO[bytes] = stack.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the stack closes it
    async for chunk in _bounded(request):
        file.write(chunk)
    empty = file.tell() == 0
    file.seek(0)
    return [] if empty else [file]


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    """Pass on a body whose length was not said beforehand, to the same limit."""
    got = 0
    async for chunk in request.stream():
        got += len(chunk)
        if got > MAX_BODY_BYTES:
            raise Problem(413, "Too large", f"A body may hold {MAX_BODY_BYTES} bytes; send it in parts.")
        yield chunk

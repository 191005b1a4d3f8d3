"""Cleaning at arm's length: a process for each picture, bounded in memory, time and answer, and its work checked."""

import asyncio
import json
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from chassis.pictures import format_of
from contracts.intake import Photo
from intake.domain.photos.keeping import MOST_BYTES, MOST_PIXELS
from intake.gateways.photos.jpeg import bare_size

WORKER: Final = Path(__file__).with_name("worker.py")
WALL_SECONDS: Final = 20.0
"""From start to end of a worker, whose own limit is 5 seconds of processor time."""
MOST_ANSWER: Final = 32 * 1024 * 1024
_CHUNK: Final = 256 * 1024
_NO_SECRETS: Final = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}
_READABLE: Final = "Send a JPEG, PNG, WEBP, HEIC, GIF or TIFF picture."
_WHY: Final = {
    "too_many_pixels": f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels; send a smaller one.",
    "too_large": "The picture is too large to be decoded safely; send a smaller one.",
    "not_decodable": f"The picture is damaged, or is not what its first bytes say. {_READABLE}",
}


class Unusable(Exception):  # noqa: N818 - it says what was decided
    """This will never be a photo of ours. The message is a sentence for people; `status` is that of HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture made anew, and its thumbnail: JPEGs without anything else in them."""

    photo: Photo
    data: bytes
    thumbnail: bytes


class Cleaner:
    """Cleans pictures, `at_once` of them; the others wait, so that memory stays bounded."""

    def __init__(self, at_once: int = 2) -> None:
        self._slots = asyncio.Semaphore(at_once)

    async def clean(self, picture: bytes | IO[bytes]) -> Cleaned:
        """Make a picture anew; a file is read when its turn has come, so that those who wait hold no memory.

        Raises Unusable for one that is too large, damaged, or none at all.
        """
        async with self._slots:
            data = picture if isinstance(picture, bytes) else await asyncio.to_thread(picture.read, MOST_BYTES + 1)
            return await self._clean(data)

    @staticmethod
    async def _clean(data: bytes) -> Cleaned:
        if len(data) > MOST_BYTES:
            raise Unusable(413, f"The picture is larger than {MOST_BYTES // 1_000_000} MB; send a smaller one.")
        kind = format_of(data)
        if kind is None:
            raise Unusable(415, f"This is no picture. {_READABLE}")
        return _checked(await _ask_worker(data, kind))


async def _ask_worker(data: bytes, kind: str) -> bytes:
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(WORKER), str(MOST_PIXELS), kind,
        stdin=pipe, stdout=pipe, stderr=nowhere, env=_NO_SECRETS, cwd="/",
    )  # fmt: skip
    try:
        async with asyncio.timeout(WALL_SECONDS):
            answer, _ = await asyncio.gather(_read(worker), _feed(worker, data))
            await worker.wait()
    except TimeoutError:
        raise Unusable(422, _WHY["too_large"]) from None
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    return answer


async def _feed(worker: asyncio.subprocess.Process, data: bytes) -> None:
    assert worker.stdin is not None  # noqa: S101 - narrows: it was opened as a pipe
    try:
        worker.stdin.write(data)
        await worker.stdin.drain()
        worker.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        return  # it ended early; its answer, or the lack of one, says why


async def _read(worker: asyncio.subprocess.Process) -> bytes:
    assert worker.stdout is not None  # noqa: S101 - narrows, as above
    answer = bytearray()
    while chunk := await worker.stdout.read(_CHUNK):
        answer += chunk
        if len(answer) > MOST_ANSWER:
            worker.kill()
            break
    return bytes(answer)


def _checked(answer: bytes) -> Cleaned:
    """Believe a worker only what can be seen: it has handled what strangers send."""
    try:
        line, _, rest = answer.partition(b"\n")
        head = json.loads(line)
    except ValueError:  # it was stopped at one of its limits
        raise Unusable(422, _WHY["too_large"]) from None
    if not isinstance(head, dict) or "refused" in head:
        code = head.get("refused") if isinstance(head, dict) else None
        raise Unusable(413 if code == "too_many_pixels" else 422, _WHY.get(str(code), _WHY["not_decodable"]))
    data, thumbnail = rest[: head["photo"]], rest[head["photo"] :]
    size = bare_size(data)
    if size != (head["width"], head["height"]) or bare_size(thumbnail) is None:
        raise Unusable(422, _WHY["not_decodable"])
    return Cleaned(Photo(photo_id=sha256(data).hexdigest(), width=size[0], height=size[1]), data, thumbnail)

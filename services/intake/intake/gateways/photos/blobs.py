"""Where the bytes of photos lie: a folder, or any S3 store; the same few words for both."""

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

P = ParamSpec("P")
T = TypeVar("T")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class NotKept(Exception):  # noqa: N818 - it says what became of it
    """The store did not take or give it just now; asking again may help. `full` tells that there is no room."""

    def __init__(self, why: str, *, full: bool = False) -> None:
        super().__init__(why)
        self.full = full


class BlobStore(Protocol):
    """Bytes by name; a name always means the same bytes. Every method may raise NotKept."""

    async def put(self, name: str, data: bytes) -> None:
        """Keep bytes; they are safe when this returns."""

    async def get(self, name: str) -> bytes | None:
        """Give the bytes of a name, or None."""

    async def delete(self, name: str) -> None:
        """Forget a name; one that is not there is no error."""


class FolderBlobs:
    """A folder: each file is written aside, made durable, then named."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, data: bytes) -> None:
        """Keep bytes."""
        await _in_thread(self._write, name, data)

    async def get(self, name: str) -> bytes | None:
        """Give the bytes of a name, or None."""
        return await _in_thread(self._read, name)

    async def delete(self, name: str) -> None:
        """Forget a name."""
        await _in_thread(self._unlink, name)

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name

    def _write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).replace(path)
        except OSError:
            Path(aside).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def _read(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def _unlink(self, name: str) -> None:
        path = self._path(name)
        if path.exists():
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class S3Blobs:
    """A bucket of any store that speaks S3; calls run in threads."""

    def __init__(self, bucket: str, prefix: str, **client: str | None) -> None:
        import boto3  # noqa: PLC0415 - tens of megabytes that a folder does not need
        from botocore.config import Config  # noqa: PLC0415 - as above
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        patience = Config(signature_version="s3v4", connect_timeout=5, read_timeout=20, retries={"max_attempts": 3})
        self._client: Any = boto3.client("s3", config=patience, **client)
        self._bucket, self._prefix = bucket, prefix
        self._failures, self._answered = (BotoCoreError, ClientError), ClientError

    async def put(self, name: str, data: bytes) -> None:
        """Keep bytes."""
        await self._ask("put_object", name, Body=data, ContentType="image/jpeg")

    async def get(self, name: str) -> bytes | None:
        """Give the bytes of a name, or None."""
        return await self._ask("get_object", name)

    async def delete(self, name: str) -> None:
        """Forget a name."""
        await self._ask("delete_object", name)

    async def _ask(self, what: str, name: str, **more: object) -> bytes | None:
        return await _in_thread(self._call, what, name, more)

    def _call(self, what: str, name: str, more: dict[str, object]) -> bytes | None:
        try:
            answer = getattr(self._client, what)(Bucket=self._bucket, Key=f"{self._prefix}{name}", **more)
            body: bytes | None = answer["Body"].read() if what == "get_object" else None
        except self._failures as error:
            if isinstance(error, self._answered) and error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise NotKept(f"the S3 store answered {type(error).__name__}") from error
        return body


async def _in_thread(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *given, **named)
    except OSError as error:
        raise NotKept(f"the photo store answered {type(error).__name__}", full=error.errno in _FULL) from error


def open_blobs(place: str, endpoint: str | None = None, key: str | None = None, secret: str | None = None) -> BlobStore:
    """Open a store: `s3://bucket/prefix`, or the path of a folder, which is made when the first photo comes."""
    parts = urlsplit(place)
    if parts.scheme != "s3":
        return FolderBlobs(Path(place))
    prefix = parts.path.strip("/")
    return S3Blobs(
        parts.netloc, f"{prefix}/" if prefix else "",
        endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1",
    )  # fmt: skip

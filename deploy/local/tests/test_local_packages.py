"""Kafka, the Java runtime, PostgreSQL and the dashboard come up from packages: no java, no mvn, an empty home."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from relay311_local.downloads import Jar, fetch, fetch_one, lock
from relay311_local.layout import cache_folder
from relay311_local.problems import PlatformError
from relay311_local.testing import open_folder

PROGRAM = """
import sys
from pathlib import Path
from relay311_local.ports import free_port
from relay311_local.processes import Child
from relay311_local.testing import private_kafka, private_postgres, running
from relay311_local.zipkin import Zipkin

folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
with running(private_kafka(folder / "kafka", secure=True)), running(private_postgres(folder / "postgres")) as postgres:
    zipkin = Zipkin(cache, folder / "zipkin.log", free_port())
    zipkin.prepare()
    dashboard = Child(zipkin.command())
    try:
        print(f"dashboard {dashboard.wait_ready(zipkin.ready, 90):.1f} s on {zipkin.port}", flush=True)
        sys.stdin.readline()
    finally:
        dashboard.stop()
"""


@pytest.mark.slow
@pytest.mark.requirement("OPS-02")
def test_everything_comes_up_with_an_empty_home_and_no_java() -> None:
    with open_folder() as folder:
        home = folder / "home"
        home.mkdir()
        trust = {name: os.environ[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if name in os.environ}
        environment = {"HOME": str(home), "PATH": str(home), "RELAY311_CACHE": str(cache_folder()), **trust}
        command = [sys.executable, "-c", PROGRAM, str(folder), str(cache_folder())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=folder, text=True
        ) as process:
            assert process.stdout is not None
            line = next((line for line in process.stdout if line.startswith("dashboard")), "")
            addresses = listening(int(line.rpartition(" ")[2]))
            process.communicate("\n", timeout=60)
        assert process.returncode == 0
        assert addresses == {"loopback"}, "the dashboard must not listen on every address"


def listening(port: int) -> set[str]:
    """Tell where a port answers: on loopback, and whether also on another address of this machine."""
    found = set()
    host = socket.gethostbyname(socket.gethostname())
    beyond = "127.0.0.2" if host.startswith("127.") else host
    for name, address in (("loopback", "127.0.0.1"), ("beyond", beyond)):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                found.add(name)
    return found


@pytest.mark.requirement("OPS-02")
def test_every_locked_file_names_one_exact_content() -> None:
    jars = (*lock("kafka"), *lock("zipkin"))
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert len({jar.file_name for jar in jars}) == len(jars)


def test_a_complete_cache_needs_no_network(tmp_path: Path) -> None:
    for jar in lock("kafka"):
        (tmp_path / "jars" / jar.file_name).parent.mkdir(exist_ok=True)
        (tmp_path / "jars" / jar.file_name).touch()
    said: list[str] = []
    assert len(fetch("kafka", tmp_path, said.append)) == len(lock("kafka"))
    assert said == []


def test_no_network_is_said_in_one_line(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from relay311_local.downloads import fetch\n"
        "from relay311_local.problems import PlatformError\n"
        "try: fetch('zipkin', Path(sys.argv[1]), lambda line: None)\n"
        "except PlatformError as error: sys.exit(str(error))\n"
    )
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, **closed, "no_proxy": "", "NO_PROXY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "the first run needs a network connection" in done.stderr
    assert not list((tmp_path / "jars").glob("*.jar"))


def test_unexpected_bytes_are_refused(tmp_path: Path) -> None:
    jar = Jar("a", "b", "1", "", "0" * 64)
    (tmp_path / "x").write_bytes(b"tampered with")
    with pytest.raises(PlatformError, match="do not use it"):
        fetch_one(jar, tmp_path, lambda _jar, scratch: _copy(tmp_path / "x", scratch))
    assert not (tmp_path / jar.file_name).exists()


def _copy(source: Path, scratch: Path) -> Path:
    target = scratch / source.name
    target.write_bytes(source.read_bytes())
    return target

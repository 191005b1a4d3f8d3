"""The platform's table: an order that holds, secrets that stay, servers of the user's own, errors in one line."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from relay311_local.credentials import ensure_credentials, read_credentials, secrets_path
from relay311_local.layout import PORTS, Layout, root_folder
from relay311_local.plan import SERVICES, Plan


def plan(folder: Path, offset: int = 0) -> Plan:
    place = Layout(root_folder(), folder, folder / "cache", offset)
    return Plan(place, ensure_credentials(folder, SERVICES, SERVICES))


def test_every_need_is_a_unit_named_before(tmp_path: Path) -> None:
    seen: set[str] = set()
    for unit in plan(tmp_path).units():
        assert set(unit.needs) <= seen, unit.name
        seen.add(unit.name)
    assert {"kafka", "postgres", "zipkin", "sidecar", "agencies", *SERVICES} <= seen


def test_an_offset_moves_every_port(tmp_path: Path) -> None:
    assert plan(tmp_path, 1000).ports() == {name: PORTS[name] + 1000 for name in plan(tmp_path).ports()}
    assert set(plan(tmp_path).ports()) == set(PORTS)


def test_each_service_knows_its_own_secrets_alone(tmp_path: Path) -> None:
    table = plan(tmp_path)
    environments = {service: table.service_environment(service) for service in SERVICES}
    for service, known in environments.items():
        others = [table.secrets.kafka[other] for other in SERVICES if other != service]
        told = json.dumps(known)
        assert known["RELAY311_KAFKA_USERNAME"] == service
        assert not any(secret in told for secret in (*others, table.secrets.kafka_admin, table.secrets.postgres_admin))
        assert "PRIVATE" not in told


def test_secrets_are_for_the_owner_and_never_change(tmp_path: Path) -> None:
    first = ensure_credentials(tmp_path, ["intake"], ["intake"])
    again = ensure_credentials(tmp_path, ["intake", "agency.parks"], ["intake"])
    assert stat.S_IMODE(secrets_path(tmp_path).stat().st_mode) == 0o600
    assert again.kafka["intake"] == first.kafka["intake"]
    assert again.token_private_key == first.token_private_key
    assert read_credentials(tmp_path) == again


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {**os.environ, "RELAY311_RUN": str(folder), **environment}
    program = [sys.executable, "-m", "relay311_local", *arguments]
    return subprocess.run(program, env=known, capture_output=True, text=True, check=False, timeout=60)


def test_problems_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    for arguments, environment, said in [
        (("status",), {}, "does not run here"),
        (("run",), {"RELAY311_PORT_OFFSET": "many"}, "RELAY311_PORT_OFFSET is 'many'"),
        (("run",), {"RELAY311_PARTS": "intake,billing"}, "RELAY311_PARTS names billing"),
    ]:
        done = command(tmp_path, *arguments, **environment)
        assert done.returncode == 1, done
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_servers_of_the_users_own_are_not_started(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys\n"
        "from relay311_local.credentials import ensure_credentials\n"
        "from relay311_local.layout import layout\n"
        "from relay311_local.plan import SERVICES, Plan\n"
        "place = layout(); p = Plan(place, ensure_credentials(place.run, SERVICES, SERVICES))\n"
        "e = p.service_environment('sla')\n"
        "print(*[u.name for u in p.units() if u.name in ('kafka', 'postgres')], e['RELAY311_KAFKA_BOOTSTRAP'],\n"
        "      e['DATABASE_URL'].rpartition('@')[2], e.get('RELAY311_KAFKA_USERNAME'))\n"
    )
    own = {"KAFKA_BOOTSTRAP": "kafka.example:9092", "DATABASE_URL": "postgresql://me:x@db.example/postgres"}
    known = {**os.environ, "RELAY311_RUN": str(tmp_path), **own}
    done = subprocess.run([sys.executable, "-c", code], env=known, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["kafka.example:9092", "db.example/sla", "None"]

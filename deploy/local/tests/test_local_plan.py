"""The platform's table: an order that holds, secrets that stay, servers of the user's own, errors in one line."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from relay311_local.credentials import ensure_credentials, read_credentials, secrets_path
from relay311_local.kafka import Kafka
from relay311_local.layout import MOST_INSTANCES, PORTS, SERVICES, Layout, root_folder
from relay311_local.plan import Plan
from relay311_local.problems import PlatformError


def plan(folder: Path, offset: int = 0, brokers: int = 1, instances: Mapping[str, int] = MappingProxyType({})) -> Plan:
    place = Layout(root_folder(), folder, folder / "cache", offset, brokers)
    return Plan(place, ensure_credentials(folder, SERVICES, SERVICES), instances=instances)


def test_every_need_is_a_unit_named_before(tmp_path: Path) -> None:
    seen: set[str] = set()
    for unit in plan(tmp_path).units():
        assert set(unit.needs) <= seen, unit.name
        seen.add(unit.name)
    assert {"kafka", "postgres", "zipkin", "sidecar", "agencies", *SERVICES} <= seen


def test_an_offset_moves_every_port(tmp_path: Path) -> None:
    assert plan(tmp_path, 1000).ports() == {name: PORTS[name] + 1000 for name in plan(tmp_path).ports()}
    assert set(plan(tmp_path).ports()) == {name for name in PORTS if not name.startswith(("kafka-2", "kafka-3"))}


def test_three_brokers_know_each_other_and_every_service_knows_all(tmp_path: Path) -> None:
    table = plan(tmp_path, brokers=3)
    units = {unit.name: unit for unit in table.units()}
    assert units["topics"].needs == ("kafka", "kafka-2", "kafka-3")
    assert table.service_environment("sla")["RELAY311_KAFKA_BOOTSTRAP"] == ",".join(
        f"127.0.0.1:{PORTS[name]}" for name in units["topics"].needs
    )
    node = Kafka(tmp_path, tmp_path, 1, 12, node=2, voters=(11, 12, 13))
    assert node.settings()["controller.quorum.voters"] == "1@127.0.0.1:11,2@127.0.0.1:12,3@127.0.0.1:13"
    assert (node.settings()["node.id"], node.settings()["min.insync.replicas"]) == ("2", "2")


def test_data_of_one_broker_are_not_opened_by_three(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").touch()
    (tmp_path / "server.properties").write_text("controller.quorum.voters=1@127.0.0.1:12\n")
    with pytest.raises(PlatformError, match=r"belong to 1 broker\(s\), not to 3: set RELAY311_BROKERS=1"):
        Kafka(tmp_path, tmp_path, 1, 12, voters=(12, 13, 14)).prepare()


def test_each_instance_has_a_name_a_port_and_a_log_of_its_own(tmp_path: Path) -> None:
    table = plan(tmp_path, instances={"sla": 3, "kb": 2})
    units = [unit for unit in table.units() if unit.name.startswith(("sla", "kb")) and not unit.once]
    assert [unit.name for unit in units] == ["sla", "sla-2", "sla-3", "kb", "kb-2"]
    commands = [unit.command() for unit in units]
    assert [command.environment["RELAY311_INSTANCE"] for command in commands] == ["1", "2", "3", "1", "2"]
    assert len({command.log for command in commands}) == len({unit.port for unit in units}) == 5
    assert {unit.name: unit.port for unit in units}.items() <= table.ports().items()


def test_every_instance_listens_at_the_doors_of_mail_so_that_they_stay_open_while_one_runs(tmp_path: Path) -> None:
    table = plan(tmp_path, instances={"intake": 2, "notify": 2})
    for service, door in (("intake", "MAIL_PORT"), ("notify", "RETURNS_PORT")):
        told = [table.service_environment(service, number)[f"RELAY311_{door}"] for number in (1, 2)]
        assert len(set(told)) == 1, "instances share the port: see chassis.listening"


def test_no_two_processes_share_a_port(tmp_path: Path) -> None:
    every = plan(tmp_path, brokers=3, instances=dict.fromkeys(SERVICES, MOST_INSTANCES)).ports().values()
    assert len(set(every)) == len(every)
    assert len({port % 100 for port in every if 8300 <= port < 8400}) == 6 + 7 * MOST_INSTANCES


def test_each_service_knows_its_own_secrets_alone(tmp_path: Path) -> None:
    table = plan(tmp_path)
    environments = {service: table.service_environment(service) for service in SERVICES}
    for service, known in environments.items():
        others = [table.secrets.kafka[other] for other in SERVICES if other != service]
        assert ("RELAY311_VAPID_KEY" in known) == (service == "notify"), "who pushes to browsers signs for it"
        told = json.dumps({name: value for name, value in known.items() if name != "RELAY311_VAPID_KEY"})
        assert known["RELAY311_KAFKA_USERNAME"] == service
        assert not any(secret in told for secret in (*others, table.secrets.kafka_admin, table.secrets.postgres_admin))
        assert "PRIVATE KEY" not in told


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
        (("run",), {"RELAY311_BROKERS": "2"}, "RELAY311_BROKERS is '2'"),
        (("run",), {"RELAY311_INSTANCES": "13"}, "RELAY311_INSTANCES says intake=13"),
        (("run",), {"RELAY311_INSTANCES": "billing=2"}, "RELAY311_INSTANCES says billing=2"),
        (("scale", "sla", "2"), {}, "does not run here"),
        (("scale", "billing", "2"), {}, "billing 2: give one of"),
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

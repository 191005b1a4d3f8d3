"""The checker is tested too: each kind of damage, done to the evidence of a healthy life, is found and named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.topics import city_topics
from faults.case import Case
from faults.evidence import Evidence, Mail, Seen
from faults.invariants import judge
from faults.ledger import Answer, Kind, Ledger, Operation, Outcome
from faults.news import replaced
from faults.scene import Fault
from faults.targets import Call
from faults.writer import Spot

LIFE = "life"
BAD = Spot("request.closed", 3, 7)
Log = dict[str, list[Seen]]
Damage = Callable[[dict[str, Any]], None]


def seen(topic: str, offset: int, at: float, event: str = "", **data: Any) -> Seen:
    about = {"contact_refs": ("c",), "service_code": "lawns"}
    return Seen(Spot(topic, 0, offset), at, event or f"{topic}-{offset}", {"request_id": LIFE, "about": about, **data})


def healthy() -> dict[str, Any]:
    """Give the evidence of one request that was reported, assigned, promised, closed and told of; one record parked."""
    told = {"created": "i1", "assigned:a": "i2", "closed:x": "i3", "promised:1": "i4", "survey:v": "i5"}
    log: Log = {
        "request.created": [seen("request.created", 0, 10.0, sequence=1, external_ids=["op"])],
        "request.assigned": [seen("request.assigned", 0, 10.1, sequence=1, assignment_id="a", cause="rule")],
        "request.promised": [seen("request.promised", 0, 10.2, sequence=1, revision=1, words={"en": "soon"})],
        "request.updated": [
            seen("request.updated", n, 10.3, sequence=n + 1, change={"kind": "substatus"}) for n in range(2)
        ],
        "request.closed": [
            seen("request.closed", 0, 10.4, sequence=1, closure_id="x", reopen_count=0, disposition="fixed")
        ],
        "survey.invited": [
            seen("survey.invited", 0, 10.4, sequence=1, closure_id="x", contact_ref="c", invitation_id="v")
        ],
        "notification.settled": [
            seen("notification.settled", n, 10.5, sequence=n + 1, intent_id=name)
            for n, name in enumerate(told.values())
        ],
    }
    letters = [
        Seen(Spot(f"dlq.{name}.request.closed", 0, 0), 9.0, name, {"place": "request.closed[3]@7"})
        for name in ("routing", "sla", "notify", "survey")
    ]
    parked = {"topic": "request.closed", "part": 3, "log_offset": 7, "reason": "malformed"}
    intent = {"request_id": LIFE, "contact_ref": "c", "channel": "email", "outcome": "delivered", "attempts": 2}
    return {
        "log": log,
        "requests": [{"request_id": LIFE, "updated_sequence": 2, "closed_sequence": 1, "reopened_sequence": 0}],
        "intents": [intent | {"transition": change, "intent_id": name} for change, name in told.items()],
        "parked": {name: [parked] for name in ("routing", "sla", "notify", "survey")},
        "letters": {one.spot.topic: [one] for one in letters},
        "poison": {BAD},
        "mails": [Mail(10.5, name) for name in told.values()],
        "tables": {
            "kb.filed": [{"name": "lawns", "n": 1}],
            "sla.closings": [{"name": "lawns", "n": 1}],
            "sla.forecast": [{"name": "lawns", "n": 1}],
            "sla.clocks": [{"request_id": LIFE, "revision": 1}],
            "survey.invitations": [{"closure_id": "x", "contact_ref": "c", "state": "sent"}],
            "routing.requests": [{"request_id": LIFE, "closes": 1, "reopens": 0, "made": 1}],
        },
        "asked": {"lawns"},
    }


def found(folder: Path, evidence: dict[str, Any], fault: Fault, unrest: dict[str, int]) -> set[tuple[str, str]]:
    ledger = Ledger(folder / "ledger.jsonl")
    ledger.write([Operation("op", Kind.POST, "key", "hash")])
    ledger.note(ledger.operations["op"], Answer(Outcome.OK, 10.0, 201, LIFE, "T"))
    case = Case(ledger, Evidence(**evidence), city_topics(["parks"]), [fault], unrest)
    return {(finding.invariant, finding.counts_as) for finding in judge(case)}


def fault(**more: Any) -> Fault:
    facts: dict[str, Any] = {"kind": "kill_service", "target": "sla", "began": 9.0, "healed": 9.0, "fired": True}
    return Fault(**(facts | more))


def test_a_healthy_life_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, healthy(), fault(), {}) == set()


def test_a_repeated_record_is_no_damage(tmp_path: Path) -> None:
    evidence = healthy()
    evidence["log"]["request.updated"].append(replace(evidence["log"]["request.updated"][0], at=11.0))
    evidence["mails"].insert(0, Mail(8.0, "i1"))
    assert found(tmp_path, evidence, fault(target="notify"), {}) == set()
    assert found(tmp_path, evidence, fault(target="kafka"), {}) == {("I4", "duplicated")}
    evidence["mails"].insert(0, Mail(8.0, "i1"))  # one death excuses one copy
    assert found(tmp_path, evidence, fault(target="notify"), {}) == {("I4", "duplicated")}


def test_a_promise_is_missed_unless_a_newer_one_was_told_in_its_place() -> None:
    older, newer, of_another = ("r", "promised:2", "c"), ("r", "promised:3", "c"), ("r", "promised:3", "d")
    assert replaced(older, {newer})
    assert not replaced(newer, {older})
    assert not replaced(older, {of_another, ("r", "closed:x", "c")})


def _drop(topic: str) -> Damage:
    return lambda evidence: evidence["log"].pop(topic)


def _again(topic: str, **changed: Any) -> Damage:
    def damage(evidence: dict[str, Any]) -> None:
        last = evidence["log"][topic][-1]
        spot = last.spot._replace(offset=last.spot.offset + 1)
        evidence["log"][topic].append(Seen(spot, last.at, "another", {**last.data, **changed}))

    return damage


def _swapped(evidence: dict[str, Any]) -> None:
    evidence["log"]["request.updated"].reverse()


def _without_first(name: str) -> Damage:
    return lambda evidence: evidence[name].pop(0)


def _state_behind(evidence: dict[str, Any]) -> None:
    evidence["requests"][0]["updated_sequence"] = 1


def _strange_mail(evidence: dict[str, Any]) -> None:
    evidence["mails"].append(Mail(10.6, "chance"))


def _intended_twice(evidence: dict[str, Any]) -> None:
    evidence["intents"].append(evidence["intents"][0] | {"intent_id": "i9"})


def _not_parked(evidence: dict[str, Any]) -> None:
    evidence["parked"].pop("sla")


def _parked_for_nothing(evidence: dict[str, Any]) -> None:
    evidence["poison"] = set()


def _no_letter(evidence: dict[str, Any]) -> None:
    evidence["letters"].clear()


def _counted(table: str, column: str, number: int) -> Damage:
    return lambda evidence: evidence["tables"][table][0].update({column: number})


def _called(status: int, path: str) -> Damage:
    return lambda evidence: evidence.update(calls=[Call(10.6, "chance", status, path)])


def _given_up(evidence: dict[str, Any]) -> None:
    evidence["intents"][0]["outcome"] = "failed"


def _by_webhook(evidence: dict[str, Any]) -> None:
    evidence["intents"][0]["channel"] = "webhook"
    evidence["mails"].pop(0)


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (_drop("request.created"), ("I1", "lost")),
        (_again("request.created", request_id="second", sequence=1), ("I1", "duplicated")),
        (_again("request.created", request_id="second", external_ids=["x"]), ("I2", "duplicated")),
        (_drop("request.closed"), ("I3", "stuck")),
        (_again("request.closed", sequence=2), ("I3", "stuck")),
        (_drop("notification.settled"), ("I4", "lost")),
        (_again("notification.settled", sequence=4), ("I4", "duplicated")),
        (_without_first("intents"), ("I4", "lost")),
        (_without_first("mails"), ("I4", "lost")),
        (_intended_twice, ("I4", "duplicated")),
        (_strange_mail, ("I4", "duplicated")),
        (_called(204, "/op"), ("I4", "duplicated")),
        (_called(302, "/astray"), ("I4", "duplicated")),
        (_by_webhook, ("I4", "lost")),
        (_given_up, ("I4", "lost")),
        (_drop("survey.invited"), ("I5", "lost")),
        (_counted("kb.filed", "n", 2), ("I5", "duplicated")),
        (_counted("sla.closings", "n", 0), ("I5", "lost")),
        (_counted("sla.forecast", "n", 2), ("I5", "duplicated")),
        (_counted("sla.clocks", "revision", 2), ("I5", "duplicated")),
        (_counted("routing.requests", "made", 2), ("I5", "duplicated")),
        (_counted("survey.invitations", "state", "waiting"), ("I5", "lost")),
        (_swapped, ("I6", "reordered")),
        (_again("request.updated", sequence=4), ("I6", "reordered")),
        (_drop("request.promised"), ("I7", "unpromised")),
        (_drop("request.assigned"), ("I7", "unpromised")),
        (_state_behind, ("I8", "lost")),
        (_without_first("requests"), ("I8", "lost")),
        (_not_parked, ("I11", "lost")),
        (_parked_for_nothing, ("I11", "lost")),
        (_no_letter, ("I11", "lost")),
    ],
)
def test_each_damage_is_found(tmp_path: Path, damage: Damage, finding: tuple[str, str]) -> None:
    evidence = healthy()
    damage(evidence)
    assert finding in found(tmp_path, evidence, fault(), {})


def test_a_fault_without_effect_a_slow_recovery_and_unrest_are_found(tmp_path: Path) -> None:
    assert ("faults", "idle") in found(tmp_path, healthy(), fault(fired=False), {})
    assert ("I12", "stuck") in found(tmp_path, healthy(), fault(healed=12.0), {})
    assert ("I12", "stuck") in found(tmp_path, healthy(), fault(), {"sla lag": 3})


@pytest.mark.parametrize(
    ("kind", "healed", "findings"),
    [("kill_service", 11.0, 0), ("rebalance", 11.0, 1), ("grow", 11.0, 0), ("grow", 90.0, 1)],
)
def test_a_second_copy_is_allowed_where_notify_may_have_died_alone(
    tmp_path: Path, kind: str, healed: float, findings: int
) -> None:
    evidence = healthy()
    evidence["mails"].append(evidence["mails"][0])
    one = fault(kind=kind, target="notify", healed=healed)
    assert len(found(tmp_path, evidence, one, {}) & {("I4", "duplicated")}) == findings

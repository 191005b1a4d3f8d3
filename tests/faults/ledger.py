"""The ledger: what was sent, written down before it was sent, and what was answered."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """How an attempt ended. `maybe`: nobody can say whether it was applied."""

    OK = "ok"
    REFUSED = "refused"
    MAYBE = "maybe"


class Kind(StrEnum):
    """What an operation asks for."""

    POST = "post"
    LINE = "line"
    EVENT = "event"
    MESSAGE = "message"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Answer:
    """One attempt's end, with what the platform said: a request's id and number, or a dispute's state."""

    outcome: Outcome
    at: float
    status: int = 0
    request_id: str = ""
    number: str = ""
    said: str = ""


@dataclass(slots=True)
class Operation:
    """Something wanted once, however often it is sent. A submission's `name` is the request's external id."""

    name: str
    kind: Kind
    key: str
    body_hash: str
    about: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """The verdict over all attempts: one ok makes it ok; refused only when every attempt was.

        >>> one = Operation("o", Kind.POST, "k", "h")
        >>> one.answers += [Answer(Outcome.MAYBE, 0.0), Answer(Outcome.OK, 1.0)]
        >>> one.outcome.value
        'ok'
        """
        seen = {answer.outcome for answer in self.answers}
        if Outcome.OK in seen:
            return Outcome.OK
        return Outcome.REFUSED if seen == {Outcome.REFUSED} else Outcome.MAYBE

    def allows(self, count: int) -> bool:
        """Tell whether it may have been applied so often.

        >>> one = Operation("o", Kind.POST, "k", "h")
        >>> [one.allows(n) for n in (0, 1, 2)]
        [True, True, False]
        """
        return count in {Outcome.OK: (1,), Outcome.REFUSED: (0,), Outcome.MAYBE: (0, 1)}[self.outcome]


class Ledger:
    """An append-only file of JSON lines. What is sent is on the disk before the first byte leaves."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        self.operations: dict[str, Operation] = {}

    def write(self, operations: Sequence[Operation]) -> None:
        """Write operations down; returns when the disk has them."""
        for one in operations:
            self.operations[one.name] = one
            self._append({"op": one.name, "kind": one.kind, "key": one.key, "body": one.body_hash, "about": one.about})
        self._file.flush()
        os.fsync(self._file.fileno())

    def note(self, operation: Operation, answer: Answer) -> None:
        """Write an answer down."""
        operation.answers.append(answer)
        said = [answer.outcome, answer.at, answer.status, answer.request_id, answer.number, answer.said]
        self._append({"op": operation.name, "answer": said})

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def of(self, *kinds: Kind) -> Iterator[Operation]:
        """List the operations of these kinds."""
        return (one for one in self.operations.values() if one.kind in kinds)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")


def hash_of(body: Mapping[str, Any]) -> str:
    """Name a body by its content."""
    return blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=12).hexdigest()

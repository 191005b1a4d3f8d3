"""What a broker can be asked, and what it answers: leave, denial, or something that is neither and fails the test."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException

SECONDS: Final = 15
DENIED: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.UNKNOWN_TOPIC_OR_PART,  # a topic that one may not describe is not there,
    KafkaError._UNKNOWN_PARTITION,  # nor has it partitions,
    KafkaError._NOENT,  # or a leader that one could be sent to
}
ON_TOPICS: Final = ("describe", "list offsets", "read", "write", "write idempotently", "describe configs",
                    "alter configs", "add partitions", "delete records", "delete")  # fmt: skip
ON_GROUPS: Final = ("see", "describe", "join", "read offsets", "commit offsets", "delete")
BESIDE: Final = (
    "write in a transaction as",
    "make a topic for",
    "see grants of",
    "grant",
    "revoke",
    "set the password of",
)
PER_AGENCY: Final = 2 * len(ON_TOPICS) + len(ON_GROUPS) + len(BESIDE)


class Cell(NamedTuple):
    """One cell of the matrix: `operation` names what is asked, of the agency `slug`."""

    who: str
    operation: str
    slug: str


def settled(futures: Mapping[Any, Any], name: Callable[[Any], str] = str) -> dict[str, bool]:
    """Wait for the answer about each, by its name."""
    return {name(one): went(future.result) for one, future in futures.items()}


def went(ask: Callable[..., Any]) -> bool:
    """Tell whether what was asked went through; a refusal is denial, anything else fails the test."""
    try:
        ask()
    except KafkaException as error:
        return judged(error.args[0])
    return True


def deny(error: KafkaError) -> None:
    """Raise what came in an answer, as if it were the answer."""
    raise KafkaException(error)


def judged(error: KafkaError | None) -> bool:
    """Tell leave from denial; anything else is no answer and fails the test."""
    if error is None:
        return True
    assert error.code() in DENIED, error
    return False

"""How long to wait before a process that ended is started again."""

from typing import Final

FIRST_S: Final = 0.2
LONGEST_S: Final = 10.0
HEALTHY_S: Final = 30.0


def restart_delay(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 0.2 s, doubling, at most 10 s.

    >>> [restart_delay(n) for n in (1, 2, 3, 7, 99)]
    [0.2, 0.4, 0.8, 10.0, 10.0]
    """
    return min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 10))


def failures_in_a_row(failures: int, healthy_seconds: float) -> int:
    """Count one more failure; 30 s of health wipe the slate.

    >>> failures_in_a_row(5, healthy_seconds=2.0), failures_in_a_row(5, healthy_seconds=31.0)
    (6, 1)
    """
    return 1 if healthy_seconds > HEALTHY_S else failures + 1

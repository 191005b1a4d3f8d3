"""The invariants: what must hold whatever was killed, frozen, repeated or spoiled."""

from collections.abc import Callable, Iterator
from typing import Final

from faults.accounts import every_fault_fired, every_parked_record_is_accounted_for, recovery_is_bounded
from faults.case import Case, Finding
from faults.effects import every_effect_once
from faults.lives import (
    every_life_ends_once,
    everybody_is_promised,
    everything_in_order,
    rebuilt_is_the_same,
    state_is_log,
)
from faults.messages import every_change_is_told_once
from faults.submissions import every_step_once, every_submission_once, no_phantom, one_request_for_one_key

CHECKS: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    every_submission_once,
    one_request_for_one_key,
    no_phantom,
    every_step_once,
    every_life_ends_once,
    every_change_is_told_once,
    every_effect_once,
    everything_in_order,
    everybody_is_promised,
    state_is_log,
    rebuilt_is_the_same,
    every_parked_record_is_accounted_for,
    recovery_is_bounded,
    every_fault_fired,
)
"""Every check, in the order of the invariants."""


def judge(case: Case) -> list[Finding]:
    """Check every invariant; returns what is broken."""
    return [finding for check in CHECKS for finding in check(case)]

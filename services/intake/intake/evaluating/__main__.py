"""`python -m intake.evaluating <what> …`: measures one judgement of intake and prints JSON last."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

COMMANDS: Final = ("geocoder", "duplicates", "masking", "questions")
"""Each is a module beside this one with `main(arguments) -> exit status`, loaded when it is asked for."""


def main(arguments: Sequence[str]) -> int:
    """Measure what the first argument names; 2 when it names nothing here."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.stderr.write(f"Say what to evaluate: {', '.join(COMMANDS)}.\n")
        return 2
    command: Callable[[Sequence[str]], int] = import_module(f"intake.evaluating.{arguments[0]}").main
    return command(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m contracts.city.onboarding_report <folder>`: what each service of a city has, and what it lacks."""

import sys
from pathlib import Path

from contracts.city.checks_onboarding import NAME, known_of
from contracts.city.gaps import gaps
from contracts.city.load import read_city
from contracts.city.onboarding import OnboardingFile
from contracts.city.problems import Findings
from contracts.city.reading import Reading

_NEEDED = {NAME, "city.yaml", "agencies.yaml", "services.yaml", "targets.yaml", "routes.yaml"}


def main(arguments: list[str]) -> int:
    """Report on each folder; 0 when no enabled service lacks anything, 1 when one does, 2 when no folder was named."""
    if not arguments:
        sys.stderr.write(
            "Name a city folder, for example: python -m contracts.city.onboarding_report cities/san-diego\n"
        )
        return 2
    return max(_report(Path(argument)) for argument in arguments)


def _report(folder: Path) -> int:
    findings = Findings()
    reading = read_city(folder, findings)
    if not reading.parts.keys() >= _NEEDED:
        sys.stderr.write("\n".join(map(str, sorted(findings.problems))) + "\n")
        return 1
    lines, unfit = _lines(reading)
    count = len(reading.parts["services.yaml"].services)
    lines += _changes(reading.parts[NAME])
    sys.stdout.write("\n".join([f"{reading.parts['city.yaml'].name}: {count} services", *lines]) + "\n")
    return 1 if unfit else 0


def _lines(reading: Reading) -> tuple[list[str], int]:
    """Say one line for each service, and count those that are enabled although they lack something."""
    file = reading.parts[NAME]
    entries, known = {entry.service: entry for entry in file.services}, known_of(reading, file)
    lines, unfit = [], 0
    for service in reading.parts["services.yaml"].services:
        entry = entries.get(service.code)
        missing = gaps(service, entry, known)
        mode = entry.standing.mode if service.enabled and entry else "not enabled"
        unfit += bool(missing and service.enabled)
        said = f"lacks {'; '.join(missing)}" if missing else "lacks nothing"
        lines.append(f"  {service.code:32}{mode:12}{said}")
    return lines, unfit


def _changes(file: OnboardingFile) -> list[str]:
    """Say one line for each service whose way of work changes or that moves to 311."""
    lines = []
    for entry in file.services:
        change, move = entry.change, entry.move
        said = [f"change {change.status.replace('_', ' ')}, by {change.by}"] if change else []
        behind = f" from {move.call_center}" if move and move.call_center else ""
        said += [f"{move.share_moved:.0%} moved{behind}, all by {move.by}"] if move else []
        lines += [f"  {entry.service:32}{'; '.join(said)}"] if said else []
    return ["On the way to 311:", *lines] if lines else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

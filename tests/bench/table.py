"""Keeps results, and writes README's table from the newest line of each kind: `python tests/bench/table.py`."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import figures

RESULTS: Final = Path(__file__).with_name("results.jsonl")
README: Final = Path(__file__).parents[2] / "README.md"
BEGIN: Final = "<!-- bench: written by tests/bench/table.py -->"
END: Final = "<!-- /bench -->"

Line = Mapping[str, Any]
Value = Callable[[Line], str]


def _p99(rate: str, what: str = "mail") -> Value:
    """Say how soon the slowest hundredth came at a rate, or how far the machine got."""

    def say(line: Line) -> str:
        one = line["latency_ms"][rate]
        if what not in one:
            return str(one["rate"])
        slow = "" if one["rate"] == "held" else f" (not held: {one['reached_per_second']}/s)"
        return f"{one[what]['p99']:,.0f} ms{slow}"

    return say


def _idle(line: Line) -> str:
    return "{services:.1f} % · {all:.1f} %".format(**line["idle_percent_of_a_core"])


def _accept(line: Line) -> str:
    return f"{line['http']['downstream_held']['cpu_us']:,}"


def _posts(line: Line) -> str:
    http = line["http"]
    return " · ".join(f"{http[how]['ms']['p99']:,.0f} ms" for how in ("downstream_held", "everything_on"))


def _floor(line: Line) -> str:
    valid = "valid" if line["floor_valid"] else "not valid: dearer than 0.55"
    ratio = "none" if line["ratio_to_floor"] is None else f"{line['ratio_to_floor']:.3f}"
    return f"{ratio} (floor {line['floor_cpu_ms']:.2f} CPU-ms, {valid})"


def _growth(line: Line) -> str:
    steps = (
        f"{one['stored']:,}: {one['cpu_ms_per_life']:.2f} ({one['to_first']:.2f} of the first)"
        for one in line["growth"]
    )
    return " · ".join(steps)


def _backlog(line: Line) -> str:
    one = line["backlog"]
    return f"{one['events']:,} events, at most {one['rss_mb']} MiB"


ROWS: Final[Mapping[str, tuple[tuple[str, str, Value], ...]]] = {
    "bench": (
        ("CPU-ms a life, all processes", "1.5", lambda line: f"{line['cpu_ms_per_life']:.2f}"),
        ("the floor / ours, in CPU", "0.3", _floor),
        ("lives a second", "1,000", lambda line: f"{line['lives_per_second']:,.0f}"),
        ("events a second", "", lambda line: f"{line['events_per_second']:,}"),
        (
            "durable HTTP accepts / bare FastAPI, the door alone",
            "0.33",
            lambda line: f"{line['http_ratio_to_bare']:.2f}",
        ),
        ("the same while every life runs on", "", lambda line: f"{line['http_ratio_to_bare_lives_running']:.2f}"),
        ("CPU-µs of an accept, broker and PostgreSQL included", "600", _accept),
        ("HTTP p99, 32 in flight: the door alone · lives running", "150 ms", _posts),
        ("bulk rows a second, downstream held", "10,000", lambda line: f"{line['bulk_rows_per_second']:,}"),
        ("report to mail handed over, p99 at 50/s", "", _p99("50")),
        ("at 200/s", "500 ms", _p99("200")),
        ("at 500/s", "", _p99("500")),
        ("at 20/s over SMTP", "500 ms", _p99("20 smtp")),
        ("quiet platform, % of a core: services · all", "5 · 15", _idle),
        ("peak memory of a service", "300 MiB", lambda line: f"{line['rss_mb']} MiB"),
    ),
    "bench-growth": (
        ("CPU-ms a life by requests stored", "1.2 of the first", _growth),
        ("backlog drained", "300 MiB", _backlog),
        ("quiet platform after it, % of a core: services · all", "5 · 15", _idle),
    ),
    "replay-year": (
        ("a year's replay, requests", "", lambda line: f"{line['lives']:,} in {line['seconds'] / 60:,.1f} min"),
        ("CPU-ms a life in it", "", lambda line: f"{line['cpu_ms_per_life']:.2f}"),
        ("peak memory of a service in it", "300 MiB", lambda line: f"{line['rss_mb']} MiB"),
    ),
}
"""By kind of run: what README says of it, the mark, and how it is read from a line of results."""


def record(measured: Line) -> None:
    """Append a run to the results, and say it in README."""
    figures.keep(RESULTS, measured)
    write()


def newest(path: Path = RESULTS) -> dict[str, Line]:
    """Find the newest line of each kind of run; lines from before there were kinds are passed over."""
    lines = (json.loads(text) for text in path.read_text().splitlines())
    return {line["run"]: line for line in lines if line.get("run") in ROWS}


def render(found: Mapping[str, Line]) -> str:
    """Write the table and, below it, where and when each kind was measured.

    >>> render({})
    'No run is recorded yet; `make bench` records one.'
    """
    if not found:
        return "No run is recorded yet; `make bench` records one."
    rows = [f"| {what} | {value(line)} | {mark} |" for kind, line in _known(found) for what, mark, value in ROWS[kind]]
    notes = [f"`make {kind}`: {_measured(line)}." for kind, line in _known(found)]
    return "\n".join(["| what | measured | mark |", "|---|---|---|", *rows, "", " ".join(notes)])


def _known(found: Mapping[str, Line]) -> list[tuple[str, Line]]:
    return [(kind, found[kind]) for kind in ROWS if kind in found]


def _measured(line: Line) -> str:
    busy = f"load {line['load_before']} before"
    return f"{line['at'][:10]}, commit {line['commit']}, {line['cores']} cores of {line['cpu']}, {busy}"


def placed(readme: str, content: str) -> str:
    """Put the table between its marks.

    >>> placed(f"a {BEGIN}old{END} z", "new").splitlines()[1:]
    ['new', '<!-- /bench --> z']
    """
    before, found, rest = readme.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"README.md has no table to write: put {BEGIN} and {END} where it belongs.")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def write() -> None:
    """Write README's table from the results."""
    README.write_text(placed(README.read_text(), render(newest())))


if __name__ == "__main__":
    write()

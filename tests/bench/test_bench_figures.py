"""The bench's own arithmetic, and the shape of its last line."""

import json
from pathlib import Path

import figures
import floor
import stored
import table


def test_the_last_line_has_exactly_the_promised_names() -> None:
    measured = dict.fromkeys(figures.LAST_LINE, 1.0) | {"seconds": 3}
    assert tuple(json.loads(figures.last_line(measured))) == figures.LAST_LINE


def test_the_slowest_hundredth_is_not_hidden() -> None:
    assert figures.percentiles([1.0] * 98 + [50.0, 90.0]) == {"p50": 1.0, "p99": 50.0, "n": 100}


def test_a_floor_that_is_too_dear_gives_no_ratio() -> None:
    assert figures.ratio(floor.MOST_CPU_MS, 1.1, floor.MOST_CPU_MS) == 0.5
    assert figures.ratio(floor.MOST_CPU_MS + 0.01, 1.1, floor.MOST_CPU_MS) is None


def test_the_floor_is_frozen() -> None:
    assert (floor.SENDS, floor.FETCHES, floor.VALUE_BYTES, floor.MOST_CPU_MS) == (14, 27, 593, 0.55)


def test_results_are_kept_with_commit_and_machine(tmp_path: Path) -> None:
    figures.keep(tmp_path / "results.jsonl", {"lives_per_second": 1.0})
    kept = json.loads((tmp_path / "results.jsonl").read_text())
    assert {"at", "commit", "cpu", "cores", "lives_per_second"} <= set(kept)


def test_readme_shows_the_newest_results() -> None:
    written = table.README.read_text()
    assert written == table.placed(written, table.render(table.newest())), "run python tests/bench/table.py"


def test_only_the_newest_line_of_each_kind_is_shown(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    lines: list[dict[str, object]] = [{"run": "bench", "n": 1}, {"run": "replay-year"}, {"n": 2}, {"run": "bench"}]
    results.write_text("".join(json.dumps(line | {"at": n}) + "\n" for n, line in enumerate(lines)))
    assert {kind: line["at"] for kind, line in table.newest(results).items()} == {"bench": 3, "replay-year": 1}


def test_a_copy_keeps_what_ties_rows_together() -> None:
    key = stored.Attribute("request_id", "uuid", made=False, told_apart=True)
    other = stored.Attribute("request_id", "uuid", made=False, told_apart=False)
    assert stored.copied(key) == stored.copied(other)
    assert not stored.is_copied("outbox", [key])
    assert not stored.is_copied(
        "closing_count", [stored.Attribute("service_code", "text", made=False, told_apart=True)]
    )

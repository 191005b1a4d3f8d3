"""The bench's own arithmetic, and the shape of its last line."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import figures
import floor


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

"""How soon kb answers over HTTP at a held rate, with a large made-up knowledge base; its memory, and its index."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
import psutil

sys.path.insert(0, str(Path(__file__).parent))
import figures
import shelf
from stage import Town, cpu_seconds, difference, platform

from relay311_drivers.progress import Progress
from relay311_local.processes import is_open
from relay311_local.testing import open_folder

CHUNK: Final = 4_000
"""Articles of one import: about ten megabytes."""
WARM: Final = 400
MARK_MS: Final = 50.0
_MIB: Final = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-search", description=__doc__)
    parser.add_argument("--articles", type=int, default=50_000, help="in both languages (default: 50000)")
    parser.add_argument("--rate", type=float, default=200.0, help="questions a second (default: 200)")
    parser.add_argument("--seconds", type=int, default=30, help="for how long (default: 30)")
    parser.add_argument("--seed", type=int, default=311, help="which articles and questions are made")
    options = parser.parse_args()
    busy, made = figures.machine()["load_before"], shelf.Shelf(options.seed)
    with open_folder() as folder, platform(folder, parts=("kb",)) as town:
        measured = {"articles": options.articles, "load_before": busy, "memory_empty": memory(town)}
        measured |= moved_in(town, made, options.articles)
        measured |= opened(town, f"made-{options.articles - 1}", made.article(options.articles - 1)["title"])
        measured |= asked(town, folder, made, options)
    measured["mark_met"] = measured["ms"]["p99"] <= MARK_MS and not measured["errors"]
    print(json.dumps(measured))


def moved_in(town: Town, made: shelf.Shelf, count: int) -> dict[str, Any]:
    """Import the articles through kb's own door."""
    progress, spent, started = Progress(), cpu_seconds(town), time.monotonic()
    for first in range(0, count, CHUNK):
        progress.say(f"importing articles: {first:,} of {count:,}")
        rows = (made.article(number) for number in range(first, min(count, first + CHUNK)))
        files = [{"name": f"made-{first}.csv", "text": shelf.as_csv(rows)}]
        body = {"format": "csv", "agency": town.city.profile.operator_agency, "files": files}
        headers = {"Authorization": f"Bearer {town.token('supervisor')}"}
        said = httpx2.post(town.url("kb", "/imports"), json=body, headers=headers, timeout=300)
        assert said.is_success, said.text[:500]
        report = said.json()
        assert not report["dropped"], report["dropped"][:3]
    cpu = difference(cpu_seconds(town), spent)
    seconds = round(time.monotonic() - started, 1)
    return {"import_seconds": seconds, "import_cpu_s": {name: round(cpu[name], 1) for name in ("kb", "postgres")}}


def opened(town: Town, article_id: str, title: str) -> dict[str, Any]:
    """Start kb anew, and measure until it finds the last article: its index is made when it starts."""
    until(lambda: article_id in found(town, title), "the last article", 600)  # what was imported is followed first
    town.command("-m", "relay311_local", "stop", "kb")
    started = time.monotonic()
    town.command("-m", "relay311_local", "start", "kb", seconds=600)
    until(lambda: is_open(town.place.port("kb")) and article_id in found(town, title), "kb's index", 600)
    return {
        "index_seconds": round(time.monotonic() - started, 1),
        "index_cpu_s": round(cpu_seconds(town)["kb"], 1),
        "memory": memory(town),
    }


def asked(town: Town, folder: Path, made: shelf.Shelf, options: argparse.Namespace) -> dict[str, Any]:
    """Ask at the held rate; each question counts from the moment it was due."""
    count = int(options.rate * options.seconds)
    questions = list(made.questions(WARM + count, options.articles))
    send(town, folder, questions[:WARM], options.rate)
    before = cpu_seconds(town)
    sent = send(town, folder, questions[WARM:], options.rate)
    spent = difference(cpu_seconds(town), before)
    took = sorted(call[1] for call in sent["calls"])
    by_status = Counter(str(call[0]) for call in sent["calls"])
    return {
        "rate": round(len(took) / sent["seconds"], 1),
        "ms": {f"p{share}": round(figures.percentile(took, share / 100), 1) for share in (50, 95, 99)}
        | {"most": round(took[-1], 1)},
        "cpu_ms_a_query": {name: round(spent[name] / count * 1e3, 2) for name in ("kb", "postgres")},
        "found": round(sum(call[2] > len("[]") for call in sent["calls"]) / count, 3),
        "questions": dict(Counter(one.kind for one in questions[WARM:])),
        "errors": sum(n for status, n in by_status.items() if status != "200"),
        "memory_after": memory(town),
    }


def send(town: Town, folder: Path, questions: list[shelf.Asked], rate: float) -> dict[str, Any]:
    """Ask these questions from a process of its own."""
    paths = folder / "paths.txt"
    paths.write_text("\n".join(f"/search?q={quote(one.text)}&language={one.language}" for one in questions))
    loader = str(Path(__file__).with_name("search_load.py"))
    lines = town.command(loader, "127.0.0.1", str(town.place.port("kb")), str(paths), str(rate), seconds=600)
    found: dict[str, Any] = json.loads(lines.splitlines()[-1])
    return found


def found(town: Town, title: str) -> Iterator[str]:
    """Name the articles that a search finds."""
    try:
        said = httpx2.get(town.url("kb", "/search"), params={"q": title, "language": "en"}, timeout=30)
    except httpx2.TransportError:
        return
    yield from (hit["id"] for hit in said.json())


def memory(town: Town) -> dict[str, int]:
    """Tell kb's memory in MiB: what is there, what is its own alone, and the most there ever was."""
    pid = town.process("kb").pid
    full = psutil.Process(pid).memory_full_info()
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return {"rss_mb": full.rss // _MIB, "unique_mb": full.uss // _MIB, "peak_mb": int(peak.split()[1]) // 1024}


def until(happened: Callable[[], bool], what: str, seconds: float) -> None:
    """Wait for something, saying so now and then."""
    progress, started = Progress(), time.monotonic()
    while not happened():
        passed = time.monotonic() - started
        assert passed < seconds, f"{what} did not come within {seconds:.0f} s"
        progress.say(f"waiting for {what}: {passed:.0f} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()

"""`python -m contracts.generate [--check]`: write what is generated, or name what is stale."""

import sys
from pathlib import Path
from typing import Final

from contracts.generate.asyncapi import asyncapi_files
from contracts.generate.flow import flow_files, with_picture
from contracts.generate.glossary import gaps, glossary_files
from contracts.generate.schemas import schema_files

ROOT: Final = Path(__file__).resolve().parents[3]
_PAGES: Final = ("ARCHITECTURE.md",)
"""Hand-written pages that show the generated picture between markers."""


def wanted(root: Path) -> dict[Path, str]:
    """Give every generated file with the text it should have; `root` is the repository's."""
    generated = {**schema_files(), **asyncapi_files(), **flow_files(), **glossary_files()}
    pages = {page: with_picture((root / page).read_text(encoding="utf-8")) for page in _PAGES if (root / page).exists()}
    return {root / path: text for path, text in {**generated, **pages}.items()}


def stale(root: Path) -> list[str]:
    """Name generated files that differ from the contracts, and schemas of topics that are gone."""
    texts = wanted(root)
    changed = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    left_over = [path for path in (root / "contracts/schemas").glob("*.json") if path not in texts]
    return sorted(str(path.relative_to(root)) for path in (*changed, *left_over))


def write(root: Path) -> list[str]:
    """Bring every generated file up to date; return the paths that changed."""
    changed, texts = stale(root), wanted(root)
    for path in (root / name for name in changed):
        if path in texts:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
        else:
            path.unlink()
    return changed


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command; 1 when `--check` finds stale files or a word lacks its definition."""
    checking = "--check" in arguments
    found = [f"{path} is stale: run `make contracts`" for path in stale(root)] if checking else write(root)
    print("\n".join([*found, *gaps()]) or "generated files are up to date")  # noqa: T201 - a command's answer
    return 1 if gaps() or (checking and found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

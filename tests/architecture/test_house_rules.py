"""House rules that no tool knows: each is one sentence, and one test."""

import ast
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
CITY = re.compile(
    r"(?<!America/)(?<!cities/)\blos[ _-]?angeles\b|\bLADBS\b|\bLADOT\b|\bLAPD\b|\bLAFD\b|myla ?311|\bL\.A\.",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.])/(work|root|tmp/w)/")
REGISTRY = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "repo1" + r"\.maven", "maven" + "central")))
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "uuid4", "uuid1", "random", "randint", "choice", "token_hex"}
ROLES = {"__init__", "app", "settings", "subscribers", "endpoints", "schemas", "handlers", "store", "gateways"}


def test_every_service_has_the_same_parts(services: Sequence[Any]) -> None:
    for name in sorted({source.path.parts[1] for source in services}):
        folder = ROOT / "services" / name
        missing = [
            part for part in ("README.md", "pyproject.toml", "migrations/versions") if not (folder / part).exists()
        ]
        none([f"services/{name}/{part} is missing" for part in missing], "every service has the same parts")
        assert {path.stem for path in (folder / name).glob("*.py")} <= ROLES, name
        assert all(path.name.startswith(f"test_{name}_") for path in (folder / "tests").glob("test_*.py")), name


def test_migrations_are_one_chain_numbered_in_order() -> None:
    for folder in sorted((ROOT / "services").glob("*/migrations/versions")):
        told = [re.findall(r'^(?:down_)?revision = (?:"(\d+)"|None)$', path.read_text(), re.MULTILINE)
                for path in sorted(folder.glob("*.py"))]  # fmt: skip
        numbers = [f"{n:04}" for n in range(1, len(told) + 1)]
        assert told == [list(pair) for pair in zip(numbers, ["", *numbers], strict=False)], folder.parts[-3]


@pytest.mark.requirement("OPS-12")
def test_every_public_domain_function_shows_its_policy_by_example(services: Sequence[Any]) -> None:
    shown = {name: _shown(name) for name in {source.path.parts[1] for source in services}}
    silent = [
        source.at(node, node.name)
        for source in services
        if "domain" in source.path.parts
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if ">>>" not in (ast.get_docstring(node) or "")
        and not re.search(rf"\b{node.name}\b", shown[source.path.parts[1]])
    ]
    none(
        silent,
        "write a doctest that reads as city policy; when its facts are many, a test by name",
    )


def test_the_domain_has_no_clock_no_chance_and_no_waiting(services: Sequence[Any]) -> None:
    domain = [source for source in services if "domain" in source.path.parts]
    impure = [
        *(
            s.at(c, c.func.attr)
            for s in domain
            for c in s.calls()
            if isinstance(c.func, ast.Attribute) and c.func.attr in CLOCKS
        ),
        *(
            s.at(node, "async")
            for s in domain
            for node in ast.walk(s.tree)
            if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        ),
    ]
    none(impure, "`now` is an argument")


def test_only_the_chassis_catches_everything(code: Sequence[Any]) -> None:
    broad = [
        source.at(node)
        for source in code
        if not source.within("chassis")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or _names(node.type) & {"Exception", "BaseException"})
    ]
    none(broad, "name the failure you expect")


def test_only_the_chassis_commits(services: Sequence[Any]) -> None:
    commits = [
        s.at(c) for s in services for c in s.calls() if isinstance(c.func, ast.Attribute) and c.func.attr == "commit"
    ]
    none(commits, "the chassis commits, once per batch or command")


def test_a_read_is_no_command(services: Sequence[Any]) -> None:
    kept = [
        s.at(c, c.args[0].value)
        for s in services
        for c in s.calls()
        if isinstance(c.func, ast.Attribute) and c.func.attr == "command" and c.args
        if isinstance(c.args[0], ast.Constant) and str(c.args[0].value).startswith("GET ")
    ]
    none(kept, "what a command answers is kept for months; read the vault in a transaction, and audit it")


def test_nothing_is_patched(sources: Sequence[Any]) -> None:
    patched = [
        source.at(node)
        for source in sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"))
        or (isinstance(node, ast.Attribute) and node.attr == "setattr" and _names(node.value) == {"monkeypatch"})
    ]
    none(patched, "a fake exists only if one suite runs against it and the real thing")


def test_three_families_of_models_never_inherit_from_each_other(services: Sequence[Any]) -> None:
    crossed = [
        source.at(node, node.name)
        for source in services
        if source.path.stem in {"store", "schemas"} or {"store", "schemas"} & set(source.path.parts)
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
        and {name for base in node.bases for name in _names(base)} & _contract_names(source)
    ]
    none(crossed, "events, rows and HTTP bodies are three families")


def test_how_a_record_is_acknowledged_is_always_said(code: Sequence[Any]) -> None:
    subscribers = [
        (s, c) for s in code for c in s.calls() if isinstance(c.func, ast.Attribute) and c.func.attr == "subscriber"
    ]
    assert subscribers, "the chassis makes the one subscriber"
    for source, call in subscribers:
        said = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert said.get("ack_policy") == "AckPolicy.MANUAL", source.at(call)
        assert "latest" not in said.get("auto_offset_reset", ""), source.at(call)
        assert source.within("chassis"), source.at(call)


@pytest.mark.requirement("OPS-03")
def test_a_city_is_data(code: Sequence[Any]) -> None:
    named = [
        f"{s.path}:{number}"
        for s in code
        for number, line in enumerate(s.text.splitlines(), 1)
        if CITY.search(line) and "RELAY311_CITY" not in line  # the folder taken when none is named
    ]
    none(named, "what belongs to one city stands in cities/<slug>/")


def test_no_file_knows_this_machine_or_a_registry(files: Sequence[Path]) -> None:
    hosts = {
        host
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
        if (host := urlsplit(os.environ.get(name, "")).hostname)
    }
    found = []
    for path in files:
        text = (ROOT / path).read_bytes().decode("utf-8", "replace")
        if MACHINE.search(text) or REGISTRY.search(text) or any(host in text for host in hosts):
            found.append(str(path))
    none(found, "no path of one machine and no registry host belongs in the repository")


def test_ci_runs_the_commands_the_readme_names() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert [line for line in script.splitlines() if "make" in line] == ["exec make test whole </dev/null"]
    assert os.access(ROOT / ".ci/run", os.X_OK)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\nmake test " in readme
    assert "`make whole`" in readme


def test_generated_and_written_pages_have_no_gaps(files: Sequence[Path]) -> None:
    pages = [path for path in files if path.suffix == ".md"]
    broken = [
        f"{page}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
        if not (ROOT / page.parent / target).exists()
    ]
    none(broken, "a link leads nowhere")


def _shown(service: str) -> str:
    """Every test of a service and every line of its doctests."""
    folder = ROOT / "services" / service
    tests = [path.read_text(encoding="utf-8") for path in (folder / "tests").glob(f"test_{service}_*.py")]
    domain = [path.read_text(encoding="utf-8") for path in (folder / service / "domain").rglob("*.py")]
    examples = [line for text in domain for line in text.splitlines() if line.lstrip().startswith((">>>", "..."))]
    return "\n".join([*tests, *examples])


def _names(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def _contract_names(source: Any) -> set[str]:
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports if (node.module or "").startswith("contracts") for alias in node.names}


def none(found: Sequence[str], rule: str) -> None:
    """Fail with the rule and every place that breaks it."""
    assert not found, "\n".join([rule, *found])

"""Backward compatibility: what was released may be added to, never taken away or changed."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from contracts.generate.schemas import as_json, schema_files

Schema: TypeAlias = dict[str, Any]
ROOT: Final = Path(__file__).resolve().parents[2]
RELEASED: Final = "contracts/schemas/released"

_TIGHTER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "minLength": lambda old, new: new > (old or 0),
    "minimum": lambda old, new: old is None or new > old,
    "exclusiveMinimum": lambda old, new: old is None or new > old,
    "minItems": lambda old, new: new > (old or 0),
    "maxLength": lambda old, new: old is None or new < old,
    "maximum": lambda old, new: old is None or new < old,
    "maxItems": lambda old, new: old is None or new < old,
    "pattern": lambda old, new: old != new,
}
"""Bound -> whether its new value refuses what the old one took."""


class Part(NamedTuple):
    """A place in a schema: the node, and the document its references point into."""

    node: Schema
    document: Schema


def breaks(released: Schema, current: Schema) -> list[str]:
    """Name everything in `current` that an event or a reader of `released` would stumble over.

    >>> was = {"type": "object", "properties": {"a": {"type": "string"}}}
    >>> breaks(was, {"type": "object", "properties": {}})
    ['a was removed']
    >>> breaks(was, {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})
    []
    """
    return list(_compare(Part(released, released), Part(current, current), ""))


def broken(root: Path) -> list[str]:
    """Compare every released schema with the current contracts; each sentence names topic and field."""
    current = {Path(path).name: json.loads(text) for path, text in schema_files().items()}
    return [
        f"{path.stem}: {problem}"
        for path in sorted((root / RELEASED).glob("*.json"))
        for problem in _against(json.loads(path.read_text(encoding="utf-8")), current.get(path.name))
    ]


def release(root: Path) -> None:
    """Freeze the current schemas as released."""
    (root / RELEASED).mkdir(parents=True, exist_ok=True)
    for path, text in schema_files().items():
        (root / RELEASED / Path(path).name).write_text(as_json(json.loads(text)), encoding="utf-8")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run `python -m contracts.compatibility [--release]`; 1 when a released contract is broken."""
    problems = broken(root)
    if "--release" in arguments and not problems:
        release(root)
    advice = ["Keep the released field and add beside it, or publish a new type `….v2`."] if problems else []
    print("\n".join([*problems, *advice]) or "released contracts are kept")  # noqa: T201 - a command's answer
    return 1 if problems else 0


def _against(released: Schema, current: Schema | None) -> list[str]:
    return breaks(released, current) if current is not None else ["the whole topic was removed"]


def _compare(old: Part, new: Part, path: str) -> Iterator[str]:
    olds, news = _alternatives(old), _alternatives(new)
    for kind, alternative in olds.items():
        if kind not in news:
            yield f"{path or 'the value'} no longer takes {kind}"
        else:
            yield from _compare_one(alternative, news[kind], path)
    if gained := {kind for kind in news.keys() - olds.keys() if not kind.startswith("object:")}:
        yield f"{path or 'the value'} was retyped: it may now also be {', '.join(sorted(gained))}"


def _compare_one(old: Part, new: Part, path: str) -> Iterator[str]:
    yield from _values(old.node, new.node, path)
    yield from _bounds(old.node, new.node, path)
    yield from _properties(old, new, path)
    for part, label in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(old.node.get(part), dict) and isinstance(new.node.get(part), dict):
            inner = (Part(old.node[part], old.document), Part(new.node[part], new.document))
            yield from _compare(*inner, f"{path}{label}")


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before: list[Any] = old.get("enum", [])
    after: list[Any] = new.get("enum", before)
    if gone := set(before) - set(after):
        yield f"{path} no longer takes {', '.join(sorted(map(str, gone)))}"
    if after and not before:
        yield f"{path} is now limited to a list of values"
    if old.get("const") != new.get("const"):
        yield f"{path} was {old.get('const')!r} and is now {new.get('const')!r}"


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for bound, tighter in _TIGHTER.items():
        if bound in new and tighter(old.get(bound), new[bound]):
            yield f"{path} was narrowed: {bound} is now {new[bound]}"


def _properties(old: Part, new: Part, path: str) -> Iterator[str]:
    before, after = old.node.get("properties", {}), new.node.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"{_join(path, name)} was removed"
    for name in sorted(set(new.node.get("required", ())) - set(old.node.get("required", ()))):
        yield f"{_join(path, name)} is newly required"
    for name in sorted((set(old.node.get("required", ())) & after.keys()) - set(new.node.get("required", ()))):
        yield f"{_join(path, name)} was always there and may now be missing"
    for name in sorted(before.keys() & after.keys()):
        yield from _compare(Part(before[name], old.document), Part(after[name], new.document), _join(path, name))


def _alternatives(part: Part) -> dict[str, Part]:
    node = _resolve(part)
    nested = node.get("anyOf") or node.get("oneOf")
    if not nested:
        return {_kind(node): Part(node, part.document)}
    return {kind: found for one in nested for kind, found in _alternatives(Part(one, part.document)).items()}


def _resolve(part: Part) -> Schema:
    node = part.node
    while "$ref" in node:
        node = part.document["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def _kind(node: Schema) -> str:
    name = str(node.get("type", "any" if "const" not in node else "constant"))
    tag = node.get("properties", {}).get("kind", {}).get("const")
    return ":".join(str(part) for part in (name, tag, node.get("format")) if part)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""YAML read into plain values that still know on which line each of them stood."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""The way from a document's top to a value: keys and list positions."""

_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """A file's values, and the line (from 1) of every key and list item."""

    path: Path
    value: Any
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[Place, str]] = field(default_factory=list)
    continued: dict[Place, Path] = field(default_factory=dict)
    """The items of lists that another file adds, and that file."""

    def path_of(self, place: Place) -> Path:
        """Return the file in which this place was written down."""
        return self.continued.get(place[:2], self.path)

    def paths(self) -> list[Path]:
        """Return every file this document was read from, the first one first."""
        return [self.path, *dict.fromkeys(self.continued.values())]

    def line_of(self, place: Place) -> int:
        """Return the line of this place, or of the nearest thing around it that was written down."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(path: Path) -> Document:
    """Read a YAML file; a missing file or bad YAML becomes a fault of the document, never an exception."""
    try:
        return parse_yaml(path.read_text("utf-8"), path)
    except FileNotFoundError:
        return Document(path, None, faults=[((), "the file is missing; every city folder needs it")])


def read_continued(path: Path) -> Document:
    """Read a file and those that continue it: `services.yaml`, then the lists of `services/*.yaml` by name."""
    document = read_yaml(path)
    for more in sorted(path.with_suffix("").glob("*.yaml")):
        _add(document, read_yaml(more))
    return document


def _add(document: Document, more: Document) -> None:
    """Add the lists of another file behind those of the document; what else it holds is a fault."""
    found = more.value if isinstance(more.value, dict) else {}
    lists: dict[str, Any] = document.value if isinstance(document.value, dict) else {}
    for place, text in more.faults:
        document.faults.append((place, f"{more.path.name}:{more.line_of(place)} {text}"))
    for key, items in found.items():
        if not (isinstance(items, list) and isinstance(lists.get(key), list)):
            text = f"{more.path.name}:{more.line_of((key,))} '{key}' is no list of this file; only lists are continued"
            document.faults.append(((key,), text))
            continue
        first = len(lists[key])
        lists[key] += items
        document.continued.update({(key, first + number): more.path for number in range(len(items))})
        document.lines.update({(key, first + int(place[1]), *place[2:]): line for place, line in more.lines.items()
                               if len(place) > 1 and place[0] == key})  # fmt: skip


def parse_yaml(text: str, path: Path, first_line: int = 1) -> Document:
    """Parse YAML text whose first line stands on `first_line` of the file."""
    document = Document(path, None, {(): first_line})
    try:
        node = yaml.compose(text, yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        return _broken(document, error, first_line)
    if not isinstance(node, yaml.MappingNode):
        document.faults.append(((), "must hold keys and values at its top; it is empty or something else"))
        return document
    return Document(path, _value(node, (), document, first_line), document.lines, document.faults)


def _broken(document: Document, error: yaml.MarkedYAMLError, first_line: int) -> Document:
    """Return a document that says where its YAML cannot be read."""
    document.lines[()] = first_line + (error.problem_mark.line if error.problem_mark else 0)
    document.faults.append(((), f"is not YAML here: {error.problem}; correct the indentation or quotes"))
    return document


def _value(node: yaml.Node | None, place: Place, document: Document, first: int) -> Any:
    """Return the plain value of a node, with its lines noted on the way down."""
    if node is None:
        return None
    document.lines.setdefault(place, node.start_mark.line + first)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document, first)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, index), document, first) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, place: Place, document: Document, first: int) -> dict[str, Any]:
    """Return a mapping's values by key; a key written twice is a fault."""
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in values:
            document.faults.append(((*place, key), "is written twice; keep one of them"))
        document.lines[(*place, key)] = key_node.start_mark.line + first
        values[key] = _value(value_node, (*place, key), document, first)
    return values


def _scalar(node: yaml.Node) -> Any:
    """Numbers, true, false and null become values; dates, times and the words yes, no, on, off stay text."""
    text = str(node.value)
    kind = node.tag.removeprefix(_PREFIX)
    if kind == "bool" and text in {"true", "false"}:
        return text == "true"
    if kind == "int" and text.lstrip("-").isdigit():
        return int(text)
    if kind == "float" and ":" not in text:
        return float(text)
    return None if kind == "null" else text

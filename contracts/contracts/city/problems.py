"""What is wrong with a city folder, said with file, line and field."""

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from contracts.city.yamllines import Document, Place

M = TypeVar("M", bound=BaseModel)

_SENTENCES = {
    "extra_forbidden": "is not a field known here; remove it or correct its spelling",
    "missing": "is missing; add it",
    "string_pattern_mismatch": "is written with other characters than allowed ({pattern}); rename it",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}


class Problem(NamedTuple):
    """One thing that is wrong, and where."""

    path: Path
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        """Return the problem as `file:line: field: what is wrong`."""
        return f"{self.path}:{self.line}: {self.field}: {self.text}"


class CityError(ValueError):
    """A city folder that cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s'[: len(problems) != 1]}"
        super().__init__("\n".join([f"The city folder {folder} has {count}:", *map(str, sorted(problems))]))


class Findings:
    """Collects problems while a folder is read and checked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, document: Document, place: Place, text: str) -> None:
        """Note that something at this place of the document is wrong."""
        self.problems.append(Problem(document.path_of(place), document.line_of(place), _dotted(place), text))

    def require(self, truth: object, document: Document, place: Place, text: str) -> None:
        """Note the text unless the truth holds."""
        if not truth:
            self.add(document, place, text)

    def check(self, document: Document, model: type[M], languages: tuple[str, ...]) -> M | None:
        """Return the document as this model, or None with everything wrong about it noted."""
        for place, text in document.faults:
            self.add(document, place, text)
        document.faults.clear()  # the same file may be checked again
        if document.value is None:
            return None
        try:
            return model.model_validate(document.value, context={"languages": languages})
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                self.add(document, detail["loc"], _sentence(detail))
            return None


def _sentence(detail: Any) -> str:
    """Return what is wrong, in a sentence that says what to do."""
    template = _SENTENCES.get(detail["type"])
    if template:
        return template.format(**detail.get("ctx", {}))
    return str(detail["msg"]).removeprefix("Value error, ")


def _dotted(place: Place) -> str:
    """Return a place as people write it.

    >>> _dotted(("rules", 3, "when", "agency"))
    'rules[3].when.agency'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "the file"

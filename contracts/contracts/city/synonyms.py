"""Words that people of a city use for the same thing, by language."""

from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator

from contracts.city.base import CityModel

Word = Annotated[str, Field(min_length=1, max_length=60)]
Group = Annotated[tuple[Word, ...], Field(min_length=2, max_length=20)]


class SynonymsFile(CityModel):
    """`synonyms.yaml`; a search for one word of a group finds the others too."""

    groups: dict[str, tuple[Group, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_languages(self, info: ValidationInfo) -> Self:
        languages = (info.context or {}).get("languages") or tuple(self.groups)
        unknown = [language for language in self.groups if language not in languages]
        if unknown:
            raise ValueError(f"has groups in {', '.join(unknown)}; give them in {', '.join(languages)}, the city's own")
        return self

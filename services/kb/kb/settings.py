"""What the kb service is told from outside."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the kb service."""

    meaning: str = Field(
        "en",
        description="Languages searched by meaning beside words, by commas, where a model knows them: `en`, and `es`, "
        "which takes some 120 MiB more. Empty: by words alone.",
    )

    @property
    def by_meaning(self) -> frozenset[str]:
        """The languages searched by meaning."""
        return frozenset(code.strip() for code in self.meaning.split(","))

"""What the kb service is told from outside."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the kb service."""

    meaning: bool = Field(default=True, description="Search by meaning beside words, where a model knows the language.")

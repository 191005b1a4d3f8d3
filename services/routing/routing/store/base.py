"""What routing's tables are made of."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.limiting import limits_table
from chassis.tables import new_base

if TYPE_CHECKING:  # a base made at run time means nothing to a type checker
    from sqlmodel import SQLModel

    Base = SQLModel
else:
    Base = new_base()

METADATA = Base.metadata
limits_table(METADATA)


def json_column(*, nullable: bool = False) -> Any:
    """Make a column of JSON."""
    return Field(sa_column=Column(JSONB, nullable=nullable))


def moment_column(*, nullable: bool = False) -> Any:
    """Make a column of moments."""
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))

"""Bodies that take no field beyond their own, where a model of the contract is lenient.

The contract's models are lenient so that an older reader understands a newer event. In a body, a slip of typing would
be lost with them: the address, say, at which somebody is to be answered.
"""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, GetPydanticSchema

Model = TypeVar("Model", bound=BaseModel)


def exactly(model: type[Model]) -> GetPydanticSchema:
    """Read a model with no field beyond its own; one that was made before is taken as it is.

    >>> from pydantic import TypeAdapter, ValidationError
    >>> class Lamp(BaseModel):
    ...     height: int = 4
    >>> said = TypeAdapter(Annotated[Lamp, exactly(Lamp)])
    >>> said.validate_python({"height": 5}) == said.validate_python(Lamp(height=5)) == Lamp(height=5)
    True
    >>> try:
    ...     said.validate_python({"tall": 5})
    ... except ValidationError as error:
    ...     print([one["loc"] for one in error.errors()])
    [('tall',)]
    """
    strict = type(f"{model.__name__}Body", (model,), {"__doc__": model.__doc__}, extra="forbid", from_attributes=True)

    def plain(said: Any) -> Any:
        """Make it the model itself, so that it equals one that came another way; costs less than making it anew."""
        object.__setattr__(said, "__class__", model)
        return said

    return GetPydanticSchema(lambda _, handler: handler(Annotated[strict, AfterValidator(plain)]))

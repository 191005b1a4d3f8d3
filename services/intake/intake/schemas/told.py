"""What people tell of a place and of themselves, as bodies: a field that is not known is an error there.

The contract's own models are lenient, so that an older reader understands a newer event; a slip of typing in a body
would be lost with them, and with it the address that somebody is to be answered at.
"""

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, GetPydanticSchema, WrapValidator

from contracts.frontends import Place, Reporter

Model = TypeVar("Model", bound=BaseModel)


def exactly(model: type[Model]) -> GetPydanticSchema:
    """Read a model with no field beyond its own; one that was made before stays as it is.

    >>> from pydantic import TypeAdapter, ValidationError
    >>> said = TypeAdapter(Annotated[Place, exactly(Place)])
    >>> said.validate_python({"address": "1 Elm St"}) == said.validate_python(Place(address="1 Elm St"))
    True
    >>> try:
    ...     said.validate_python({"street": "1 Elm St"})
    ... except ValidationError as error:
    ...     print([one["loc"] for one in error.errors()])
    [('street',)]
    """
    strict = type(f"{model.__name__}Body", (model,), {"__doc__": model.__doc__}, extra="forbid")

    def read(told: Any, validate: Any) -> Any:
        if isinstance(told, model):
            return told
        said = validate(told)
        return model.model_construct(said.model_fields_set, **said.__dict__)

    return GetPydanticSchema(lambda _, handler: handler(Annotated[strict, WrapValidator(read)]))


ToldPlace: TypeAlias = Annotated[Place, exactly(Place)]
ToldReporter: TypeAlias = Annotated[Reporter, exactly(Reporter)]


def has_nul(told: Any) -> bool:
    r"""Tell whether a NUL, which PostgreSQL keeps nowhere, stands in any text or name of a value.

    >>> has_nul({"a": ["b", None, 1]}), has_nul({"a": ["\0"]}), has_nul({"\0": 1})
    (False, True, True)
    """
    if isinstance(told, str):
        return "\0" in told
    if isinstance(told, dict):
        return any(has_nul(part) for pair in told.items() for part in pair)
    return isinstance(told, list | tuple) and any(map(has_nul, told))

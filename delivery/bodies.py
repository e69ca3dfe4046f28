"""Bodies that a view reads itself, since it takes several kinds of them."""

import json
from typing import Any, TypeVar

from ninja.errors import HttpError
from ninja.errors import ValidationError as Invalid
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def read_json(content: bytes, model: type[Model]) -> Model:
    """A body that is JSON. Raises HttpError 400 where it is none, Invalid with what is wrong with which field."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise HttpError(400, "not JSON") from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(placed(error)) from None


def placed(error: ValidationError, *place: str | int) -> list[Any]:
    """What is wrong, as ninja tells it. `place`: where in the body the value stood."""
    return [{**one, "loc": ("body", "order", *place, *one["loc"])} for one in error.errors(include_url=False)]

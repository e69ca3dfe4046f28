"""Fields that several bodies have."""

from typing import Annotated

from django.core.exceptions import ValidationError
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from accounts import addresses


def refuse_no_address(value: str) -> str:
    """In the one form of addresses."""
    try:
        addresses.refuse_no_address(addresses.canonical(value))
    except ValidationError as error:
        raise PydanticCustomError("email", "no address") from error
    return addresses.canonical(value)


Email = Annotated[
    str,
    Field(min_length=3, max_length=254, examples=["ana.duarte@press.example"]),
    AfterValidator(refuse_no_address),
]
Token = Annotated[str, Field(min_length=1, max_length=200, description="As the link in the mail has it.")]

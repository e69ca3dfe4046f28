"""Fields that several bodies have."""

from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from accounts.addresses import canonical


def refuse_no_address(value: str) -> str:
    """In the one form of addresses."""
    try:
        validate_email(canonical(value))
    except ValidationError as error:
        raise PydanticCustomError("email", "no address") from error
    return canonical(value)


Email = Annotated[
    str,
    Field(min_length=3, max_length=254, examples=["ana.duarte@press.example"]),
    AfterValidator(refuse_no_address),
]
Token = Annotated[str, Field(min_length=1, max_length=200, description="As the link in the mail has it.")]

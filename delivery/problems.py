"""The shape of errors: RFC 9457. Only `cms.problems` makes them; this is for OpenAPI."""

from ninja import Schema
from pydantic import Field


class FieldProblem(Schema):
    """What is wrong with one parameter or field."""

    parameter: str = Field(description="Name of the query parameter, or path of the field.")
    code: str = Field(description="For programs.", examples=["unknown_parameter"])
    detail: str = Field(description="For people, in the caller's language.")


class Problem(Schema):
    """`application/problem+json`."""

    type: str = Field(description="A path that names the kind of problem.", examples=["/problems/not-found"])
    title: str = Field(description="The kind of problem, for people.")
    status: int
    detail: str = Field(description="This problem, for people, in the caller's language.")
    errors: list[FieldProblem] = Field([], description="Where single parameters or fields are wrong.")


PROBLEMS = {404: Problem, 406: Problem, 422: Problem, 429: Problem, 500: Problem}

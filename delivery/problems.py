"""The shape of errors: RFC 9457. Only `cms.problems` makes them; this is for OpenAPI."""

from ninja import Schema
from pydantic import Field


class FieldProblem(Schema):
    """What is wrong with one parameter or field."""

    parameter: str = Field(description="Name of the query parameter, or path of the field.", examples=["limit"])
    code: str = Field(description="For programs.", examples=["less_than_equal"])
    detail: str = Field(
        description="For people, in the caller's language.", examples=["The most that can be given is 100."]
    )


class Problem(Schema):
    """`application/problem+json`."""

    type: str = Field(description="A path that names the kind of problem.", examples=["/problems/bad-parameter"])
    title: str = Field(description="The kind of problem, for people.", examples=["A parameter cannot be used"])
    status: int = Field(examples=[422])
    detail: str = Field(
        description="This problem, for people, in the caller's language.",
        examples=["Some parameters cannot be used; each is named below."],
    )
    errors: list[FieldProblem] = Field([], description="Where single parameters or fields are wrong.")


class LogGoneProblem(Problem):
    """A token of the feed that cannot be continued."""

    restart: str = Field(description="Where to start again, with nothing kept.", examples=["/api/v1/changes/"])


PROBLEMS = {406: Problem, 422: Problem, 429: Problem, 500: Problem}
DOCUMENT_PROBLEMS = {404: Problem, **PROBLEMS}

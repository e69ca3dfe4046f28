"""What every block has in JSON."""

from ninja import Schema
from pydantic import Field


class BlockJSON(Schema):
    """A block of a body. `type` tells which; the id is stable from publication to publication."""

    id: str = Field(description="Stable id of the block within its document.")

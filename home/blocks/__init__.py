"""Blocks of a story's body, a file a block: its form, its JSON schema and the way from one to the other."""

from home.blocks.body import BodyBlock, BodyJSON, body_to_json

__all__ = ["BodyBlock", "BodyJSON", "body_to_json"]

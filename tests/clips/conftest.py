"""What tests of clips share."""

from tests.clips.asking import anybody, files, journalist, patrol

__all__ = ["anybody", "files", "journalist", "patrol"]

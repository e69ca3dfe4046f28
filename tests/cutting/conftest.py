"""Where the sources are kept: in the folder that CORPUS_DIR names, or one for this run that all its processes share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cutting.corpus import Made, make


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sources."""
    if given := os.environ.get("CORPUS_DIR"):
        folder = Path(given)
    else:
        base = tmp_path_factory.getbasetemp()
        folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def made(corpus_folder: Path) -> Callable[[str], Made]:
    """`made("open_gop")`: a source of the corpus, encoded when the first test asks for it."""
    return lambda name: make(name, corpus_folder)

"""Figures as people read them."""

from collections.abc import Sequence
from statistics import median


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they have to be, the first to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(columns))
        for columns in (zip(row, widths, strict=True) for row in [head, *rows])
    ]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])


def spread(values: Sequence[float]) -> str:
    """Median, and least to most in brackets; – where there is nothing."""
    if not values:
        return "–"
    return f"{median(values):.3g} ({min(values):.3g}–{max(values):.3g})"


def milliseconds(seconds: float) -> str:
    """Three digits that count."""
    return f"{seconds * 1000:.3g}"


def megabytes(size: int) -> str:
    """Without decimals."""
    return f"{size / 1e6:.0f}"


def thousands(number: float) -> str:
    """A whole number, with commas."""
    return f"{number:,.0f}"

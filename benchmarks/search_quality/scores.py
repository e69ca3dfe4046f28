"""From an answer to figures: precision at five, and reciprocal rank."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.search_quality.judged import MISSPELT, Query

CUT = 5


@dataclass(frozen=True)
class Answer:
    """What a search gave: stories, the first first; a spelling it suggests; what went wrong (a status), if it did."""

    keys: tuple[str, ...]
    suggestion: str = ""
    error: str = ""


Search = Callable[[str, str], Answer]  # what is typed, language


@dataclass(frozen=True)
class Judgement:
    """One query, what was found, and what that is worth; both figures from 0 to 1."""

    query: Query
    answer: Answer
    precision: float
    reciprocal_rank: float


def judge(query: Query, search: Search) -> Judgement:
    """Ask and score. Of what is misspelt without finding the best, the suggested spelling is asked instead."""
    answer = search(query.text, query.locale)
    if query.kind == MISSPELT and answer.suggestion and not query.best & set(answer.keys):
        answer = search(answer.suggestion, query.locale)
    if answer.error:
        return Judgement(query, answer, 0.0, 0.0)
    return Judgement(query, answer, precision_at_five(query, answer.keys), reciprocal_rank(query, answer.keys))


def precision_at_five(query: Query, found: Sequence[str]) -> float:
    """Right ones among the first five, less the unwanted there, of as many as could be: five, or all there are.

    The one story that there is, found, is 1 and not 1/5. Capped recall of Thakur et al., "BEIR" (2021), which is
    R-precision (Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), 8.4) where five or fewer
    are right and looked at within five. Where nothing is right, 1 for an empty answer and 0 for any other.
    """
    if not query.relevant:
        return float(not found)
    first = set(found[:CUT])
    right = len(first & query.relevant) - len(first & query.unwanted)
    return max(0, right) / min(CUT, len(query.relevant))


def reciprocal_rank(query: Query, found: Sequence[str]) -> float:
    """1 over the place of the first of the best; 0 where none is found. Their mean is MRR (Voorhees, TREC-8, 1999).

    Where nothing is right, 1 for an empty answer and 0 for any other.
    """
    if not query.relevant:
        return float(not found)
    return next((1 / place for place, key in enumerate(found, 1) if key in query.best), 0.0)

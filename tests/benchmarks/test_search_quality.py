"""The judged queries of `benchmarks.search_quality`, and how answers to them are scored."""

from collections import Counter

import pytest

from benchmarks.search_quality.__main__ import figures, misses
from benchmarks.search_quality.contestants import read_answer
from benchmarks.search_quality.judged import CLASSES, MISSPELT, STORIES, Query, keys_by_id, queries
from benchmarks.search_quality.scores import Answer, Judgement, judge, precision_at_five, reciprocal_rank
from cms.demo.pieces import LANGUAGES, pieces


def query(*, kind: str = "plain", best: str = "", good: str = "", unwanted: str = "", text: str = "plankton") -> Query:
    """Stories are letters."""
    return Query(kind, "en", text, frozenset(best), frozenset(good), frozenset(unwanted))


def test_every_class_has_enough_queries_in_both_languages() -> None:
    count = Counter((one.kind, one.locale) for one in queries())
    assert set(count) == {(kind, locale) for kind in CLASSES for locale in LANGUAGES}
    assert min(count.values()) >= 4
    assert min(Counter(one.kind for one in queries()).values()) >= 8
    assert len(queries()) >= 160


def test_languages_are_judged_about_equally() -> None:
    share = Counter(one.locale for one in queries())
    assert min(share.values()) / len(queries()) > 0.45


def test_no_query_stands_there_twice() -> None:
    count = Counter((one.locale, one.text) for one in queries())
    assert not [asked for asked, times in count.items() if times > 1]


def test_every_expected_story_is_published_in_the_language_of_the_query() -> None:
    public = {
        (str(piece), language)
        for folder in STORIES
        for piece in pieces(folder)
        if piece["status"] == "published"
        for language in piece.languages
    }
    named = {(key, one.locale) for one in queries() for key in one.relevant | one.unwanted}
    assert named <= public, named - public


def test_nothing_is_expected_of_the_class_that_has_no_answer_and_something_of_all_others() -> None:
    assert {one.kind for one in queries() if not one.relevant} == {"nothing"}
    assert not [one.text for one in queries() if one.kind == "nothing" and one.relevant]
    assert not [one.text for one in queries() if one.relevant and not one.best]


def test_a_story_has_one_grade_in_a_query() -> None:
    assert not [one.text for one in queries() if one.best & one.good or one.relevant & one.unwanted]


def test_what_is_to_come_first_as_the_newest_is_newer() -> None:
    at = {str(piece): piece["days_ago"] for folder in STORIES for piece in pieces(folder)}
    for one in (one for one in queries() if one.kind == "recency"):
        assert max(at[key] for key in one.best) < min(at[key] for key in one.good), one.text


def test_what_is_excluded_is_named_where_a_word_is_excluded() -> None:
    assert all(one.unwanted and " -" in one.text for one in queries() if one.kind == "exclusion")


@pytest.mark.parametrize(
    ("best", "good", "found", "precision", "rank"),
    [
        ("a", "", "a", 1, 1),
        ("a", "", "axyzw", 1, 1),
        ("a", "", "xa", 1, 1 / 2),
        ("a", "b", "ba", 1, 1 / 2),
        ("ab", "", "xbyz", 1 / 2, 1 / 2),
        ("a", "", "vwxyza", 0, 1 / 6),
        ("abcdefg", "", "abxyz", 2 / 5, 1),
        ("a", "", "", 0, 0),
        ("", "", "", 1, 1),
        ("", "", "x", 0, 0),
    ],
)
def test_precision_is_of_what_could_be_found_and_rank_that_of_the_first_best(
    best: str, good: str, found: str, precision: float, rank: float
) -> None:
    judged = query(best=best, good=good)
    assert precision_at_five(judged, found) == precision
    assert reciprocal_rank(judged, found) == rank


def test_what_was_excluded_counts_against_what_is_right() -> None:
    judged = query(best="a", good="b", unwanted="u")
    assert precision_at_five(judged, "ab") == 1
    assert precision_at_five(judged, "abu") == 1 / 2
    assert precision_at_five(judged, "u") == 0


def misspelling(text: str, locale: str) -> Answer:
    return Answer(("a",)) if text == "plankton" else Answer(("x",), suggestion="plankton")


def test_a_misspelt_query_may_be_answered_by_its_suggestion() -> None:
    assert judge(query(kind=MISSPELT, best="a", text="planktn"), misspelling).reciprocal_rank == 1
    assert judge(query(best="a", text="planktn"), misspelling).reciprocal_rank == 0


def test_an_error_is_no_answer_also_where_nothing_is_right() -> None:
    judged = judge(query(kind="nothing"), lambda text, locale: Answer((), error="503"))
    assert (judged.precision, judged.reciprocal_rank) == (0, 0)
    assert "503" in misses([judged])


def test_stories_of_the_api_are_known_by_their_ids() -> None:
    story_id, key = next(iter(keys_by_id().items()))
    body = {"items": [{"id": story_id}, {"id": "of no demo"}], "suggestion": None}
    assert read_answer(body) == Answer((key, "of no demo"))


def test_the_table_has_a_row_a_class_a_language_and_all() -> None:
    results = {"ours": [Judgement(one, Answer(()), 1.0, 0.5) for one in queries()]}
    head, _line, *rows = figures(results).splitlines()
    assert head.split() == ["queries", "P@5", "ours", "MRR", "ours"]
    assert [row.split()[0] for row in rows] == [*CLASSES, *LANGUAGES, "all"]
    assert rows[-1].split() == ["all", str(len(queries())), "1.00", "0.50"]

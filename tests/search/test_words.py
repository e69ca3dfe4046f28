"""Text as words, and queries as terms: no database."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.query import LONGEST, MOST_WORDS, SearchQuery, Term, parse, with_synonyms
from search.spelling import distance
from search.words import folded, joined_words, tidy, words_of, words_with_places


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Saint-Malo rouvre", ["Saint", "Malo", "rouvre"]),
        ("l’Alliance, l'Élysée", ["l", "Alliance", "l", "Élysée"]),
        ("The O.T.A.N. and the U.S.A. met", ["The", "OTAN", "and", "the", "USA", "met"]),
        ("and/or snake_case", ["and", "or", "snake", "case"]),
        ("ﬁsh at 2026-11-26", ["fish", "at", "2026", "11", "26"]),
        ("a\x00b\u202ec", ["a", "b", "c"]),
    ],
)
def test_text_is_taken_apart_where_words_end(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_hyphenated_words_are_known_as_one_too() -> None:
    assert joined_words("co-operation in Saint‑Malo") == ["cooperation", "SaintMalo"]


def test_a_very_long_word_is_looked_through_once() -> None:
    """Looked through from each of its letters on, it would take longer than a test may."""
    assert joined_words("x" * 300_000) == []


@given(st.text(max_size=300))
def test_words_are_the_same_with_their_places(text: str) -> None:
    text = tidy(text)
    found = words_with_places(text)
    assert [word for word, _start, _end in found] == words_of(text)
    assert all(0 <= start < end <= len(text) for _word, start, end in found)


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40), max_size=8), st.sampled_from(["newsroom_any", "simple"]))
def test_postgresql_counts_words_as_we_do(texts: list[str], config: str) -> None:
    words = [word for text in texts for word in words_of(tidy(text))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(place) FROM unnest(to_tsvector(%s::regconfig, %s)) AS one, unnest(one.positions) AS place",
            [config, " ".join(words)],
        )
        (last,) = cursor.fetchone()
    assert (last or 0) == len(words)


def test_folding_undoes_accents_and_ligatures() -> None:
    assert folded("CŒUR d'Été") == "coeur d'ete"


def test_text_for_people_has_no_control_characters() -> None:
    assert tidy(" a\x02b\r\n c\u2028d ") == "a b c d"


def terms(text: str, locale: str = "en") -> list[tuple[str, bool]]:
    """Words of each term, and whether it is wanted."""
    return [(" ".join(term.words), term.is_wanted) for term in parse(text, locale)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("harbour storm", [("harbour", True), ("storm", True)]),
        ('"harbour storm" dawn', [("harbour storm", True), ("dawn", True)]),
        ("«\xa0port de pêche\xa0»", [("port de pêche", True)]),
        ("harbour -ferry", [("harbour", True), ("ferry", False)]),
        ('harbour -"night ferry"', [("harbour", True), ("night ferry", False)]),
        ("l'Alliance d’Arc", [("Alliance", True), ("Arc", True)]),
        ("D-Day", [("D Day", True)]),
        ("Saint-Malo", [("Saint Malo", True)]),
        ('"unfinished phrase', [("unfinished phrase", True)]),
        ('- -- "" !&|():* <->', []),
        ("a -", [("a", True)]),
    ],
)
def test_a_query_is_read_as_it_was_meant(text: str, expected: list[tuple[str, bool]]) -> None:
    assert terms(text) == expected


def test_a_hyphenated_word_may_be_written_as_one() -> None:
    assert parse("co-operation", "en")[0].ways == (("co", "operation"), ("cooperation",))


def test_french_words_that_say_nothing_are_left_out() -> None:
    assert terms("les ports", "fr") == [("ports", True)]


GROUPS = [[("otan",), ("nato",), ("north", "atlantic", "treaty")]]


def test_a_term_is_found_by_what_means_the_same() -> None:
    (term,) = with_synonyms(parse("OTAN", "fr"), GROUPS)
    assert term.ways == (("OTAN",), ("nato",), ("north", "atlantic", "treaty"))


def test_several_words_can_be_one_term() -> None:
    told = with_synonyms(parse("new North Atlantic Treaty rules", "en"), GROUPS)
    assert [one.words for one in told] == [("new",), ("North", "Atlantic", "Treaty"), ("rules",)]
    assert ("nato",) in told[1].ways


def test_what_is_quoted_is_meant_as_it_is_written() -> None:
    assert with_synonyms(parse('"OTAN"', "fr"), GROUPS) == [Term((("OTAN",),), is_exact=True)]


def test_words_on_both_sides_of_an_exclusion_are_no_name() -> None:
    told = with_synonyms(parse("north -atlantic treaty", "en"), GROUPS)
    assert [one.is_wanted for one in told] == [True, False, True]


@given(st.text(max_size=2000))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    told = parse(text, "fr")
    assert sum(len(term.words) for term in told) <= MOST_WORDS
    assert all(word.isalnum() for term in told for way in term.ways for word in way)
    assert len(text[:LONGEST]) <= LONGEST


def test_a_query_survives_being_kept() -> None:
    query = SearchQuery(
        text="harbour",
        locale="fr",
        falls_back=True,
        collections=("news",),
        terms=(("tag:storm", "tag:sea"), ("topic:1",)),
        published_after=datetime(2026, 1, 1, tzinfo=UTC),
        only=(UUID(int=7),),
        order="-published_at",
    )
    assert SearchQuery.from_json(query.as_json()) == query
    assert SearchQuery.from_json(SearchQuery().as_json()) == SearchQuery()


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [("harbour", "harbour", 0), ("harbur", "harbour", 1), ("habrour", "harbour", 1), ("", "abc", 3), ("abc", "bca", 2)],
)
def test_how_many_letters_are_wrong(one: str, other: str, wrong: int) -> None:
    assert distance(one, other) == wrong

"""What of an entry the server is told, and how it is asked for it."""

from search.server.asking import _ways
from search.server.documents import contents_of


def test_lexemes_go_where_they_count_and_keep_their_distances() -> None:
    lead = "'ferri':2A 'harbour':4B 'quay':7C 'sail':9 '~the'"
    vector = "'=ferry' 'ferri':14A 'harbour':16B 'night':1 'quay':19C 'sail':4,16383 'coopération'"
    assert contents_of(lead, vector.replace("'=ferry'", "'=ferry' 'l''eau'")) == {
        "words": ["l'eau", "ferri", "harbour", "night", "quay", "sail", "coopération"],
        "title": ["ferri"],
        "summary": ["harbour"],
        "names": ["quay"],
        "frequent": ["sail"],
        "lead": "_ ferri _ harbour _ _ quay",
        "text": "night _ _ sail" + " _" * 16378 + " sail",
    }


def test_words_at_the_last_position_all_stand_there() -> None:
    assert contents_of("'a':1A", "'b':2 'c':2 'd':1")["text"] == "d b c"


def test_a_term_has_several_ways_and_a_phrase_its_silent_words() -> None:
    assert _ways("(('night' <-> 'ferri') | ('night' <3> 'ferri') | ('nuit'))") == [
        ["night", "ferri"],
        ["night", "_", "_", "ferri"],
        ["nuit"],
    ]

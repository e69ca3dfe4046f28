"""What is found, as a frontend asks for it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search.models import Synonyms
from tests.factories.newsroom import edit, make_news, make_topic, make_translation, make_video
from tests.search.conftest import Search, body, news

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("locale", "said", "asked"),
    [
        ("en", "Ferries were returning to the harbours.", "harbour ferry return"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "manoeuvre"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "publié"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "publier"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "ECOLE"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "d'école"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "chalutier saint malo"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "saint-malo"),
        ("fr", "Les manœuvres publiées à l’École des chalutiers de Saint-Malo.", "les « chalutiers de saint malo »"),
        ("en", "Maritime cooperation pays.", "co-operation"),
        ("en", "Maritime co-operation pays.", "cooperation"),
        ("en", "The O.S.A. decides.", "osa"),
    ],
)
def test_forms_accents_and_hyphens_do_not_matter(search: Search, locale: str, said: str, asked: str) -> None:
    news("This", said, locale=locale)
    news("Other", "Nothing of it / rien de cela", locale=locale)
    assert search.titles(asked, locale) == ["This"]


def test_all_words_are_wanted_and_some_are_not(search: Search) -> None:
    news("Both", "storm over the harbour")
    news("Storm", "storm at sea")
    assert search.titles("storm harbour") == ["Both"]
    assert search.titles("storm -harbour") == ["Storm"]
    assert search.titles("-harbour") == []


def test_a_phrase_is_found_as_it_stands(search: Search) -> None:
    news("In order", "the night ferry sails")
    news("Otherwise", "a ferry by night")
    assert search.titles('"night ferry"') == ["In order"]
    assert set(search.titles("night ferry")) == {"In order", "Otherwise"}


def test_no_phrase_goes_over_the_end_of_a_paragraph(search: Search) -> None:
    page = make_news("Two", publish=False)
    page.body = [
        {"type": "text", "value": "<p>They met by night</p><p>Ferry sails</p>", "id": body("")[0]["id"]},
    ]
    page.save_revision().publish()
    assert search.titles('"night ferry"') == []


def test_the_title_counts_more_than_the_text(search: Search) -> None:
    news("The harbour", "Nothing", days_ago=400)
    news("Something", "A harbour is mentioned")
    assert search.titles("harbour") == ["The harbour", "Something"]


def test_the_recent_comes_before_the_old(search: Search) -> None:
    for days in (3000, 1, 700):
        news(f"Harbour {days}", days_ago=days)
    assert search.titles("harbour") == ["Harbour 1", "Harbour 700", "Harbour 3000"]
    assert search.titles("harbour", order="published_at") == ["Harbour 3000", "Harbour 700", "Harbour 1"]


def test_languages_are_not_mixed_but_on_request(search: Search) -> None:
    english = news("The regatta", "sails")
    make_translation(english, "La régate")
    news("Another regatta")
    assert search.titles("regatta", "fr") == []
    assert search.titles("régate", "fr") == ["La régate"]
    answer = search.answer("regatta", "fr", fallback="default")
    assert [(hit["title"], hit["is_fallback"]) for hit in answer["items"]] == [("Another regatta", True)]


def test_synonyms_are_found_in_both_languages(search: Search) -> None:
    Synonyms.objects.create(terms="OSA\nAHM\nOpen Seas Alliance\nAlliance des hautes mers")
    news("Treaty", "The Open Seas Alliance signs")
    news("Traité", "L’Alliance des hautes mers signe", locale="fr")
    for asked in ("OSA", "ahm", "open seas alliance"):
        assert search.titles(asked) == ["Treaty"]
    assert search.titles("OSA", "fr") == ["Traité"]
    assert search.titles('"OSA"') == []


def test_an_answer_says_what_hits_have_in_common(search: Search) -> None:
    topic = make_topic("Rescue")
    for title in ("Storm one", "Storm two"):
        page = make_news(title, publish=False)
        page.topics.set([topic])
        page.tags.add("weather")
        page.save_revision().publish()
    make_video("Storm pictures")
    facets = search.answer("storm")["facets"]
    assert facets["types"] == [{"value": "news", "count": 2}, {"value": "videos", "count": 1}]
    assert facets["topics"] == [{"id": str(topic.translation_key), "slug": "rescue", "name": "Rescue", "count": 2}]
    assert facets["tags"] == [{"value": "weather", "count": 2}]
    assert facets["years"] == [{"value": datetime.now(UTC).year, "count": 3}]
    assert search.titles("storm", type="videos") == ["Storm pictures"]
    assert search.titles("storm", topic="rescue", tag=["weather", "other"], order="published_at") == [
        "Storm one",
        "Storm two",
    ]
    assert search.answer("", topic="rescue")["count"] == 2


def test_pages_of_hits_repeat_and_skip_nothing_while_stories_go_out(search: Search) -> None:
    for number in range(7):
        news(f"Harbour {number}", "harbour " * (number + 1))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = search.answer("harbour", limit=2, **cursor)
        seen += [hit["title"] for hit in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
        news(f"Harbour new {len(seen)}")
    old = [title for title in seen if "new" not in title]
    assert sorted(old) == [f"Harbour {number}" for number in range(7)]
    assert len(set(seen)) == len(seen)


def test_a_cursor_is_of_one_search(search: Search) -> None:
    for number in range(3):
        news(f"Harbour {number}")
    cursor = search.answer("harbour", limit=1)["next"]
    assert search.answer("harbour", limit=2, cursor=cursor)["items"]
    for other in (f"q=storm&cursor={cursor}", f"q=harbour&locale=fr&cursor={cursor}", "q=harbour&cursor=AAAA"):
        assert search.api.problem(f"search/?{other}")["status"] == 422


def test_where_nothing_has_all_the_words_most_will_do(search: Search) -> None:
    news("Reopening", "The harbour reopens on Monday")
    answer = search.answer("harbour reopens Monday zeppelin")
    assert (answer["matches"], [hit["title"] for hit in answer["items"]]) == ("most", ["Reopening"])
    assert search.answer("harbour zeppelin")["items"] == []
    assert search.answer("harbour reopens -monday zeppelin")["items"] == []


def test_what_was_perhaps_meant(search: Search) -> None:
    news("Lighthouse keepers", "The lighthouse at dawn")
    news("Phare", "Les gardiens du phare d’Élodie", locale="fr")
    assert search.answer("lighthuose")["suggestion"] == "lighthouse"
    assert search.answer("lighthouse")["suggestion"] is None
    assert search.answer("l'élodei", "fr")["suggestion"] == "l'élodie"
    assert search.answer("lighthuose submarine")["suggestion"] is None


def test_an_edit_is_found_and_what_it_replaced_is_not(search: Search) -> None:
    page = news("Before")
    edit(page, title="Afterwards")
    assert (search.titles("before"), search.titles("afterwards")) == ([], ["Afterwards"])


@pytest.mark.django_db(transaction=True)
def test_what_is_withdrawn_is_found_by_nothing(search: Search) -> None:
    page = news("Zanzibar", "Secret pepper")
    other = news("Other", "Nothing")
    assert search.titles("zanzibar") == ["Zanzibar"]
    page.unpublish()
    for asked in ("zanzibar", "secret pepper", "zanzibra", ""):
        answer = search.answer(asked)
        assert [hit["title"] for hit in answer["items"] if hit["title"] == "Zanzibar"] == []
        assert answer["suggestion"] is None
        assert answer["count"] == len(answer["items"])
    assert search.api.json("search/suggest/?q=zan")["items"] == []
    assert search.api.problem(f"search/related/?id={page.translation_key}")["status"] == 404
    assert other.live


def test_completions_are_titles_topics_and_tags(search: Search) -> None:
    topic = make_topic("Harbour safety", slug="harbour-safety")
    page = make_news("The harbour reopens", publish=False)
    page.topics.set([topic])
    page.tags.add("harbour-master")
    page.save_revision().publish()
    make_news("Élan du port", locale="fr")

    def told(q: str, locale: str = "en") -> list[tuple[str, str]]:
        items = search.api.json(f"search/suggest/?q={q}&locale={locale}")["items"]
        return [(item["kind"], item["text"]) for item in items]

    assert told("harb") == [
        ("topic", "Harbour safety"),
        ("tag", "harbour-master"),
        ("title", "The harbour reopens"),
    ]
    assert told("the harbour reop") == [("title", "The harbour reopens")]
    assert told("elan", "fr") == [("title", "Élan du port")]
    assert told("reopening") == []
    assert told("") == []


def test_more_like_this(search: Search) -> None:
    topic = make_topic("Fishing")
    this = make_news("Herring quotas agreed", publish=False, summary="Herring fleets return")
    near = make_news("Herring fleets celebrate", publish=False)
    for page in (this, near):
        page.topics.set([topic])
        page.save_revision().publish()
    make_news("Herring museum opens")
    make_news("Concert hall")
    answer = search.api.json(f"search/related/?id={this.translation_key}")
    assert [story["title"] for story in answer["items"]] == ["Herring fleets celebrate", "Herring museum opens"]
    assert search.api.problem("search/related/?id=11111111-0000-4000-8000-000000000000")["status"] == 404


HOSTILE = [
    "a" * 10_000,
    "'" * 300,
    "!!! ((( ))) ||| &&& :*:*:* <-> <2> \\ \\\\ %%% ___",
    "' | 'x' & !'y' :* <-> 'z'",
    "(a|a)*b .*.* [^x]+ $1 {{7*7}}",
    '" " " " "',
    "-" * 400,
    "or and not near OR AND NOT",
    "\x01\x02\x7f\u202e\ufeff",
    " ".join(["harbour"] * 70),
    "😀 👩‍🚀 ₿ 漢字 العربية עברית ไทย",
    "1e5 3d 2nd -5 +7 1,000.5 10:20 a@b.cd http://x.yz/a?b=c",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_hostile_input_gets_an_answer(search: Search, hostile: str, locale: str) -> None:
    news("Harbour", hostile[:500].replace("<", "&lt;").replace("\x01\x02\x7f", ""), locale=locale)
    for path in ("search/", "search/suggest/"):
        response = search.api.get(f"{path}?locale={locale}&q={quote(hostile)}")
        assert response.status_code == (422 if len(hostile) > 500 else 200), response.content
    assert search.api.get("search/?q=%00").status_code == 422


def test_an_answer_can_be_kept_and_asked_for_again(search: Search) -> None:
    news("Harbour")
    first = search.api.get("search/?q=harbour")
    assert "s-maxage=60" in first["Cache-Control"]
    assert first["Content-Language"] == "en"
    again = search.api.get("search/?q=harbour", if_none_match=first["ETag"])
    assert again.status_code == 304
    news("Harbour two")
    assert search.api.get("search/?q=harbour", if_none_match=first["ETag"]).status_code == 200


def test_the_database_is_asked_as_often_for_many_hits_as_for_one(
    search: Search, django_assert_num_queries: Any
) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            search.answer("harbour", limit=50)
        return len(asked)

    news("Harbour")
    one = ask()
    for number in range(20):
        news(f"Harbour {number}")
    assert ask() == one <= 5


def test_a_word_that_is_far_too_long_has_no_spelling(search: Search) -> None:
    news("Harbour")
    assert search.answer("harbour" * 15)["suggestion"] is None
    assert search.answer("harbou" * 80)["items"] == []


def test_a_word_that_says_nothing_is_found_where_nothing_else_is_asked_for(search: Search) -> None:
    news("Vacances", "L’été en mer", locale="fr")
    news("Health", "WHO rules")
    assert search.titles("été", "fr") == ["Vacances"]
    assert search.titles("who") == ["Health"]
    assert search.titles("the who harbour") == []


def test_topics_are_named_in_the_language_that_was_asked_for(search: Search) -> None:
    topic = make_topic("Rescue")
    make_topic("Sauvetage", locale="fr", translation_key=topic.translation_key)
    page = make_news("Sauvetage en mer", locale="fr", publish=False)
    only = make_news("Sauvetage only in English", publish=False)
    for one in (page, only):
        one.topics.set([topic])
        one.save_revision().publish()
    (facet,) = search.answer("sauvetage", "fr", fallback="default")["facets"]["topics"]
    assert (facet["name"], facet["count"]) == ("Sauvetage", 2)


def test_a_suggested_spelling_finds_something(search: Search) -> None:
    for number in range(3):
        news(f"Wall {number}")
    news("Whale corridor")
    assert search.answer("wale corridor")["suggestion"] == "whale corridor"


def test_completions_have_all_that_was_typed(search: Search) -> None:
    page = make_news("Treaty day", publish=False)
    page.topics.set([make_topic("People")])
    page.save_revision().publish()
    assert search.api.json("search/suggest/?q=treaty%20peo")["items"] == []

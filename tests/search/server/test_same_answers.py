"""The server answers as PostgreSQL does: the same tests, run once more."""

from tests.search.test_excerpts import (
    test_a_video_is_found_at_the_moment_where_it_is_said,
    test_other_captions_are_found_at_once,
)
from tests.search.test_searching import (
    pytestmark,
    test_a_cursor_is_of_one_search,
    test_a_phrase_is_found_as_it_stands,
    test_all_words_are_wanted_and_some_are_not,
    test_an_answer_can_be_kept_and_asked_for_again,
    test_an_answer_says_what_hits_have_in_common,
    test_an_edit_is_found_and_what_it_replaced_is_not,
    test_forms_accents_and_hyphens_do_not_matter,
    test_hostile_input_gets_an_answer,
    test_languages_are_not_mixed_but_on_request,
    test_no_phrase_goes_over_the_end_of_a_paragraph,
    test_pages_of_hits_repeat_and_skip_nothing_while_stories_go_out,
    test_synonyms_are_found_in_both_languages,
    test_the_recent_comes_before_the_old,
    test_the_title_counts_more_than_the_text,
    test_what_is_withdrawn_is_found_by_nothing,
    test_what_was_perhaps_meant,
    test_where_nothing_has_all_the_words_most_will_do,
)

__all__ = [
    "pytestmark",
    "test_a_cursor_is_of_one_search",
    "test_a_phrase_is_found_as_it_stands",
    "test_a_video_is_found_at_the_moment_where_it_is_said",
    "test_all_words_are_wanted_and_some_are_not",
    "test_an_answer_can_be_kept_and_asked_for_again",
    "test_an_answer_says_what_hits_have_in_common",
    "test_an_edit_is_found_and_what_it_replaced_is_not",
    "test_forms_accents_and_hyphens_do_not_matter",
    "test_hostile_input_gets_an_answer",
    "test_languages_are_not_mixed_but_on_request",
    "test_no_phrase_goes_over_the_end_of_a_paragraph",
    "test_other_captions_are_found_at_once",
    "test_pages_of_hits_repeat_and_skip_nothing_while_stories_go_out",
    "test_synonyms_are_found_in_both_languages",
    "test_the_recent_comes_before_the_old",
    "test_the_title_counts_more_than_the_text",
    "test_what_is_withdrawn_is_found_by_nothing",
    "test_what_was_perhaps_meant",
    "test_where_nothing_has_all_the_words_most_will_do",
]

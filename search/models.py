"""The index: what is found of a published document, and the words that there are."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from search.words import folded, words_of


class EntryRow(models.Model):
    """What is found of one document.

    Columns that a search filters by are the document's, repeated: one narrow table answers it.
    """

    version = models.PositiveSmallIntegerField()
    story_id = models.UUIDField()
    locale = models.CharField(max_length=8)
    collection = models.CharField(max_length=32)
    published_at = models.DateTimeField()
    terms = ArrayField(models.CharField(max_length=300), default=list)
    # Keys of what is counted (`Facet`): numbers, since a search reads those of all that it finds.
    facets = ArrayField(models.IntegerField(), default=list)
    # What ranks it: the title (A), the summary (B), names and topics (C), what the text says most (D). Short enough to
    # lie in the row itself, so that thousands can be ranked. After "~" the words of title and names as they are typed.
    lead = SearchVectorField()
    # What it is found by: all its words, and after "=" each as it is written.
    vector = SearchVectorField()
    # In French the words of its text by their forms with accents; of `vector` these have no places.
    forms = SearchVectorField()
    # Its text in pieces, each with the number of its first word, the moment in the video (milliseconds) or null, and
    # whether it goes on with the one before.
    passages = ArrayField(models.TextField(), default=list)
    places = ArrayField(models.IntegerField(), default=list)
    moments = ArrayField(models.IntegerField(null=True), default=list)
    goes_on = ArrayField(models.BooleanField(), default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.story_id} {self.locale}"


class Entry(EntryRow):
    """What is found of one document. It is written with the document, and the database deletes it with the document."""

    # The constraint is in the migration: Django 5.2 knows no ON DELETE.
    document = models.OneToOneField(
        "delivery.PublishedDocument", models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        indexes = [
            GinIndex(fields=["vector"], name="search_vector"),
            GinIndex(fields=["lead"], name="search_lead"),
            GinIndex(fields=["terms"], name="search_terms"),
            models.Index(fields=["locale", "-published_at", "-story_id"], name="search_newest"),
            models.Index(fields=["version"], name="search_version"),
            models.Index(fields=["story_id", "locale"], name="search_story"),
        ]


class PreparedEntry(EntryRow):
    """The entry of a document that waits for its moment (`delivery.prepared`). Nobody reads this table.

    It becomes the document's entry if the document that appears is the one that was prepared: `etag`.
    """

    etag = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["story_id", "locale"], name="search_prepared_once")]


class Facet(models.Model):
    """What documents are counted by: `type:news`, `year:2027`, `topic:<id>`, `tag:<slug>`.

    That it is here says nothing: named is what the documents that were found have.
    """

    id = models.AutoField(primary_key=True)
    term = models.CharField(max_length=300, unique=True)

    class Meta:
        verbose_name = _("facet")
        verbose_name_plural = _("facets")

    def __str__(self) -> str:
        return self.term


class Word(models.Model):
    """A word that was published once, for suggestions of spelling.

    That it is here says nothing: whoever suggests one looks first whether a document has it now.
    """

    locale = models.CharField(max_length=8)
    word = models.CharField(max_length=40)
    folded = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["locale", "word"], name="search_word_once")]
        indexes = [GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="search_word_similar")]

    def __str__(self) -> str:
        return self.word


class Synonyms(models.Model):
    """Words and names that mean the same, in whatever language: who searches for one finds the others."""

    terms = models.TextField(
        _("equal terms"),
        help_text=_("One on a line: an acronym in each language, its long form. Who looks for one finds all."),
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["terms"]

    def __str__(self) -> str:
        return " = ".join(self.listed())

    def listed(self) -> list[str]:
        """The terms, as they are written."""
        return [term for line in self.terms.splitlines() if (term := line.strip())]

    def clean(self) -> None:
        """At least two, each with a word in it, none twice."""
        super().clean()
        terms = [folded(" ".join(words_of(term))) for term in self.listed()]
        if len(set(terms) - {""}) < 2:
            raise ValidationError({"terms": _("Give at least two terms, each on a line of its own.")})
        if "" in terms:
            raise ValidationError({"terms": _("A line has no word in it.")})
        if any(len(term.split()) > MOST_WORDS_OF_A_TERM for term in terms):
            raise ValidationError({"terms": _("A term has at most eight words.")})


MOST_WORDS_OF_A_TERM = 8


class SearchCount(models.Model):
    """How often something was searched for on one day, and how often nothing was found. Nothing says by whom."""

    day = models.DateField()
    locale = models.CharField(max_length=8)
    words = models.CharField(_("searched for"), max_length=100)
    searches = models.PositiveIntegerField(_("searches"), default=0)
    in_vain = models.PositiveIntegerField(_("without result"), default=0)

    class Meta:
        verbose_name = _("search")
        verbose_name_plural = _("searches")
        constraints = [models.UniqueConstraint(fields=["day", "locale", "words"], name="search_count_once_a_day")]

    def __str__(self) -> str:
        return self.words

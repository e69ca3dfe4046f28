"""The whole demo, in the order in which a newsroom would come to it. Each step knows what is there already."""

from cms.demo.accounts import load_accounts
from cms.demo.desk import leave_work
from cms.demo.front import PAGES, furnish, is_furnished
from cms.demo.indexing import index_stories, without_indexing
from cms.demo.library import load_pictures
from cms.demo.news import NEWS
from cms.demo.newsletters import load_editions, load_newsletters
from cms.demo.people import load_people
from cms.demo.pieces import pieces
from cms.demo.progress import Progress
from cms.demo.stories import Staff, new_pieces, open_drafts, unwritten, write_stories
from cms.demo.videos import VIDEOS, make_files
from cms.demo.vocabulary import load_synonyms, load_vocabulary
from delivery.refresh import refresh_all
from delivery.transaction import publishing

SECTIONS = (NEWS, VIDEOS, PAGES)


def load_demo(progress: Progress, *, most_seconds: int = 0) -> bool:
    """Load what is missing; answer whether anything was. `most_seconds`: of a video, 0 for as long as it should be."""
    load_people()
    load_accounts()
    load_newsletters()
    found = {section: pieces(section.folder) for section in SECTIONS}
    new = {section: new_pieces(found[section]) for section in SECTIONS}
    waiting = any(unwritten(section, found[section]) for section in SECTIONS)
    if not waiting and not any(new.values()) and is_furnished():
        return False
    load_vocabulary()
    load_synonyms()
    load_pictures(progress)
    staff = Staff()
    with without_indexing(*(section.model for section in SECTIONS)):
        drafts = [(section, piece) for section in SECTIONS for piece in new[section]]
        for section, piece in progress.each("Drafts", drafts):
            open_drafts(section, piece, staff)
        make_files(found[VIDEOS], progress, most_seconds)
        todo = [(section, piece) for section in SECTIONS for piece in unwritten(section, found[section])]
        write_stories(progress.each("Stories", sorted(todo, key=lambda pair: pair[1].at)), staff)
    for section in SECTIONS:
        index_stories(section.model, [piece.story_id for other, piece in todo if other is section])
    if not is_furnished():
        leave_work(staff)
        with publishing():
            furnish(staff)
    refresh_all()
    load_editions()
    return True

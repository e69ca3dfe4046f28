"""An entry goes with its document, whoever deletes that: the database sees to it."""

from django.db import migrations

ADD = """
    ALTER TABLE search_entry ADD CONSTRAINT search_entry_of_document
        FOREIGN KEY (document_id) REFERENCES delivery_publisheddocument (id) ON DELETE CASCADE;
"""
REMOVE = "ALTER TABLE search_entry DROP CONSTRAINT search_entry_of_document"


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("delivery", "0004_old_paths_of_several_stories"),
    ]

    operations = [migrations.RunSQL(ADD, REMOVE)]

import os

from celery import shared_task

from notes.models import Note


@shared_task
def read(note_id):
    """Note by which dyno the note was read."""
    Note.objects.filter(pk=note_id).update(reader=os.environ["DYNO"])

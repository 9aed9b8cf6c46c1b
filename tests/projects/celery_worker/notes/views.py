from django.http import HttpResponse

from notes.models import Note
from notes.tasks import read


def index(request):
    """Leave a note of the visit for the worker, and say how many there are."""
    note = Note.objects.create(text=request.get_full_path())
    read.delay(note.pk)
    columns = ", ".join(field.name for field in Note._meta.fields)
    return HttpResponse(f"{Note.objects.count()} notes of {columns}")


def readers(request):
    """By whom each note was read, the newest last."""
    return HttpResponse(" ".join(Note.objects.order_by("pk").values_list("reader", flat=True)))

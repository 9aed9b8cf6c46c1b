from django.http import HttpResponse

from notes.models import Note


def index(request):
    """Leave a note of the visit, and say how many there are."""
    Note.objects.create(text=request.get_full_path())
    columns = ", ".join(field.name for field in Note._meta.fields)
    return HttpResponse(f"{Note.objects.count()} notes of {columns}")

from django.shortcuts import render

from .models import Note


def index(request):
    """Leave a note of the visit, and say how many there are."""
    Note.objects.create(text=request.get_full_path())
    columns = ", ".join(field.name for field in Note._meta.fields)
    said = f"{Note.objects.count()} notes of {columns}"
    return render(request, "pages/home.html", {"said": said})

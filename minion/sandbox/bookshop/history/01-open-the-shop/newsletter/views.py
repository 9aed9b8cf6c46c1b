from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from newsletter.models import Subscriber


class SubscribeForm(forms.Form):
    email = forms.EmailField()


@require_POST
def subscribe(request):
    """Put an address on the list; a second time changes nothing."""
    form = SubscribeForm(request.POST)
    if form.is_valid():
        Subscriber.objects.get_or_create(email=form.cleaned_data["email"])
        messages.success(request, "Thank you. The next letter comes on Sunday.")
    else:
        messages.error(request, "That does not look like an e-mail address.")
    return redirect("books")

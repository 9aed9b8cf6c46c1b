from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render

from customers.forms import CustomerForm
from customers.models import Customer

SHOWN = 50


def customers(request):
    """The first customers, by name."""
    context = {"customers": Customer.objects.all()[:SHOWN], "count": Customer.objects.count()}
    return render(request, "customers/list.html", context)


def customer(request, pk):
    """One customer, to be read and changed."""
    person = get_object_or_404(Customer, pk=pk)
    form = CustomerForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect(person)
    context = {"customer": person, "form": form, "orders": person.orders.order_by("-pk")}
    return render(request, "customers/edit.html", context)

from django import forms

from customers.models import Customer
from shop.models import Book


class OrderForm(forms.Form):
    """An order for one book, by a known customer or by somebody who says who they are."""

    book = forms.ModelChoiceField(Book.objects)
    quantity = forms.IntegerField(min_value=1, max_value=99, required=False)
    customer = forms.ModelChoiceField(Customer.objects, required=False)
    name = forms.CharField(max_length=120, required=False)
    email = forms.EmailField(required=False)
    address = forms.CharField(required=False)

    def clean(self):
        cleaned = super().clean()
        if "customer" in cleaned and not cleaned["customer"]:
            for field in ("name", "email", "address"):
                if not cleaned.get(field) and field not in self.errors:
                    self.add_error(field, "Needed for a new customer.")
        return cleaned

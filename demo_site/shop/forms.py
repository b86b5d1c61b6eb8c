"""What customers fill in."""

from __future__ import annotations

from django import forms

from demo_site.shop.models import Order


class OrderForm(forms.Form):
    """How many, who brings it, and which card pays."""

    quantity = forms.IntegerField(min_value=1, max_value=20, initial=1)
    delivery = forms.ChoiceField(
        choices=Order.Delivery.choices,
        initial=Order.Delivery.POST,
        widget=forms.RadioSelect,
    )
    card = forms.ChoiceField(
        choices=Order.Card.choices, initial=Order.Card.GOOD, widget=forms.RadioSelect
    )

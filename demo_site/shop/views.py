"""Products to look at and to order."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from demo_site.failures import CardDeclined, PrinterJammed
from demo_site.shop.checkout import cancel_order, pick_lines, place_order
from demo_site.shop.forms import OrderForm
from demo_site.shop.models import Order, Product


def products(request: HttpRequest) -> HttpResponse:
    """List everything there is to buy."""
    return render(request, "demo_site/products.html", {"products": Product.objects.all()})


def product(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a product, and place an order for it."""
    wanted = get_object_or_404(Product, slug=slug)
    form = OrderForm(request.POST or None)
    if form.is_valid():
        try:
            placed = place_order(
                [(wanted, form.cleaned_data["quantity"])],
                customer=request.user if isinstance(request.user, User) else None,
                card=form.cleaned_data["card"],
                delivery=form.cleaned_data["delivery"],
            )
        except CardDeclined:
            form.add_error("card", "The bank declined this card. Nothing was ordered.")
        else:
            pick_lines(placed)
            return redirect(placed)
    return render(request, "demo_site/product.html", {"product": wanted, "form": form})


def order(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an order to whoever knows its reference."""
    placed = get_object_or_404(
        Order.objects.prefetch_related("lines__product"), reference=reference
    )
    return render(request, "demo_site/order.html", {"order": placed})


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel an order."""
    placed = get_object_or_404(Order, reference=reference)
    if placed.cancelled_at is None:
        cancel_order(placed)
        messages.success(request, "The order is cancelled.")
    return redirect(placed)


def voucher(request: HttpRequest) -> HttpResponse:
    """Fail, always: a site wants one broken page to watch `got_request_exception` with."""
    raise PrinterJammed("The voucher printer is jammed, as it always is.")

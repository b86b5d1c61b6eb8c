"""Where things are bought."""

from __future__ import annotations

from django.urls import path

from demo_site.shop import views

app_name = "shop"
urlpatterns = [
    path("", views.products, name="products"),
    path("voucher/", views.voucher, name="voucher"),
    path("orders/<slug:reference>/", views.order, name="order"),
    path("orders/<slug:reference>/cancel/", views.cancel, name="cancel"),
    path("products/<slug:slug>/", views.product, name="product"),
]

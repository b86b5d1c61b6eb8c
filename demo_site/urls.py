"""Where everything of the demo site is found."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from demo_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("demo_site.profiles.urls")),
    path("articles/", include("demo_site.articles.urls")),
    path("shop/", include("demo_site.shop.urls")),
    path("cases/", include("demo_site.cases.urls")),
    path("signals/", include("dashboard.urls")),
    path("admin/", admin.site.urls),
]

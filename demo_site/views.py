"""The front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo_site.articles.models import Article
from demo_site.shop.models import Product


def home(request: HttpRequest) -> HttpResponse:
    """Say what this site is for, and where to begin."""
    context = {
        "articles": Article.objects.all()[:3],
        "products": Product.objects.all()[:4],
    }
    return render(request, "demo_site/home.html", context)

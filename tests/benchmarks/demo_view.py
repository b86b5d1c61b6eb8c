"""The demo site with two more pages, each of which saves fifty rows."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from demo_site.articles.forms import ArticleForm
from demo_site.articles.models import Article
from demo_site.urls import urlpatterns as demo_urlpatterns

ROWS = 50


def save_forms(request: HttpRequest) -> HttpResponse:
    """Save each article as the demo's own page for editing one does: from a form, in a transaction."""
    for article in Article.objects.all()[:ROWS]:
        form = ArticleForm({"title": article.title, "body": article.body, "tags": []})
        if form.is_valid():
            with transaction.atomic():
                form.save_to(article)
    return redirect("articles:articles")


def save(request: HttpRequest) -> HttpResponse:
    """Save each article, and do nothing else: a request that is signals and their queries only."""
    for article in Article.objects.all()[:ROWS]:
        article.save()
    return redirect("articles:articles")


urlpatterns = [path("forms/", save_forms), path("saves/", save), *demo_urlpatterns]

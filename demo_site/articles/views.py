"""Articles to read, edit and comment."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from demo_site.articles import pages
from demo_site.articles.forms import ArticleForm, CommentForm
from demo_site.articles.models import Article, Comment, Tag


def articles(request: HttpRequest) -> HttpResponse:
    """List all articles, or those of one tag."""
    found = Article.objects.prefetch_related("tags")
    tag = request.GET.get("tag", "")
    if tag:
        found = found.filter(tags__name=tag)
    context = {"articles": found, "tags": Tag.objects.all(), "current": tag}
    return render(request, "demo_site/articles.html", context)


def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article's page, from the cache where it is kept."""
    shown = get_object_or_404(Article, slug=slug)
    html, is_cached = pages.page_of(shown)
    context = {
        "article": shown,
        "page": mark_safe(html),  # our own template made it, escaped
        "is_cached": is_cached,
        "form": CommentForm(),
    }
    return render(request, "demo_site/article.html", context)


@login_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an article's words and tags."""
    edited = get_object_or_404(Article, slug=slug)
    initial = {"title": edited.title, "body": edited.body, "tags": edited.tags.all()}
    form = ArticleForm(request.POST or None, initial=initial)
    if form.is_valid():
        with transaction.atomic():
            form.save_to(edited)
        return redirect(edited)
    return render(request, "demo_site/edit.html", {"article": edited, "form": form})


@login_required
@require_POST
def comment(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a visitor's comment under an article."""
    commented = get_object_or_404(Article, slug=slug)
    form = CommentForm(request.POST)
    if form.is_valid() and isinstance(request.user, User):
        text = form.cleaned_data["text"]
        Comment.objects.create(article=commented, author=request.user, text=text)
    return redirect(commented)

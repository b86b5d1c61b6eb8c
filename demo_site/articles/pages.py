"""The cache of article pages: rendered once, kept until a receiver of `post_save` or `post_delete` forgets it."""

from __future__ import annotations

from django.core.cache import cache
from django.template.loader import render_to_string

from demo_site.articles.models import Article

KEPT_S = 3600


def page_of(article: Article) -> tuple[str, bool]:
    """Return the article's HTML, and whether it came from the cache."""
    kept: str | None = cache.get(_key(article.pk))
    if kept is not None:
        return kept, True
    context = {"article": article, "comments": article.comments.select_related("author")[:20]}
    html = render_to_string("demo_site/_article.html", context)
    cache.set(_key(article.pk), html, KEPT_S)
    return html, False


def forget(article_pk: int) -> None:
    """Render the article's page anew when it is next asked for."""
    cache.delete(_key(article_pk))


def forget_all() -> None:
    """Render every page anew when it is next asked for."""
    cache.clear()


def _key(article_pk: int) -> str:
    return f"article-page-{article_pk}"

"""What happens when an article, its tags or its comments change."""

from __future__ import annotations

from django.db.models import Count
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils.text import slugify

from demo_site.articles import pages
from demo_site.articles.models import Article, Comment, Tag


@receiver(pre_save, sender=Article)
def write_slug(sender: type[Article], instance: Article, **kwargs: object) -> None:
    """Make the article's address of its title."""
    if not instance.slug:
        instance.slug = slugify(instance.title)


@receiver([post_save, post_delete], sender=Article)
def forget_page(sender: type[Article], instance: Article, **kwargs: object) -> None:
    """Forget the cached page of an article that was changed or deleted."""
    pages.forget(instance.pk)


@receiver(post_save, sender="articles.Comment")
def forget_page_of_comment(sender: type[Comment], instance: Comment, **kwargs: object) -> None:
    """Forget the cached page that a new comment belongs to."""
    pages.forget(instance.article_id)


@receiver(m2m_changed, sender=Article.tags.through)
def recount_tags(
    sender: type[object], instance: Article | Tag, action: str, **kwargs: object
) -> None:
    """Count each tag's articles, once tags were added, removed or cleared."""
    if action.startswith("post_"):
        if isinstance(instance, Article):
            pages.forget(instance.pk)
        else:  # tag.articles.add(…): the instance is the tag, from the other side.
            pages.forget_all()
        for tag in Tag.objects.annotate(counted=Count("articles")):
            if tag.article_count != tag.counted:
                Tag.objects.filter(pk=tag.pk).update(article_count=tag.counted)

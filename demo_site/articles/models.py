"""Articles, their tags and their comments."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse


class Tag(models.Model):
    """A word that articles are found by."""

    name = models.CharField(max_length=40, unique=True)
    article_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    """Something to read."""

    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True, blank=True)
    body = models.TextField()
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, related_name="articles", blank=True)
    published_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-published_at", "-pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the article's page."""
        return reverse("articles:article", args=[self.slug])


class Comment(models.Model):
    """What a visitor has to say about an article."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.CASCADE, null=True)
    text = models.CharField(max_length=300)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-written_at", "-pk")

    def __str__(self) -> str:
        return self.text

"""What visitors write."""

from __future__ import annotations

from django import forms

from demo_site.articles.models import Article, Tag


class ArticleForm(forms.Form):
    """The words and tags of an article."""

    title = forms.CharField(max_length=120)
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 12}))
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), widget=forms.CheckboxSelectMultiple, required=False
    )

    def save_to(self, article: Article) -> None:
        """Write what was filled in to the article, then its tags."""
        article.title = self.cleaned_data["title"]
        article.body = self.cleaned_data["body"]
        article.save()
        article.tags.set(self.cleaned_data["tags"])


class CommentForm(forms.Form):
    """A line under an article."""

    text = forms.CharField(max_length=300, label="Your comment")

"""What the cases act upon: an article, a tag, a basket. Taken from the site, and made where it has none."""

from __future__ import annotations

from decimal import Decimal

from demo_site.articles.models import Article, Tag
from demo_site.shop.models import Product


def some_article() -> Article:
    """Return the newest article."""
    return Article.objects.first() or Article.objects.create(title="Nothing to report", body="…")


def tag_for(article: Article) -> Tag:
    """Return a tag that the article does not have."""
    other = Tag.objects.exclude(articles=article).first()
    return other or Tag.objects.create(name=f"tag {Tag.objects.count() + 1}")


def basket(size: int = 2) -> list[tuple[Product, int]]:
    """Return so many products, one of each."""
    products = list(Product.objects.all()[:size])
    products += [
        Product.objects.create(
            name=f"Spare part {number}", slug=f"spare-{number}", price=Decimal("1.50")
        )
        for number in range(len(products), size)
    ]
    return [(product, 1) for product in products]

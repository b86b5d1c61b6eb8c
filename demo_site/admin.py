"""The site's models in Django's admin."""

from __future__ import annotations

from django.contrib import admin

from demo_site.articles.models import Article, Comment, Tag
from demo_site.profiles.models import Profile
from demo_site.shop.models import Invoice, Order, Product

admin.site.register([Profile, Article, Comment, Tag, Product, Order, Invoice])

"""What sends no signal is said, and is so."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_delete, pre_delete

import tracer
from demo_site.articles.models import Article, Tag
from demo_site.shop.models import Product
from tracer.diagnosis import unsent

MODELS = "django.db.models.signals."


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("pre_save", "`bulk_create`, `bulk_update` and `QuerySet.update` send no pre_save."),
        ("post_save", "`bulk_create`, `bulk_update` and `QuerySet.update` send no post_save."),
        ("post_delete", "`QuerySet._raw_delete` sends no post_delete."),
        ("m2m_changed", "`add()` sends no m2m_changed while nothing receives it"),
        ("post_init", "post_init is muted by default"),
    ],
)
def test_what_sends_no_such_signal_is_said(signal: str, said: str) -> None:
    assert said in " ".join(unsent(MODELS + signal))


def test_of_other_signals_there_is_nothing_to_say() -> None:
    assert unsent("demo_site.shop.signals.order_placed") == ()
    assert unsent("demo_site.shop.signals.post_save") == ()
    assert unsent("django.core.signals.request_started", None) == ()


def test_model_without_relatives_by_inheritance_adds_nothing_to_it() -> None:
    assert unsent(f"{MODELS}post_save", "shop.Product") == unsent(f"{MODELS}post_save")
    assert unsent(f"{MODELS}post_save", "nobody.Knows") == unsent(f"{MODELS}post_save")


def test_model_that_a_field_made_sends_none() -> None:
    (said,) = [
        each
        for each in unsent(f"{MODELS}post_save", "articles.Article_tags")
        if "ManyToManyField" in each
    ]
    assert "`m2m_changed`" in said


@pytest.mark.django_db
def test_it_is_so_of_bulk_operations_and_raw_deletes() -> None:
    with tracer.capture("sender:shop.Product") as dispatches:
        (product,) = Product.objects.bulk_create([Product(name="a", slug="a", price=1)])
        Product.objects.update(price=2)
        product.price = 3
        Product.objects.bulk_update([product], ["price"])
        Product.objects.all()._raw_delete(using="default")
    assert dispatches == []


@pytest.mark.django_db
def test_it_is_so_of_fast_deletes() -> None:
    for signal in (pre_delete, post_delete):
        assert not signal.has_listeners(Tag.articles.through)
    article = Article.objects.create(title="a", body="a")
    article.tags.add(Tag.objects.create(name="a"))
    with tracer.capture("signal:pre_delete,post_delete") as dispatches:
        article.delete()
    assert {dispatch.sender for dispatch in dispatches} == {"articles.Article"}


@pytest.mark.django_db
def test_it_is_so_of_m2m_changed_while_nobody_listens() -> None:
    user = User.objects.create(username="a")
    from django.contrib.auth.models import Group

    group = Group.objects.create(name="a")
    assert not m2m_changed.has_listeners(User.groups.through)
    with tracer.capture("signal:m2m_changed") as dispatches:
        user.groups.add(group)
        assert user.groups.count() == 1
        user.groups.remove(group)
        user.groups.clear()
    actions = [dispatch.arguments["action"] for dispatch in dispatches]
    assert actions == ["pre_remove", "post_remove", "pre_clear", "post_clear"]

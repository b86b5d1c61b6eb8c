"""The site's pages: what they do, and what they must not hold."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

import tracer
from demo_site import seed
from demo_site.articles.models import Article, Comment, Tag
from demo_site.shop.models import Order, Product
from tests.demo_site.conftest import receivers

PASSWORD = "signalbox1"
PAGES = [
    "/",
    "/accounts/signup/",
    "/accounts/login/",
    "/accounts/profile/",
    "/articles/",
    "/articles/?tag=history",
    "/articles/how-a-signal-box-works/",
    "/articles/how-a-signal-box-works/edit/",
    "/shop/",
    "/shop/products/tea-mug/",
    "/cases/",
]


@pytest.fixture
def visitor(sown: None, client: Client) -> Client:
    """Return a client that signed up through the form."""
    fields = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", fields).status_code == 302
    return client


@pytest.mark.parametrize("path", PAGES)
def test_page_works_under_a_strict_policy(visitor: Client, path: str) -> None:
    response = visitor.get(path)
    assert response.status_code == 200
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", response.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', response.text)


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_for_nothing_by_itself(visitor: Client, path: str) -> None:
    assert not re.search(r"hx-trigger|http-equiv|<iframe", visitor.get(path).text)


@pytest.mark.parametrize("path", PAGES)
def test_page_has_a_title_an_icon_and_a_way_to_the_signals(visitor: Client, path: str) -> None:
    text = visitor.get(path).text
    assert re.search(r"<title>[^<]+</title>", text)
    assert 'rel="icon"' in text
    assert 'href="/signals/"' in text


def test_models_and_migrations_agree(db: None) -> None:
    # Only the demo's own: other tests define models of their own beside them.
    apps = ("articles", "mishaps", "profiles", "shop")
    call_command("makemigrations", *apps, check=True, dry_run=True, verbosity=0)


def test_sign_up_form_nests_the_profile_and_logs_in(sown: None, client: Client) -> None:
    fields = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}
    with tracer.capture("sender:auth.User,profiles.Profile") as dispatches:
        client.post("/accounts/signup/", fields)
    created = next(d for d in dispatches if d.arguments.get("created") is True)
    assert receivers(created) == ["create_user_profile", "save_user_profile"]
    assert created.origin == "POST /accounts/signup/"
    assert client.get("/accounts/profile/").status_code == 200


def test_deleted_account_is_gone(visitor: Client) -> None:
    visitor.post("/accounts/profile/delete/")
    assert not User.objects.exists()
    assert visitor.get("/accounts/profile/").status_code == 302


def test_profile_is_saved(visitor: Client) -> None:
    visitor.post("/accounts/profile/", {"about": "Collects levers."})
    assert "Collects levers." in visitor.get("/accounts/profile/").text


def is_cached(client: Client, article: Article) -> bool:
    return "came from the cache" in client.get(article.get_absolute_url()).text


def test_article_is_cached_until_it_is_saved(sown: None, client: Client) -> None:
    article = Article.objects.latest("pk")
    assert not is_cached(client, article)
    assert is_cached(client, article)
    article.save()
    assert not is_cached(client, article)


def test_article_is_cached_until_its_tags_change_from_either_side(
    sown: None, client: Client
) -> None:
    article = Article.objects.latest("pk")
    is_cached(client, article)
    article.tags.add(Tag.objects.create(name="new"))
    assert not is_cached(client, article)
    Tag.objects.get(name="new").articles.clear()
    assert not is_cached(client, article)


def test_comment_stands_under_its_article_at_once(visitor: Client) -> None:
    article = Article.objects.latest("pk")
    is_cached(visitor, article)
    visitor.post(f"{article.get_absolute_url()}comment/", {"text": "<em>Indeed</em>"})
    assert "&lt;em&gt;Indeed&lt;/em&gt;" in visitor.get(article.get_absolute_url()).text
    assert Comment.objects.get().author.get_username() == "ada"


def test_edited_article_has_its_new_words_and_tags(visitor: Client) -> None:
    article = Article.objects.latest("pk")
    tag = Tag.objects.exclude(articles=article)[0]
    fields = {"title": "Other", "body": "Words", "tags": [tag.pk]}
    visitor.post(f"{article.get_absolute_url()}edit/", fields)
    article.refresh_from_db()
    assert (article.title, article.body, list(article.tags.all())) == ("Other", "Words", [tag])
    tag.refresh_from_db()
    assert tag.article_count == tag.articles.count()


def test_article_is_not_edited_by_strangers(sown: None, client: Client) -> None:
    response = client.post("/articles/how-a-signal-box-works/edit/", {"title": "x", "body": "x"})
    assert response.status_code == 302
    assert not Article.objects.filter(title="x").exists()


def test_order_is_placed_picked_and_cancelled(sown: None, client: Client) -> None:
    fields = {"quantity": 2, "card": "good", "delivery": "post"}
    with tracer.capture("signal:order_placed,line_picked") as dispatches:
        response = client.post("/shop/products/tea-mug/", fields, follow=True)
    assert [dispatch.signal.rpartition(".")[2] for dispatch in dispatches] == [
        "order_placed",
        "line_picked",
    ]
    assert "£19.00" in response.text
    assert Product.objects.get(slug="tea-mug").reserved == 2
    order = Order.objects.get()
    assert "Cancelled" in client.post(f"{order.get_absolute_url()}cancel/", follow=True).text


def test_declined_card_orders_nothing_and_says_so(sown: None, client: Client) -> None:
    fields = {"quantity": 1, "card": "declined", "delivery": "post"}
    response = client.post("/shop/products/tea-mug/", fields)
    assert "The bank declined this card." in response.text
    assert not Order.objects.exists()


def test_sowing_twice_is_sowing_once(sown: None) -> None:
    before = Article.objects.count(), Product.objects.count(), Tag.objects.count()
    cache.clear()
    seed.sow()
    assert before == (Article.objects.count(), Product.objects.count(), Tag.objects.count())


def test_sowing_sends_home_earlier_visitors_and_keeps_the_others(sown: None) -> None:
    User.objects.create_user("visitor-abc")
    User.objects.create_user("ada")
    seed.sow()
    assert [user.username for user in User.objects.all()] == ["ada"]


def test_admin_is_made_and_gets_a_new_password_each_time(db: None) -> None:
    for password in ("first", "second"):
        seed.refresh_admin(password)
        admin = User.objects.get(username="admin")
        assert admin.check_password(password)
        assert admin.is_superuser

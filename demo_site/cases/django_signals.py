"""The cases of the signals that Django itself sends."""

from __future__ import annotations

import secrets
import time

from django.contrib.auth.models import User
from django.db import transaction

from demo_site.articles.models import Article, Comment
from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket, some_article, tag_for
from demo_site.failures import PrinterJammed, TrainLeft
from demo_site.shop.checkout import make_order
from demo_site.shop.models import Order, Product
from demo_site.visitor import VISITOR_PREFIX

SHUT_AFTER_S = 1.0


def request() -> str:
    """Leave it at the request."""
    return "The request was answered."


def fail() -> str:
    """Raise what nobody catches."""
    raise PrinterJammed("This case fails on purpose. Go back, and look at the signals.")


def init() -> str:
    """Make an instance, which is never saved."""
    product = Product(name="Nothing yet")
    return f"An instance of {product._meta.label} was made, and forgotten."


def save() -> str:
    """Save an article as it is."""
    article = some_article()
    article.save()
    return f"“{article}” was saved."


def rolled_back(waits_s: float = SHUT_AFTER_S) -> str:
    """Make an order in a transaction that stays open for a while and does not come to its end."""
    try:
        with transaction.atomic():
            order = make_order(basket())
            time.sleep(waits_s)
            raise TrainLeft(f"Order {order} came too late.")
    except TrainLeft as error:
        return f"{error} There is no such order: {Order.objects.count()} others."


def half_rolled_back() -> str:
    """Make two orders in a transaction, of which one is taken back."""
    with transaction.atomic():
        kept = make_order(basket())
        lost = rolled_back(waits_s=0)
    return f"Order {kept} stays. {lost}"


def delete() -> str:
    """Make an article with comments, and delete it."""
    article = Article.objects.create(title=f"Short life {secrets.token_hex(3)}", body="…")
    Comment.objects.bulk_create(Comment(article=article, text=f"{n}!") for n in (1, 2, 3))
    article.delete()
    return f"“{article}” was made and deleted, with three comments."


def tag() -> str:
    """Put a tag on an article and take it off again."""
    article = some_article()
    added = tag_for(article)
    article.tags.add(added)
    article.tags.remove(added)
    return f"“{added}” was put on “{article}” and taken off."


def sign_up() -> str:
    """Make a user, as the form does."""
    name = f"{VISITOR_PREFIX}{secrets.token_hex(3)}"
    with transaction.atomic():
        user = User.objects.create_user(name, password=secrets.token_hex(8))
    return f"{user} signed up, and has a profile."


GROUP = Group(
    "django",
    "Django’s own signals",
    (
        Case(
            slug="sign-up",
            title="A user and their profile",
            does="Makes a user. Receivers of `post_save` make the profile and save it.",
            look="`post_save` of `auth.User` has two receivers. Under it stand two pairs of `pre_save` and "
            "`post_save` of `profiles.Profile`, one for each receiver.",
            filter="sender:auth.User,profiles.Profile",
            run=sign_up,
            button="Sign somebody up",
        ),
        Case(
            slug="save",
            title="A save",
            does="Saves an article that is already there.",
            look="`pre_save`, in which `write_slug` runs, then `post_save` with `created` False, in which "
            "`forget_page` runs.",
            filter="signal:pre_save,post_save sender:articles.Article",
            run=save,
            button="Save",
        ),
        Case(
            slug="rollback",
            title="Sent, then rolled back",
            does="Saves an order in a transaction that stays open for a second and is then rolled back.",
            look="`post_save` of `shop.Order` with `created` True, received by `remember_order`, for an "
            "order that does not exist: the row's mark `tx open` turns into `rollback`.",
            filter="signal:post_save sender:shop.Order",
            run=rolled_back,
            button="Order too late",
        ),
        Case(
            slug="savepoint",
            title="Half of it rolled back",
            does="Saves two orders in a transaction; the second in a savepoint that is rolled back.",
            look="`post_save` of `shop.Order` twice: one marked `tx`, which was committed, the other "
            "`rollback`. `is:rolled-back` finds the one, `is:committed` the other.",
            filter="signal:post_save sender:shop.Order",
            run=half_rolled_back,
            button="Order twice",
        ),
        Case(
            slug="delete",
            title="A delete that cascades",
            does="Makes an article with three comments, and deletes it.",
            look="One `pre_delete`, which nobody receives, and one `post_delete`. None for the comments: "
            "nobody listens for them, so one query deletes all three.",
            filter="signal:pre_delete,post_delete",
            run=delete,
            button="Make and delete",
        ),
        Case(
            slug="m2m",
            title="A many-to-many change",
            does="Puts a tag on an article and takes it off again.",
            look="`m2m_changed` four times, with action `pre_add`, `post_add`, `pre_remove` and `post_remove`; "
            "`recount_tags` receives them all.",
            filter="signal:m2m_changed",
            run=tag,
            button="Tag",
        ),
        Case(
            slug="init",
            title="An instance",
            does="Makes an instance of a model without saving it.",
            look="Nothing at first: `pre_init` and `post_init` are muted. Unmute them in the registry, "
            "press again, and both stand there, unheard.",
            filter="signal:pre_init,post_init sender:shop.Product",
            run=init,
            button="Make an instance",
        ),
        Case(
            slug="request",
            title="A request",
            does="Answers this button’s request, and does nothing else.",
            look="`request_started`, then `request_finished`, sent by the handler and received by "
            "Django’s own housekeeping.",
            filter="signal:request_started,request_finished origin:/cases/request/",
            run=request,
            button="Ask",
        ),
        Case(
            slug="exception",
            title="A request that fails",
            does="Raises an exception that nobody catches. Django answers with its error page.",
            look="`got_request_exception` between `request_started` and `request_finished`. Nobody "
            "receives it.",
            filter="signal:got_request_exception",
            run=fail,
            button="Fail",
            leaves_page=True,
        ),
    ),
)

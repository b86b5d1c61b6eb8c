"""What a new demo site holds: a few articles, tags and products. Written once, and tidied at each start."""

from __future__ import annotations

from decimal import Decimal

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify

from demo_site.articles.models import Article, Tag
from demo_site.shop.models import Order, Product
from demo_site.visitor import VISITOR_PREFIX

KEPT_ORDERS = 200

ARTICLES = [
    (
        "How a signal box works",
        ["signalling", "history"],
        (
            "From the box beside the line one person could see every train, and every train could see "
            "the arm on the post. A lever moved a wire, the wire moved the arm, and a bell told the "
            "next box what was coming.\n\nNothing was sent twice and nothing was forgotten: each "
            "movement stood in the register, with the minute it happened."
        ),
    ),
    (
        "The bell code, and who listens",
        ["signalling"],
        (
            "Three beats, a pause, one beat: is the line clear for a stopping train? The box that "
            "rings does not ask who hears it. It rings, and whoever is connected answers.\n\nA box "
            "that was closed for the night heard nothing, and nobody noticed until the morning."
        ),
    ),
    (
        "Why the 14:05 was late",
        ["stories"],
        (
            "The guard waited for the parcel, the parcel waited for the clerk, and the clerk waited "
            "for an answer by telegraph. Each did his part at once and in good order.\n\nWaiting in "
            "a row is how a minute becomes an hour."
        ),
    ),
    (
        "Interlocking: what must not happen",
        ["signalling", "engineering"],
        (
            "A lever that would let two trains meet cannot be pulled. Steel bars under the floor slide "
            "past each other, and where they do not fit, nothing moves.\n\nIt is the oldest kind of "
            "check: one that is there before the mistake."
        ),
    ),
    (
        "A timetable is a promise",
        ["stories", "history"],
        (
            "Before there were timetables there was no such thing as being late. The printed page "
            "made the minute matter, and the station clock made it the same minute everywhere."
        ),
    ),
    (
        "Painting a semaphore arm",
        ["engineering"],
        (
            "Red with a white stripe for stop, yellow with a black chevron for caution. Two coats of "
            "each, and patience.\n\nThe back is white with black, because drivers coming the other "
            "way have no business with it."
        ),
    ),
]

PRODUCTS = [
    ("Brass hand lamp", "Red, green and clear, by turning the top.", "64.00"),
    ("Enamel sign", "Says Mind the step. Heavier than it looks.", "38.50"),
    ("Guard’s whistle", "Heard at the far end of any platform.", "12.00"),
    ("Pocket timetable", "Last year’s, as good as new.", "4.80"),
    ("Tea mug", "Holds one change of trains.", "9.50"),
    ("Model semaphore", "Works. The wire is included.", "27.00"),
    ("Ticket punch", "Makes a hole the shape of a star.", "18.20"),
    ("Station clock", "One minute fast, like the first one.", "145.00"),
    ("Signal flag pair", "Cotton, sewn, one red and one green.", "16.40"),
    ("Lever collar", "Reminds you not to pull it.", "7.60"),
    ("Register book", "Two hundred ruled pages, bound in green.", "22.00"),
    ("Bell, single stroke", "For a desk or a door.", "31.90"),
]


def refresh_admin(password: str) -> None:
    """Make the superuser `admin`, or give the one there is this password."""
    admin = User.objects.filter(username="admin").first()
    if admin is None:
        User.objects.create_superuser("admin", password=password)
    else:
        admin.is_staff = admin.is_superuser = admin.is_active = True
        admin.set_password(password)
        admin.save()


@transaction.atomic
def sow() -> None:
    """Write the articles and products that are not there yet, and drop what earlier visitors left."""
    author = User.objects.filter(username="admin").first()
    for title, tags, body in reversed(ARTICLES):
        if Article.objects.filter(title=title).exists():
            continue
        article = Article.objects.create(title=title, body=body, author=author)
        article.tags.set(Tag.objects.get_or_create(name=name)[0] for name in tags)
    for name, description, price in PRODUCTS:
        defaults = {"name": name, "description": description, "price": Decimal(price)}
        Product.objects.get_or_create(slug=slugify(name), defaults=defaults)
    User.objects.filter(username__startswith=VISITOR_PREFIX).delete()
    kept = Order.objects.values_list("pk", flat=True)[:KEPT_ORDERS]
    Order.objects.exclude(pk__in=list(kept)).delete()
    for model in apps.get_app_config("mishaps").get_models():
        model._default_manager.all().delete()

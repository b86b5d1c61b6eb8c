"""Template filters and tags of the page. Owns nothing: most are functions of wording.py or prose.py."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

from dashboard import prose, queries, wording

register = template.Library()

register.filter("visible", wording.visible)
register.filter("visible_source", wording.visible_source)
register.filter("dom_id", wording.dom_id)
register.filter("family", wording.family)
register.filter("short", wording.short)
register.filter("took", wording.took)
register.filter("clock", wording.clock)
register.filter("clock_time", wording.clock_time)
register.filter("when_time", wording.when_time)
register.filter("size", wording.size)
register.filter("full_time", wording.full_time)
register.filter("count", wording.count)
register.filter("short_place", wording.short_place)
register.filter("function_of", wording.function_of)
register.filter("ordinal", wording.ordinal)
register.filter("trace_id", wording.trace_id)
register.filter("shape", wording.shape)
register.filter("transaction", lambda outcome: wording.transaction(outcome)[2])
register.filter("is_n_plus_one", queries.is_n_plus_one)
register.filter("has_n_plus_one", queries.has_n_plus_one)
register.filter("prose", prose.prose)
register.filter("pieces", prose.pieces)
register.filter("breakable", prose.breakable)


@register.simple_tag(takes_context=True)
def nonce(context: template.Context) -> str:
    """Return the attribute of a script or stylesheet that a policy of nonces asks for; nothing without one."""
    given = context.get("csp_nonce")
    return "" if given is None else format_html(' nonce="{}"', given)

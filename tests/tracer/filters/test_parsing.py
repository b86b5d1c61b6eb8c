"""How a filter's text is read, and what is said about one that does not parse."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from tests.tracer.filters import any_text, dispatch, parsed
from tracer.exceptions import FilterError
from tracer.filters import FIELDS, FLAGS, SIGNS, Filter


def error_of(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        Filter.parse(text)
    return caught.value


def test_terms_say_where_they_stand_and_what_they_are():
    text = '  -signal:pre_init,post_init  "payment failed" '
    first, second = Filter.parse(text).terms
    assert (first.field, first.is_negated, first.text) == (
        "signal",
        True,
        "-signal:pre_init,post_init",
    )
    assert [value.text for value in first.values] == ["pre_init", "post_init"]
    assert text[first.start : first.end] == first.text
    assert [text[value.start : value.end] for value in first.values] == ["pre_init", "post_init"]
    assert (second.field, second.is_negated, second.text) == (None, False, '"payment failed"')


@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_empty_text_matches_all(text):
    assert Filter.parse(text).matches(dispatch())
    assert Filter.parse(text) == Filter()


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_example_of_each_field_parses_as_it_stands(field):
    (term,) = Filter.parse(field.example).terms
    assert term.field == field.name
    assert str(term) == field.example


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.what)
def test_example_of_each_sign_parses(sign):
    assert str(Filter.parse(sign.example)) == sign.example


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_each_flag_parses(flag):
    assert Filter.parse(f"is:{flag.name}").terms


def test_offers_of_each_field_parse():
    for field in FIELDS:
        for offer in field.offers:
            assert Filter.parse(f"{field.name}:{offer}").terms


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  a   b ", "a b"),
        ("Signal:post_save", "signal:post_save"),
        ('signal:"post_save"', "signal:post_save"),
        ('"payment failed"', '"payment failed"'),
        ('"a*b"', '"a*b"'),
        ('"-a"', '"-a"'),
        ("--a", '-"-a"'),
        ('"a:b"', '"a:b"'),
        ("views.py:31", "views.py:31"),
        ('site:"/srv/app.py:3 f"', 'site:"/srv/app.py:3 f"'),
        ('site:"/srv/app.py:3"', 'site:"/srv/app.py:3"'),
        ('origin:"/checkout/"', "origin:/checkout/"),
        ('"a\\"b\\\\c\\d"', r'"a\"b\\c\\d"'),
        ('arg:instance="auth.User #3"', 'arg:instance="auth.User #3"'),
        ('arg:"created"=True', "arg:created=True"),
        ('arg:"a=b"=c=d', 'arg:"a=b"=c=d'),
        ('arg:name=""', 'arg:name=""'),
        ("arg:created=*", "arg:created"),
        ('site:a,"error:3"', 'site:a,"error:3"'),
        ('site:"x:3"', "site:x:3"),
        ("/a{1,2} b/,c", "/a{1,2} b/,c"),
        (r"/a\/b/", r"/a\/b/"),
    ],
)
def test_text_in_its_plainest_form(text, canonical):
    assert str(Filter.parse(text)) == canonical
    assert Filter.parse(canonical) == Filter.parse(text)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("sgnal:x", "sgnal", 'Did you mean "signal"?'),
        ("a http://b", "http", "put it in quotes"),
        ("is:eror", "eror", 'Did you mean "error"?'),
        ("is:xxxxx", "xxxxx", "Known are async, committed"),
        ("is:root,/error/", "/error/", "There is no flag"),
        ("method:sned", "sned", 'Did you mean "send"?'),
        ("signal:", ":", "such as signal:post_save"),
        ("signal: x", ":", "such as signal:post_save"),
        ("a,", ",", "either side of the comma"),
        ("signal:a,sender:b", ",sender:", "a space instead of the comma"),
        ("a,is:root", ",is:", "a space instead of the comma"),
        ("a,,b", ",", "either side of the comma"),
        (",", ",", "either side of the comma"),
        ("x - y", "-", "-is:unheard"),
        ('"a b', '"a b', "closing quote"),
        ('""', '""', "between the quotes"),
        ('signal:""', '""', "between the quotes"),
        ('"a"b', "b", "a space or a comma before"),
        ("/a b", "/a b", "closing slash"),
        ("//", "//", "between the slashes"),
        ("/checkout/42", "42", "A path stands in quotes"),
        ("took:>fast", ">fast", 'a duration such as 50ms, >1.5s or 10..50ms, got ">fast"'),
        ("took:5h", "5h", "a duration"),
        ("took:1,2x", "2x", "a duration"),
        ("took:/5/", "/5/", "a duration"),
        ("took:5..", "5..", "a duration"),
        ("took:1s..5ms", "1s..5ms", "the smaller end of the range first"),
        ("depth:1.5", "1.5", "a whole number"),
        ("receivers:2ms", "2ms", "a whole number"),
        ("queries:9..1", "9..1", "the smaller end"),
        ("after:25:00", "25:00", "a time such as 14:05"),
        ("before:/14:05/", "/14:05/", "a time such as 14:05"),
        ("before:0001-01-01T00:00+23:59", "0001-01-01T00:00+23:59", "a time such as"),
        ("arg:=1", "=", "the name of an argument"),
        ("arg:a=", "=", 'empty text is ""'),
        ('arg:"a"b', "b", "a space or a comma before"),
    ],
)
def test_error_is_shown_at_its_place_with_what_would_be_right(text, place, says):
    error = error_of(text)
    assert text[error.start : error.end] == place
    assert says in error.message


def test_filter_of_more_than_two_thousand_characters_is_refused():
    assert Filter.parse("a" * 2_000).terms
    error = error_of("a" * 2_001)
    assert (error.start, error.end) == (2_000, 2_001)


def test_message_with_a_lone_surrogate_can_be_sent():
    assert error_of("took:\ud800").message.encode()


@given(text=any_text)
@example(text='arg:"=')
@example(text="after:2026-01-01T25:00")
@example(text="a,-")
def test_nothing_but_a_filter_error_is_raised(text):
    found = parsed(text)
    if isinstance(found, FilterError):
        assert 0 <= found.start < found.end <= len(text)
        assert found.message.encode().endswith((b".", b"?"))
    else:
        assert Filter.parse(str(found)) == found
        assert str(Filter.parse(str(found))) == str(found)
        found.matches(dispatch())

"""What in a text is a credential by its form, whatever its name. Pure; runs on the recorder's thread; never raises."""

from __future__ import annotations

import re

MASK = "••••••"

NAMES = re.compile(
    r"cookie|credential|passw|passphrase|pwd|secret|csrf|xsrf|session_?id|jwt|bearer|otp\b|\bcvv|\bpin\b",
    re.IGNORECASE,
)
"""Names whose values are masked besides those that Django calls sensitive."""

SHORTEST = 8
"""Characters; no shorter text has one of the forms."""
_HINT = re.compile(r"[:=$_.-]|A[KS]IA|AIza|EAAC|dapi|(?:[Bb]earer|[Bb]asic) ").search
"""What stands in each of the forms below; most texts have none of it, and are not looked at again."""

_NAME = (
    r"(?:(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|signature|authorization|cookie"
    r"|session_?id|csrf|xsrf|jwt|api_?key|(?:access|private|signing|encryption|session|account)[_-]?key)[\w.-]{0,30}"
    r"|\b(?:pass|auth|key|sig|otp|pin|cvv))"
)
_VALUE = r"""(?:(?:basic|bearer|digest|token|apikey)\s+)?(?:"[^"]*"?|'[^']*'?|[^\s&;,"'})\]]+)"""
_FORMS = re.compile(
    rf"""
    # https://user:password@host; what was cut off has no @ any more. A port is no password.
    (?P<user> :// [^\s/:@]{{0,100}} : ) (?! \d+ (?: [/?\#\s] | \Z ) ) (?: \S+ (?= @ ) | \S+ \Z )
  | (?P<alone> :// ) [^\s/:@]{{16,}} (?= @ )
  | (?P<name> {_NAME} ["']? \s* [=:]{{1,2}} \s* ) {_VALUE}
  | (?P<scheme> \b (?: basic | bearer ) \s+ ) [\w+/=~.-]{{8,}}
  | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY.*
  | \b ey[JI][\w-]{{8,}} \. [\w-]{{4,}} (?: \. [\w-]* )*
  | \b (?: gh[pousr]_ | github_pat_ | glpat- | xox[a-z]- | xapp- | [srpw]k_(?:live|test)_ | whsec_ | sk- | npm_ | pypi-
         | hf_ | dop_v1_ | ya29\. | AIza | SG\. | EAAC | shp(?:at|ss)_ | sq0 | lin_api_ | dapi ) [\w.-]{{12,}}
  | \b A[KS]IA [0-9A-Z]{{16}} \b
  | (?: \b (?: pbkdf2_\w+ | argon2\w* | bcrypt\w* | scrypt | md5 | sha1 ) | \$ (?: 2[abxy] | 5 | 6 | argon2\w* | y ) )
        \$ \S{{8,}}
    # A link that resets a password, and what django.core.signing signed.
  | \b [0-9a-z]{{6,7}} - [0-9a-f]{{20,64}} \b
  | \b [\w-]{{2,64}} : [\w-]{{6}} : [\w-]{{27,64}}
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def masked(text: str) -> str:
    """Return the text with `••••••` for each credential that its form gives away; the very text where there is none."""
    if len(text) < SHORTEST or _HINT(text) is None:
        return text
    return _FORMS.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    kept = found["user"] or found["alone"] or found["name"] or found["scheme"] or ""
    return kept + MASK

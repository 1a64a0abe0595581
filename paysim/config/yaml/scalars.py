"""What an unquoted YAML scalar means: the core schema of YAML 1.2 (section 10.3.2), and what a duration in text does.

PyYAML's own rules are those of YAML 1.1, where `17:00` is the number 1020, `010` is 8, `NO` is false and `1e3` is
text. Times stay text here; the schema knows which keys hold one.
"""

import re

Plain = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DURATION = re.compile("".join(rf"(?:(\d+(?:\.\d+)?){unit})?" for unit in ("d", "h", "m", "s", "ms")), re.ASCII)
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Python refuses to read longer decimal integers; no setting is near it.
_MAX_DIGITS = 1000


def resolve(text: str) -> Plain:
    """The value of an unquoted scalar; never a mapping or a list, whatever the text looks like."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _MAX_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _OTHER_BASE.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return float(text.replace("_", ""))
        if _INFINITE.fullmatch(text):
            return float(text.lower().replace(".", ""))
    return text


def seconds(text: str) -> float | None:
    """The seconds of a duration such as `30s`, `5m` or `1h30m`, with units d, h, m, s, ms; None where it is none."""
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        return None
    return sum(float(figure) * unit for figure, unit in zip(match.groups(), _UNITS, strict=True) if figure)

"""The tables of options and of names in docs/SIMULATOR-GUIDE.md, made of the schema and the registries."""

from pathlib import Path

from paysim.config.reload import Change
from paysim.config.yaml.messages import allowed
from paysim.contract.countries import COUNTRIES
from paysim.contract.fields import DETAILS, details_of
from paysim.contract.labels import SCENARIOS
from paysim.contract.methods import PAYMENT_METHODS

from .options import Option, options

PATH = Path("docs/SIMULATOR-GUIDE.md")
BEGIN = "<!-- reference: begin (python -m paysim.config.documents) -->"
END = "<!-- reference: end -->"
NAMES_BEGIN = "<!-- names: begin (the same command) -->"
NAMES_END = "<!-- names: end -->"
_LONGEST = 60


def table() -> str:
    """Every option that is no section, as Markdown."""
    lines = ["| option | default | allowed | reload | meaning |", "| --- | --- | --- | --- | --- |"]
    for option in options():
        if not option.is_section:
            lines.append(_row(option, _with_items(option)))
            lines += [_row(item) for item in option.items]
    return "\n".join(lines)


def _with_items(option: Option) -> str | None:
    """What an option takes that has options of its own."""
    if not option.items:
        return None
    return "null, or the keys below" if option.default == "null" else "a list of mappings with the keys below"


def _row(option: Option, what: str | None = None) -> str:
    key = ".".join(option.keys)
    shown = (option.default or "").strip('"')
    default = f"`{shown}`" if shown else "needed"
    live = "yes" if Change(key, None, None).live and "[]" not in key else ""
    cells = (f"`{key}`", default, what or _short(allowed(option.annotation)), live, option.meaning)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _short(what: str) -> str:
    """Long lists of names stand in the text."""
    head, _, names = what.partition(" with any of the keys ")
    return f"{head}: {names}" if names and len(names) <= _LONGEST else head if names else what


def names() -> str:
    """What weights may be given to, from the registries: payment methods, countries and scenarios, as Markdown."""
    lines = ["| payment method | default share | `payment_details` |", "| --- | --- | --- |"]
    for name, method in PAYMENT_METHODS.items():
        below = ", ".join(path.removeprefix(f"{DETAILS}.") for path in details_of(name))
        lines.append(f"| `{name}` | {method.weight:g} | {below} |")
    lines += ["", "| country | default share |", "| --- | --- |"]
    weights: dict[float, list[str]] = {}
    for code, country in COUNTRIES.items():
        weights.setdefault(country.weight, []).append(f"`{code}`")
    lines += [f"| {', '.join(codes)} | {weight:g} |" for weight, codes in weights.items()]
    lines += ["", "| scenario (`violations`) | what is wrong | its body breaks the contract |", "| --- | --- | --- |"]
    for name, scenario in SCENARIOS.items():
        lines.append(f"| `{name}` | {scenario.about} | {'yes' if scenario.breaks_contract else ''} |")
    return "\n".join(lines)


def inserted(guide: str) -> str:
    """The guide with the tables of now between their marks."""
    guide = _between(guide, BEGIN, END, table())
    return _between(guide, NAMES_BEGIN, NAMES_END, names())


def _between(text: str, begin: str, end: str, inner: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{inner}\n\n{end}{after}"

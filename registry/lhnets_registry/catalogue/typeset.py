"""Text of strangers as safe HTML: LaTeX as MathML, Markdown without HTML, numbers and units as
physicists write them.

Everything here returns `Markup` that was made by escaping, or by building elements from an
allow-list: latex2mathml puts what stands in ``\\text`` into its output unescaped and turns
``\\href`` and ``\\style`` into attributes.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from latex2mathml import converter, exceptions
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from lhnets.errors import Error
from lhnets_registry.catalogue.particles import is_process, process_latex

_ELEMENTS = frozenset(
    {
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "mover",
        "munder",
        "munderover",
    }
    | {"mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mtable", "mtr", "mtd"}
)
_ATTRIBUTES = frozenset(
    {
        "display",
        "stretchy",
        "mathvariant",
        "width",
        "displaystyle",
        "scriptlevel",
        "fence",
        "separator",
        "form",
    }
    | {
        "accent",
        "accentunder",
        "largeop",
        "linethickness",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
        "movablelimits",
    }
)
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_PLAIN_VALUE = re.compile(r"^[A-Za-z0-9.%+-]{0,20}$")
_LONGEST_LATEX = 400
_DEEPEST = 40
_SCHEMES = frozenset({"http", "https", "mailto"})
_FAILURES: tuple[type[Exception], ...] = (
    *(e for e in vars(exceptions).values() if isinstance(e, type) and issubclass(e, Exception)),
    ElementTree.ParseError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What latex2mathml and the reading of its output raise for LaTeX that they do not understand."""
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class TypesettingError(Error, ValueError):
    """LaTeX that cannot be typeset."""


@functools.lru_cache(maxsize=4096)
def math_of(latex: str) -> Markup:
    """LaTeX as MathML; what cannot be typeset is shown as it stands."""
    try:
        return _mathml(latex)
    except TypesettingError:
        return Markup('<code class="latex">{}</code>').format(latex)


def symbol(latex: str, name: str) -> Markup:
    """The symbol of an input or output; its name where it has none."""
    return math_of(latex) if latex else Markup('<i class="name">{}</i>').format(name)


def processes(subject: str) -> list[Markup]:
    """A process with its alternatives in MathML; the subject as text where it is none."""
    if not is_process(subject):
        return [escape(subject)]
    return [math_of(process_latex(alternative)) for alternative in subject.split(" | ")]


@functools.cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    parser.disable(["image", "html_block", "html_inline", "autolink"])
    parser.validateLink = _link_is_safe  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    return parser


def prose(text: str) -> Markup:
    """Text of a card as Markdown: no raw HTML, no images, links to http, https and mailto only."""
    return Markup(_markdown().render(text))


def _link_is_safe(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return str(renderer.renderToken(tokens, index, options, {}))


def _mathml(latex: str) -> Markup:
    if len(latex) > _LONGEST_LATEX or max(_depths(latex)) > _DEEPEST:
        raise TypesettingError(
            f"the LaTeX is longer than {_LONGEST_LATEX} characters or nested too deeply"
        )
    try:
        root = ElementTree.fromstring(converter.convert(latex))
    except _FAILURES as error:
        raise TypesettingError(f"{latex!r} cannot be typeset: {error}") from error
    return _element(root)


def _depths(latex: str) -> list[int]:
    depth, depths = 0, [0]
    for character in latex:
        depth += (character in "{[(^_\\") - (character in "}])")
        depths.append(depth if character in "{[(" else 0)
    return depths


def _element(element: ElementTree.Element) -> Markup:
    """One element and what is in it, built anew from what is allowed."""
    name = element.tag.removeprefix(_NAMESPACE)
    if name not in _ELEMENTS or set(element.attrib) - _ATTRIBUTES:
        raise TypesettingError(f"<{name}> with {sorted(element.attrib)} is not a plain formula")
    if not all(_PLAIN_VALUE.match(value) for value in element.attrib.values()):
        raise TypesettingError(f"<{name}> has an attribute that is not a plain value")
    attributes = Markup("").join(
        Markup(' {}="{}"').format(k, v) for k, v in sorted(element.attrib.items())
    )
    inside = escape(element.text or "") + Markup("").join(
        _element(e) + escape(e.tail or "") for e in element
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), attributes, inside)


def unit(text: str) -> Markup:
    """A unit with its powers raised; nothing for a pure number.

    >>> unit("GeV^-2"), unit("1")
    (Markup('GeV<sup>−2</sup>'), Markup(''))
    """
    if text == "1":
        return Markup("")
    parts = re.split(r"\^(-?\d+)", text)
    raised = [
        Markup("<sup>{}</sup>").format(p.replace("-", "−")) if k % 2 else escape(p)
        for k, p in enumerate(parts)
    ]
    return Markup("").join(raised)


def number(value: float | None, digits: int = 3) -> str:
    """A number with ``digits`` significant digits, a power of ten where that is shorter.

    >>> number(5.604e-5), number(0.0123), number(13000.0), number(2.0e6), number(None)
    ('5.60×10⁻⁵', '0.0123', '13000', '2×10⁶', '–')
    """
    if value is None:
        return "–"
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -3 <= exponent < 6:
        return _minus(
            f"{value:.{max(digits - 1 - exponent, 0)}f}" if exponent < digits else f"{value:.10g}"
        )
    mantissa = f"{value / 10.0**exponent:.{digits - 1}f}"
    whole = mantissa.rstrip("0").rstrip(".") if value == float(f"{value:.0e}") else mantissa
    return _minus(f"{whole}×10{str(exponent).translate(_SUPERSCRIPTS)}")


def bound(value: float | None) -> str:
    """A number as the card has it, in full.

    >>> bound(0.5), bound(14000.0), bound(1e-05)
    ('0.5', '14000', '1×10⁻⁵')
    """
    if value is None:
        return "–"
    text = f"{value:.12g}"
    mantissa, e, exponent = text.partition("e")
    return _minus(f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}" if e else mantissa)


def per_cent(value: float) -> str:
    """A fraction in per cent.

    >>> per_cent(0.6852)
    '68.5 %'
    """
    return f"{100 * value:.1f} %"


def size(count: int | None) -> str:
    """Bytes in kB or MB.

    >>> size(55380), size(1_885_090), size(None)
    ('55.4 kB', '1.89 MB', 'unknown')
    """
    if count is None:
        return "unknown"
    for factor, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:.3g} {name}"
    return f"{count} bytes"


def _minus(text: str) -> str:
    return text.replace("-", "−") if text.startswith("-") else text

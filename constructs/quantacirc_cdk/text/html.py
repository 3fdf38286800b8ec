"""HTML pages that load nothing: a tree of elements, and a Content Security Policy that allows only the page's own code.

The standard library's serializer quotes text and attributes. Elements cannot have ``style`` or event attributes,
because the policy would block them.
"""

import base64
import hashlib
from collections.abc import Mapping
from xml.etree.ElementTree import Element, tostring

from quantacirc_cdk.text.terminal import printable

Child = Element | str | None

_LINES = {"div", "figure", "g", "h2", "h3", "p", "section", "tr"}
"""Elements after which a line ends, where space means nothing: a change of a row is then a line of a diff."""


def element(tag: str, attributes: Mapping[str, str | None] | None = None, *children: Child) -> Element:
    """Return an element. Text children are shown unchanged; None is skipped, also as the value of an attribute.

    Control characters, which HTML cannot carry, are shown escaped.
    """
    found = Element(tag, {key: _shown(value) for key, value in (attributes or {}).items() if value is not None})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            found.append(child)
            last = child
        elif child and last is None:
            found.text = (found.text or "") + _shown(child)
        elif child and last is not None:
            last.tail = (last.tail or "") + _shown(child)
    return found


def page(title: str, css: str, script: str, *children: Child) -> str:
    """Return a page with one style sheet and one script. It loads nothing and connects to nothing."""
    allowed = f"style-src '{_digest(css)}'; script-src '{_digest(script)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", {}, title),
        _code("style", css),
    )
    body = element("body", {}, *children, _code("script", script))
    whole = element("html", {"lang": "en"}, head, body)
    for one in whole.iter():
        if one.tag in _LINES:
            one.tail = one.tail or "\n"
    text = tostring(whole, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n"


def _code(tag: str, text: str) -> Element:
    if "</" in text or "<!--" in text:
        raise ValueError(f"a {tag} must not contain the end of an element or the start of a comment")
    found = Element(tag)
    found.text = text
    return found


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _shown(text: str) -> str:
    return printable(text, keep="\n\t")

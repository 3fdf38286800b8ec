"""A node renders exactly the data that it evaluates to."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from quantacirc_cdk.helm.expression import RELEASE, Scope, value
from quantacirc_cdk.helm.node import (
    ABSENT,
    Choice,
    Extended,
    Insert,
    Lines,
    Spread,
    TemplateKey,
    Text,
    Variables,
    evaluate,
    renders,
)

NAMES = st.sampled_from(["a", "b", "c"])
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(0, 2), NAMES)
KEYS = st.one_of(NAMES, NAMES.map(lambda name: TemplateKey(name, (RELEASE,))))
"""Keys of mappings: texts, and the name of the release under a text that can be another one."""
ITEMS = value("items")
LEAVES = st.one_of(
    PLAIN,
    st.just(Insert(RELEASE)),
    st.just(Insert(value("number"), "number")),
    st.builds(lambda name: Text((name, RELEASE)), NAMES),
    st.builds(lambda name: Lines((f"{name}\n", Choice(value("on"), "x\n"))), NAMES),
)
ADDED = st.sampled_from([Spread(ITEMS), Variables(ITEMS, "shop"), Spread(value("none"))])


def choices(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return nodes with a condition."""
    absent = st.one_of(nodes, st.just(ABSENT))
    return st.builds(Choice, st.sampled_from([value("on"), value("off")]), absent, absent)


def containers(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return mappings and lists of nodes, with conditions and with what values add."""
    either = st.one_of(nodes, choices(nodes))
    mappings = st.dictionaries(KEYS, either, max_size=3)
    extended = st.builds(lambda base: Extended(base, (value("more"),)), mappings)
    return st.one_of(mappings, st.lists(st.one_of(either, extended, ADDED), max_size=4), extended)


NODES = st.recursive(LEAVES, containers, max_leaves=12)
SCOPES = st.builds(
    lambda on, items, more: Scope(
        values={"on": on, "off": not on, "number": 1, "items": items, "none": [], "more": more}, release="a"
    ),
    st.booleans(),
    st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=2),
    st.dictionaries(NAMES, PLAIN, max_size=1),
)
"""Values that users set, in a release."""


def scope_of(*items: dict[str, Any], on: bool = True) -> Scope:
    """Return a scope with these items of a user."""
    return Scope(values={"on": on, "off": not on, "number": 1, "items": [*items], "none": [], "more": {}}, release="a")


@example(node=[{"name": "b"}, Spread(ITEMS)], scope=scope_of({"name": "a"}), other=scope_of())
@example(node=[{"name": "a"}, Variables(ITEMS, "shop")], scope=scope_of({"name": "a"}), other=scope_of())
@example(node=[Choice(value("on"), "a"), "b"], scope=scope_of(on=True), other=scope_of(on=False))
@given(node=NODES, scope=SCOPES, other=SCOPES)
def test_a_node_renders_what_it_evaluates_to_and_nothing_else(node: Any, scope: Scope, other: Scope) -> None:
    for wanted in (evaluate(node, scope), evaluate(node, other)):
        assert wanted is ABSENT or renders(node, wanted, scope) == (evaluate(node, scope) == wanted)

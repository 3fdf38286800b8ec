"""A number in a text of an object is a number of the values."""

from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Text
from quantacirc_cdk.helm.objects import EVERYTHING
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.replicas import NumberIn
from quantacirc_cdk.manifests import Data

NODES = Parameter(path="agent.nodes", description="Nodes.", schema={"type": "integer"})
PLACE = NumberIn(on=EVERYTHING, path=("metadata", "annotations", "nodes"), pattern="^([0-9]+)$")


def test_it_replaces_the_digits_and_returns_the_number() -> None:
    tree: Data = {"metadata": {"annotations": {"nodes": "40"}}}
    assert PLACE.insert(Spot(tree=tree, parameter=NODES, environment="a")) == [40]
    (part,) = tree["metadata"]["annotations"]["nodes"].parts
    assert part.helm == "int64 .Values.agent.nodes"
    assert isinstance(tree["metadata"]["annotations"]["nodes"], Text)


def test_an_object_without_the_place_stays_as_it_is() -> None:
    tree = {"metadata": {"annotations": {"other": "1"}}}
    assert PLACE.insert(Spot(tree=tree, parameter=NODES, environment="a")) == []
    assert tree == {"metadata": {"annotations": {"other": "1"}}}

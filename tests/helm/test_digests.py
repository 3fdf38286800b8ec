"""Hashes of configuration are those of the manifests."""

from quantacirc_cdk.helm.digests import Configurations, digest
from quantacirc_cdk.helm.expression import Scope, value
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import Key


def test_a_configuration_whose_entries_are_all_left_out_has_the_hash_of_none() -> None:
    key = Key(component="web", kind="ConfigMap", name="web")
    configurations = Configurations("shop")
    expression = configurations.hash_of(key, 16)
    configurations.nodes[key] = {"LEVEL": Choice(value("web.config.LEVEL"), Insert(value("web.config.LEVEL")))}
    assert expression.compute(Scope(values={"web": {"config": {"LEVEL": ""}}})) == digest({})[:16]
    assert expression.compute(Scope(values={"web": {"config": {"LEVEL": "x"}}})) == digest({"LEVEL": "x"})[:16]

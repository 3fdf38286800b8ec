"""The drawing of the topology."""

from quantacirc_cdk.report.drawing import Topology, draw


def test_an_environment_that_runs_nothing_is_an_empty_drawing() -> None:
    assert draw(Topology(cloud="aws", boxes=(), arrows=()), "shop").get("role") == "group"

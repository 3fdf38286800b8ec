"""A quota and nodes that hold for a week: no run is refused a pod, a claim or a node, whatever else happens."""

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.kubernetes.capacity import allocatable
from quantacirc_cdk.kubernetes.system.capacity import UNKNOWN_NODES
from quantacirc_cdk.model import Environment, load_project
from support.command import qcdk
from support.drawn import drawn, first_seed
from support.kubernetes.manifests import Object, find, of_kind, read_folder
from support.kubernetes.week import Week
from support.tools import ROOT

ENVIRONMENTS = ("dev", "local", "prod", "staging")
SEEDS = int(os.environ.get("WEEK_SEEDS", "3"))
COUNT = int(os.environ.get("WEEK_PROJECTS", "5"))
FIRST_SEED = first_seed()
ATTEMPTS = 10
"""Projects that are drawn until the synthesis takes one: about a third do not fit their own quota or nodes."""


def week(objects: Sequence[Object], environment: Environment, seed: int) -> Week:
    """Return a week in an environment; pools with taints are left to who tolerates them."""
    declared = environment.cluster.node_pools
    pools = [
        allocatable(name, cpu=pool.cpu, memory=pool.memory, count=pool.max_nodes)
        for name, pool in declared.items()
        if not pool.taints
    ]
    tainted = any(pool.taints for pool in declared.values())
    nodes = sum(pool.max_nodes for pool in declared.values()) or UNKNOWN_NODES
    return Week(objects, seed, pools=() if tainted else pools, nodes=nodes)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_run_of_a_week_is_refused(name: str, seed: int) -> None:
    objects = read_folder(ROOT / "dist" / "kubernetes" / name)
    lived = week(objects, load_project(ROOT).environments[name], seed)
    assert lived.live() == []
    assert lived.started > 3 * 7


def test_the_simulation_sees_a_quota_of_one_claim_for_each_schedule() -> None:
    """Finished pods keep their claims: what a quota of one claim for each CronJob has no room for."""
    objects = copy.deepcopy(read_folder(ROOT / "dist" / "kubernetes" / "prod"))
    hard = find(objects, "ResourceQuota", "quantacirc")["spec"]["hard"]
    standing = sum(
        item["spec"].get("replicas", 1) * len(item["spec"].get("volumeClaimTemplates", []))
        for item in of_kind(objects, "StatefulSet")
    )
    hard["persistentvolumeclaims"] = str(standing + len(of_kind(objects, "CronJob")))
    (first, *_) = Week(objects).live()
    assert "exceeded quota: persistentvolumeclaims" in first


@pytest.mark.slow
@pytest.mark.parametrize("number", range(COUNT))
def test_no_run_of_a_week_is_refused_in_a_drawn_project(number: int, tmp_path: Path) -> None:
    for attempt in range(ATTEMPTS):
        seed, place = FIRST_SEED + number + attempt * COUNT, tmp_path / str(attempt)
        print(f"FUZZ_SEED={seed}")
        _, model = drawn(seed, place / "project")
        done = qcdk("synth", "--project", place / "project", "--out", place / "dist")
        assert done.returncode in (0, 2), f"seed {seed}: {done.stderr}"
        if done.returncode == 0:
            break
    else:
        pytest.fail(f"{ATTEMPTS} projects were refused, the last with: {done.stderr}")
    for name, environment in model.environments.items():
        lived = week(read_folder(place / "dist" / "kubernetes" / name), environment, seed)
        assert lived.live() == [], f"seed {seed}, {name}"

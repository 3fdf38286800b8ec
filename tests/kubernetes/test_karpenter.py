"""Karpenter's pools of machines: what the model's pools become, and that they name what Terraform creates."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.contract.karpenter import karpenter_of
from quantacirc_cdk.kubernetes.karpenter import karpenter_objects
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.edit import edit
from quantacirc_cdk.model.site import Site
from support.terraform.stacks import read_stack, resources
from support.terraform.switched import switch_project
from support.tools import ROOT

pytestmark = pytest.mark.integration

Objects = dict[tuple[str, str], dict[str, Any]]
GPU = {"cpu": 4, "memory": "16Gi", "min_nodes": 0, "max_nodes": 2, "spot": True, "machine_type": "g5.xlarge",
       "spot_machine_types": ["g6.xlarge"], "gpus": 1, "labels": {"tier": "gpu"},
       "taints": [{"key": "nvidia.com/gpu", "value": "present"}]}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project, with Karpenter in production and a second pool."""
    root = switch_project(tmp_path_factory.mktemp("karpenter") / "project", "aws")
    changes = {("cluster", "autoscaler"): "karpenter", ("cluster", "node_pools", "gpu"): GPU}
    edit(root / "apps" / "environments" / "prod.yaml", "prod.yaml", changes)
    return root


@pytest.fixture(scope="module")
def out(project: Path) -> Path:
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", project, "--out", project / "out"]
    subprocess.run([*command, "--only", "terraform,operations"], check=True, capture_output=True)
    return project / "out"


@pytest.fixture(scope="module")
def objects(out: Path) -> Objects:
    found = yaml.safe_load_all((out / "operations" / "prod.karpenter.yaml").read_text())
    return {(item["kind"], item["metadata"]["name"]): item["spec"] for item in found}


@pytest.mark.slow
def test_each_pool_that_can_grow_has_a_class_and_a_pool(out: Path, objects: Objects) -> None:
    assert list(objects) == [(kind, name) for name in ("general", "gpu") for kind in ("EC2NodeClass", "NodePool")]
    assert not (out / "operations" / "dev.karpenter.yaml").exists()
    assert not (out / "operations" / "local.karpenter.yaml").exists()


def test_a_pool_has_the_machines_labels_and_taints_of_the_model(objects: Objects) -> None:
    gpu = objects["NodePool", "gpu"]["template"]
    assert gpu["metadata"]["labels"] == {"node-pool": "gpu", "tier": "gpu"}
    assert gpu["spec"]["taints"] == [{"effect": "NoSchedule", "key": "nvidia.com/gpu", "value": "present"}]
    required = {one["key"]: one["values"] for one in gpu["spec"]["requirements"]}
    assert required == {
        "karpenter.sh/capacity-type": ["spot"],
        "kubernetes.io/arch": ["amd64"],
        "kubernetes.io/os": ["linux"],
        "node.kubernetes.io/instance-type": ["g5.xlarge", "g6.xlarge"],
    }
    general = objects["NodePool", "general"]["template"]["spec"]
    types = {one["key"]: one["values"] for one in general["requirements"]}["node.kubernetes.io/instance-type"]
    assert types == ["m7i.2xlarge"]
    assert "taints" not in general


def test_limits_are_what_max_nodes_adds_to_min_nodes(objects: Objects) -> None:
    # production has 3 to 30 nodes with 8 cores and 32 GiB
    assert objects["NodePool", "general"]["limits"] == {"cpu": str(27 * 8), "memory": f"{27 * 32}Gi"}


def test_classes_find_what_terraform_creates(out: Path, objects: Objects) -> None:
    stack = resources(read_stack(out / "terraform", "prod-aws"))
    found = objects["EC2NodeClass", "general"]
    assert found["role"] == stack["aws_iam_role.cluster_nodes"]["name"]
    named = {one["tags"]["Name"] for one in found["subnetSelectorTerms"]}
    private = {
        one["tags"]["Name"] for address, one in stack.items() if address.startswith("aws_subnet.network_private")
    }
    assert named == private
    cluster = stack["aws_eks_cluster.cluster"]["name"]
    assert found["securityGroupSelectorTerms"] == [{"tags": {"aws:eks:cluster-name": cluster}}]
    assert stack["aws_sqs_queue.cluster_node_autoscaler"]["name"] == cluster
    alias = stack["aws_kms_alias.volumes"]["name"]
    for disk in found["blockDeviceMappings"]:
        assert disk["ebs"]["kmsKeyID"].endswith(f":{alias}")
        assert disk["ebs"]["encrypted"] is True
    assert found["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert found["metadataOptions"]["httpTokens"] == "required"
    assert found["tags"]["environment"] == "prod"


@pytest.mark.parametrize(
    ("image", "alias"), [(None, "bottlerocket@latest"), ("1.49.0-713f44ce", "bottlerocket@v1.49.0")]
)
def test_the_image_is_that_of_the_node_groups(project: Path, image: str | None, alias: str) -> None:
    loaded = load_project(project)
    environment = loaded.environments["prod"]
    cluster = environment.cluster.model_copy(update={"node_image": image})
    binding = karpenter_of(Site(loaded.system, environment.model_copy(update={"cluster": cluster})))
    assert binding is not None
    classes = [one["spec"] for one in karpenter_objects(binding) if one["kind"] == "EC2NodeClass"]
    assert {term["alias"] for one in classes for term in one["amiSelectorTerms"]} == {alias}

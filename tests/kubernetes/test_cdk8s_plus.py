"""Teams can hand our workloads to cdk8s-plus, and hand the engine another release of it."""

import os
import subprocess
import sys

from kubernetes_support.manifests import find, synthesize
from quantacirc_cdk.kubernetes import Identity, WebService, WebServiceProps
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s, kplus
from support.tools import ROOT

WEB = WebServiceProps(identity=Identity(name="web"), image="web:1")


def test_a_workloads_pods_can_be_selected() -> None:
    def make(scope: Construct) -> None:
        web = WebService(scope, "web", WEB)
        kplus.NetworkPolicy(scope, "policy", metadata=cdk8s.ApiObjectMetadata(name="policy"), selector=web.pods)

    policy = find(synthesize(make), "NetworkPolicy", "policy")
    assert policy["spec"]["podSelector"]["matchLabels"] == WEB.identity.selector


def test_a_role_can_be_bound_to_a_workloads_service_account() -> None:
    def make(scope: Construct) -> None:
        web = WebService(scope, "web", WEB)
        role = kplus.Role(scope, "role", metadata=cdk8s.ApiObjectMetadata(name="role"))
        role.allow_read(kplus.ApiResource.PODS)
        role.bind(web.service_account.for_cdk8s_plus)

    (binding,) = [item for item in synthesize(make) if item["kind"] == "RoleBinding"]
    assert [subject["name"] for subject in binding["subjects"]] == ["web"]


def test_another_release_of_cdk8s_plus_can_be_bound() -> None:
    code = "from quantacirc_cdk.kubernetes.engine import kplus; print(kplus.__name__)"
    environment = {**os.environ, "CDK8S_PLUS": "cdk8s_plus_99", "PYTHONPATH": str(ROOT / "constructs")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "cdk8s_plus_99" in run.stderr


def test_the_pure_parts_load_without_node() -> None:
    imports = "import sys, quantacirc_cdk.kubernetes.pod, quantacirc_cdk.kubernetes.reachability"
    code = f"{imports}; print('jsii' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

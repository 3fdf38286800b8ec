"""Teams can hand our workloads to cdk8s-plus, and hand the engine another release of it."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import (
    Claim,
    DaemonWorkload,
    DaemonWorkloadProps,
    GeneratedSecret,
    GeneratedSecrets,
    GeneratedSecretsProps,
    Identity,
    PersistentVolumeClaim,
    Port,
    Security,
    ServicePort,
    StatefulWorkload,
    StatefulWorkloadProps,
    WebService,
    WebServiceProps,
    harden,
)
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s, kplus
from quantacirc_cdk.kubernetes.resources import SMALL
from quantacirc_cdk.report.manifests import exceptions
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import find, of_kind, pod_templates, synthesize
from support.kubernetes.schemas import NEWEST, errors
from support.tools import ROOT

WEB = WebServiceProps(identity=Identity(name="web"), image="web:1")
WITH_PORTS = replace(
    WEB,
    ports=[
        Port(name="http", port=8080, service_port=80, additional_service_ports=[ServicePort(name="alt", port=8000)]),
        Port(name="admin", port=8081),
    ],
)


def named(name: str) -> cdk8s.ApiObjectMetadata:
    return cdk8s.ApiObjectMetadata(name=name)


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


@pytest.mark.integration
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


@pytest.mark.parametrize("port", [80, 8000])
def test_a_service_is_a_backend_of_an_ingress_and_is_there_once(port: int) -> None:
    def make(scope: Construct) -> None:
        web = WebService(scope, "web", WITH_PORTS)
        backend = kplus.IngressBackend.from_service(web.service.for_cdk8s_plus, port=port)
        rule = kplus.IngressRule(host="x.example", backend=backend)
        kplus.Ingress(scope, "ingress", metadata=named("ingress"), rules=[rule])

    objects = synthesize(make)
    (path,) = find(objects, "Ingress", "ingress")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "web", "port": {"number": port}}
    assert len(of_kind(objects, "Service")) == 1


def test_a_workload_is_the_target_of_an_autoscaler_and_gives_up_its_number_of_replicas() -> None:
    def make(scope: Construct) -> None:
        web = WebService(scope, "web", replace(WITH_PORTS, autoscaled=False))
        kplus.HorizontalPodAutoscaler(scope, "hpa", metadata=named("web"), target=web.scalable, max_replicas=5)

    objects = synthesize(make)
    target = find(objects, "HorizontalPodAutoscaler", "web")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    assert "replicas" not in find(objects, "Deployment", "web")["spec"]


def test_a_workload_that_scales_itself_takes_no_second_autoscaler() -> None:
    chart = cdk8s.Testing.chart()
    web = WebService(chart, "web", WITH_PORTS)
    with pytest.raises(PropsError, match="it already has an autoscaler, expected `autoscaled=False`"):
        _ = web.scalable


def test_a_config_map_a_secret_and_a_claim_are_mounted_by_theirs() -> None:
    def make(scope: Construct) -> None:
        web = WebService(scope, "web", replace(WITH_PORTS, environment={"A": "b"}))
        claim = PersistentVolumeClaim(scope, "claim", Claim(name="media", size="1Gi"), labels={})
        tool = Identity(name="secrets")
        wanted = [GeneratedSecret(name="login", random=["password"], fixed={})]
        made = GeneratedSecrets(scope, "secrets", GeneratedSecretsProps(identity=tool, image="t:1", secrets=wanted))
        deployment = kplus.Deployment(scope, "theirs", metadata=named("theirs"))
        container = deployment.add_container(image="theirs:1")
        container.mount("/config", kplus.Volume.from_config_map(scope, "c", web.config.for_cdk8s_plus))
        container.mount("/login", kplus.Volume.from_secret(scope, "s", made.for_cdk8s_plus("login")))
        container.mount("/media", kplus.Volume.from_persistent_volume_claim(scope, "p", claim.for_cdk8s_plus))
        with pytest.raises(PropsError, match='no Secret "logn", expected "login"'):
            made.for_cdk8s_plus("logn")

    volumes = find(synthesize(make), "Deployment", "theirs")["spec"]["template"]["spec"]["volumes"]
    assert {one["configMap"]["name"] for one in volumes if "configMap" in one} == {"web"}
    assert {one["secret"]["secretName"] for one in volumes if "secret" in one} == {"login"}
    assert {one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one} == {"media"}


def container() -> kplus.ContainerProps:
    return kplus.ContainerProps(image="theirs:1")


def plain(scope: Construct) -> cdk8s.ApiObject:
    item = cdk8s.ApiObject(scope, "x", api_version="batch/v1", kind="Job", metadata=named("theirs"))
    item.add_json_patch(
        cdk8s.JsonPatch.add("/spec", {"template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}})
    )
    return item


THEIRS = {
    "deployment": lambda scope: kplus.Deployment(scope, "x", metadata=named("theirs"), containers=[container()]),
    "stateful set": lambda scope: kplus.StatefulSet(
        scope, "x", metadata=named("theirs"), containers=[container()],
        service=kplus.Service(scope, "s", metadata=named("s"), ports=[kplus.ServicePort(port=80)]),
    ),
    "daemon set": lambda scope: kplus.DaemonSet(scope, "x", metadata=named("theirs"), containers=[container()]),
    "job": lambda scope: kplus.Job(scope, "x", metadata=named("theirs"), containers=[container()]),
    "cron job": lambda scope: kplus.CronJob(
        scope, "x", metadata=named("theirs"), containers=[container()], schedule=cdk8s.Cron.daily()
    ),
    "plain object": plain,
}  # fmt: skip


@pytest.mark.parametrize("kind", THEIRS)
def test_a_hardened_workload_of_theirs_is_restricted(kind: str) -> None:
    objects = synthesize(lambda scope: harden(THEIRS[kind](scope), resources=SMALL))
    ((item, template),) = pod_templates(objects)
    assert list(violations(template)) == []
    assert [error for error in errors(item, NEWEST) if "selector" not in error] == []
    (one,) = template["spec"]["containers"]
    assert one["resources"]["limits"] == {"ephemeral-storage": "512Mi", "memory": "512Mi"}
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}} in template["spec"]["volumes"]


def test_an_exception_of_a_hardened_workload_has_its_reason_for_the_report() -> None:
    security = Security(writable_root="It writes beside itself.")
    objects = synthesize(lambda scope: harden(THEIRS["deployment"](scope), security=security))
    ((item, template),) = pod_templates(objects)
    assert template["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is False
    assert exceptions([item]) == [("theirs", "its containers", "writable root", "It writes beside itself.")]


def test_what_makes_no_pods_cannot_be_hardened() -> None:
    chart = cdk8s.Testing.chart()
    with pytest.raises(PropsError, match="a ConfigMap, which creates no pods, expected one of CronJob, DaemonSet"):
        harden(kplus.ConfigMap(chart, "c"))


def test_what_is_no_object_cannot_be_hardened() -> None:
    chart = cdk8s.Testing.chart()
    expected = "expected a workload of cdk8s-plus, or an ApiObject"
    with pytest.raises(PropsError, match=f"test/web: a WebService, whose pods are hardened, {expected}"):
        harden(WebService(chart, "web", WEB))
    with pytest.raises(PropsError, match=f"test: a Chart, which is not one object, {expected}"):
        harden(chart)
    with pytest.raises(PropsError, match=f"a NoneType, which is not one object, {expected}"):
        harden(None)


@pytest.mark.integration
def test_cdk8s_plus_is_not_loaded_by_what_does_not_use_it() -> None:
    names = "AgentService, WebService, StatefulService, GeneratedSecrets, Service, ConfigMap, harden, Manifest"
    code = f"import sys; from quantacirc_cdk.kubernetes import {names}; print('cdk8s_plus_27' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_stateful_workload_is_a_target_too_and_a_daemon_is_none() -> None:
    def make(scope: Construct) -> None:
        props = StatefulWorkloadProps(
            identity=Identity(name="books"), image="b:1", ports=[Port(name="tcp", port=1)], autoscaled=False
        )
        target = StatefulWorkload(scope, "books", props).scalable
        kplus.HorizontalPodAutoscaler(scope, "hpa", metadata=named("books"), target=target, max_replicas=5)
        daemon = DaemonWorkload(
            scope, "agent", DaemonWorkloadProps(identity=Identity(name="agent"), image="a:1", autoscaled=False)
        )
        with pytest.raises(PropsError, match="a DaemonSet, which has a pod on each node"):
            _ = daemon.scalable

    objects = synthesize(make)
    assert find(objects, "HorizontalPodAutoscaler", "books")["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"
    assert "replicas" not in find(objects, "StatefulSet", "books")["spec"]

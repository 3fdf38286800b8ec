"""Services, updates, claims, scaling, jobs and routes that say more than their defaults."""

from typing import Any

import pytest

from quantacirc_cdk import kubernetes as k8s
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.http_route import grpc_route_spec
from quantacirc_cdk.kubernetes.ingress import ingress_annotations, ingress_spec
from quantacirc_cdk.kubernetes.security import EXCEPTIONS
from support.kubernetes import custom_resources
from support.kubernetes.manifests import Object, find, of_kind, pod_templates, synthesize
from support.kubernetes.schemas import CORE, NEWEST, errors

NAME = k8s.Identity(name="part")
WEB = k8s.Port(name="web", port=3000, service_port=80, app_protocol="http")
UDP = k8s.Port(name="game", port=7777, protocol="UDP")


def workload(**props: Any) -> list[Object]:
    found = synthesize(lambda scope: k8s.WebService(scope, "x", k8s.WebServiceProps(identity=NAME, image="x", **props)))
    core = [item for item in found if item["apiVersion"] in CORE]
    assert [error for item in core for error in errors(item, NEWEST)] == []
    return found


def stateful(**props: Any) -> list[Object]:
    made = k8s.StatefulServiceProps(**{"identity": NAME, "image": "x", "ports": [WEB], **props})
    found = synthesize(lambda scope: k8s.StatefulService(scope, "x", made))
    assert [error for item in found for error in errors(item, NEWEST)] == []
    return found


def test_a_workload_without_ports_has_no_service_and_one_without_probes_none() -> None:
    found = workload()
    assert of_kind(found, "Service") == []
    ((_, template),) = pod_templates(found)
    assert not any(key.endswith("Probe") for key in template["spec"]["containers"][0])


def test_a_service_has_its_own_ports_and_speaks_what_they_say() -> None:
    options = k8s.ServiceOptions(
        type="LoadBalancer",
        load_balancer_class="internal",
        source_ranges=["10.0.0.0/8"],
        external_traffic="Local",
        internal_traffic="Local",
        ip_family_policy="RequireDualStack",
        ip_families=["IPv6", "IPv4"],
        client_affinity=True,
        labels={"team": "a"},
        annotations={"lb": "nlb"},
    )
    service = find(workload(ports=[WEB, UDP], service=options), "Service", "part")
    assert service["spec"]["ports"] == [
        {"appProtocol": "http", "name": "web", "port": 80, "protocol": "TCP", "targetPort": "web"},
        {"name": "game", "port": 7777, "protocol": "UDP", "targetPort": "game"},
    ]
    spec = service["spec"]
    assert (spec["type"], spec["loadBalancerClass"], spec["loadBalancerSourceRanges"]) == (
        "LoadBalancer",
        "internal",
        ["10.0.0.0/8"],
    )
    assert (spec["externalTrafficPolicy"], spec["sessionAffinity"]) == ("Local", "ClientIP")
    assert (spec["internalTrafficPolicy"], spec["ipFamilyPolicy"]) == ("Local", "RequireDualStack")
    assert spec["ipFamilies"] == ["IPv6", "IPv4"]
    assert service["metadata"]["labels"]["team"] == "a"
    assert service["metadata"]["annotations"] == {"lb": "nlb"}


@pytest.mark.parametrize(
    ("policy", "families", "what"),
    [(None, ["IPv4", "IPv6"], "SingleStack"), ("RequireDualStack", ["IPv4", "IPv4"], "IPv4 twice")],
)
def test_a_service_refuses_address_families_that_the_api_refuses(policy: Any, families: list[Any], what: str) -> None:
    options = k8s.ServiceOptions(ip_family_policy=policy, ip_families=families)
    with pytest.raises(PropsError, match=f"service.ip_families .*{what}"):
        workload(ports=[WEB], service=options)


def test_a_workload_may_have_a_headless_service_and_side_cars_that_it_offers() -> None:
    proxy = k8s.Container(name="proxy", image="p", ports=[k8s.Port(name="admin", port=9901)])
    found = workload(service=k8s.ServiceOptions(headless=True), side_cars=[proxy], side_car_ports=proxy.ports)
    spec = find(found, "Service", "part")["spec"]
    assert (spec["clusterIP"], [port["name"] for port in spec["ports"]]) == ("None", ["admin"])
    ((_, template),) = pod_templates(found)
    assert [one["name"] for one in template["spec"]["containers"]] == ["part", "proxy"]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (k8s.Update(recreate=True), {"type": "Recreate"}),
        (
            k8s.Update(max_surge="25%", max_unavailable=1),
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
        ),
    ],
)
def test_a_deployment_is_updated_as_it_says(update: k8s.Update, expected: Object) -> None:
    assert find(workload(update=update), "Deployment", "part")["spec"]["strategy"] == expected


def test_a_workload_may_have_no_pods_at_all() -> None:
    found = workload(autoscaled=False, scaling=k8s.Scaling(min_replicas=0, max_replicas=0))
    assert find(found, "Deployment", "part")["spec"]["replicas"] == 0


def test_a_workload_may_run_as_a_service_account_that_is_there() -> None:
    found = workload(service_account="shared")
    assert of_kind(found, "ServiceAccount") == []
    ((_, template),) = pod_templates(found)
    assert template["spec"]["serviceAccountName"] == "shared"


def test_a_hook_of_its_own_takes_the_place_of_the_drain() -> None:
    ((_, template),) = pod_templates(workload(pre_stop=["quit"], termination_grace_seconds=30))
    spec = template["spec"]
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"exec": {"command": ["quit"]}}}
    assert spec["terminationGracePeriodSeconds"] == 30


def test_a_workload_tells_of_its_exceptions_with_their_reasons() -> None:
    found = workload(security=k8s.Security(writable_root="It unpacks plugins."))
    (item,) = of_kind(found, "Deployment")
    assert item["metadata"]["annotations"][EXCEPTIONS] == (
        '[{"allows": "writable root", "for": "container part", "reason": "It unpacks plugins."}]'
    )


def test_a_stateful_service_has_any_claims_or_none() -> None:
    shared = k8s.Claim(name="shared", size="1Gi", access_modes=["ReadWriteMany"], storage_class="nfs")
    found = stateful(claims=[shared], mounts=[k8s.Mount(volume="shared", path="/shared")], on_delete=True)
    spec = find(found, "StatefulSet", "part")["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "nfs"
    assert spec["updateStrategy"] == {"type": "OnDelete"}
    assert find(stateful(), "StatefulSet", "part")["spec"]["volumeClaimTemplates"] == []
    rolled = find(stateful(partition=2), "StatefulSet", "part")["spec"]["updateStrategy"]
    assert rolled == {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}


def test_a_claim_is_there_for_all_pods() -> None:
    claim = k8s.Claim(name="media", size="5Gi", access_modes=["ReadWriteMany"], volume_name="pv-7")
    (found,) = synthesize(lambda scope: k8s.PersistentVolumeClaim(scope, "x", claim, labels=NAME.labels))
    assert list(errors(found, NEWEST)) == []
    assert (found["metadata"]["name"], found["spec"]["volumeName"]) == ("media", "pv-7")


def test_an_autoscaler_looks_at_any_metric_at_any_pace() -> None:
    scaling = k8s.Scaling(
        max_replicas=9,
        cpu_percent=None,
        metrics=[
            k8s.Metric(name="requests", average="100"),
            k8s.Metric(name="queue", value="30", external=True, labels={"name": "mail"}),
            k8s.Metric(
                name="hits", value="10k", object_kind="Ingress", object_name="main", object_api="networking.k8s.io/v1"
            ),
        ],
        up=k8s.Pace(pods=4, period_seconds=15),
        down=k8s.Pace(disabled=True),
    )
    spec = find(workload(scaling=scaling), "HorizontalPodAutoscaler", "part")["spec"]
    assert [metric["type"] for metric in spec["metrics"]] == ["Pods", "External", "Object"]
    assert spec["metrics"][1]["external"] == {
        "metric": {"name": "queue", "selector": {"matchLabels": {"name": "mail"}}},
        "target": {"type": "Value", "value": "30"},
    }
    assert spec["behavior"]["scaleDown"] == {"selectPolicy": "Disabled"}
    assert spec["behavior"]["scaleUp"]["policies"] == [{"periodSeconds": 15, "type": "Pods", "value": 4}]


@pytest.mark.slow
def test_any_trigger_of_keda_scales_from_zero() -> None:
    trigger = k8s.Trigger(type="kafka", metadata={"topic": "t", "lagThreshold": "5"}, authentication="kafka")
    scaling = k8s.Scaling(min_replicas=0, max_replicas=3, cpu_percent=None, triggers=[trigger])
    found = workload(scaling=scaling)
    scaled = find(found, "ScaledObject", "part")
    assert custom_resources.errors([scaled]) == []
    assert scaled["spec"]["minReplicaCount"] == 0
    assert scaled["spec"]["triggers"] == [
        {
            "type": "kafka",
            "metadata": {"topic": "t", "lagThreshold": "5"},
            "authenticationRef": {"name": "kafka"},
        }
    ]
    assert "replicas" not in find(found, "Deployment", "part")["spec"]


def test_resources_are_recommended_and_never_changed() -> None:
    found = find(workload(recommend=True), "VerticalPodAutoscaler", "part")["spec"]
    assert found == {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "part"},
        "updatePolicy": {"updateMode": "Off"},
    }


def test_a_job_runs_many_pods_and_a_scheduled_one_when_and_as_it_says() -> None:
    task = k8s.TaskProps(
        identity=NAME, image="x", parallelism=3, completions=9, indexed=True, deadline_seconds=None, pull_secrets=["r"]
    )
    found = synthesize(
        lambda scope: k8s.ScheduledJob(
            scope, "x", task, schedule="@daily", time_zone="Europe/Zurich", concurrency="Replace"
        )
    )
    item = find(found, "CronJob", "part")
    assert list(errors(item, NEWEST)) == []
    spec = item["spec"]
    assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Europe/Zurich", "Replace")
    job = spec["jobTemplate"]["spec"]
    assert (job["parallelism"], job["completions"], job["completionMode"]) == (3, 9, "Indexed")
    assert "activeDeadlineSeconds" not in job
    assert job["template"]["spec"]["imagePullSecrets"] == [{"name": "r"}]


def route(**fields: Any) -> k8s.RouteProps:
    return k8s.RouteProps(**{"identity": NAME, "port": 80, "port_name": "web", "host": "a.example", **fields})


def test_several_hosts_and_paths_lead_to_the_port_of_a_service() -> None:
    props = route(name="part-api", other_hosts=["b.example"], path="/v1", other_paths=["/v2"], issuer="acme")
    spec = ingress_spec(k8s.IngressProps(route=props, ingress_class="nginx"))
    found = {
        (rule["host"], path["path"], path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
        for rule in spec["rules"]
        for path in rule["http"]["paths"]
    }
    assert found == {(host, path, "part", "web") for host in ("a.example", "b.example") for path in ("/v1", "/v2")}
    assert spec["tls"] == [{"hosts": ["a.example", "b.example"], "secretName": "part-api-ingress-tls"}]


@pytest.mark.parametrize(
    ("protocol", "annotation"),
    [
        ("grpc", {"backend-protocol": "GRPC"}),
        ("https", {"backend-protocol": "HTTPS"}),
        ("tls", {"ssl-passthrough": "true"}),
    ],
)
def test_an_ingress_speaks_what_the_service_speaks(protocol: Any, annotation: dict[str, str]) -> None:
    spoken = route(protocol=protocol, issuer="acme", annotations={"nginx.org/x": "y"})
    props = k8s.IngressProps(route=spoken, ingress_class="nginx")
    found = ingress_annotations(props)
    wanted = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in annotation.items()}
    assert wanted.items() <= found.items()
    assert found["nginx.org/x"] == "y"
    assert ("tls" in ingress_spec(props)) == (protocol != "tls")


def gateway(**fields: Any) -> list[Object]:
    props = k8s.GatewayRouteProps(route=route(**fields), gateway="public", gateway_namespace="edge")
    found = synthesize(lambda scope: k8s.GatewayRoute(scope, "x", props))
    assert custom_resources.errors(found) == []
    return found


@pytest.mark.slow
def test_grpc_goes_through_a_gateway_by_its_services() -> None:
    found = gateway(protocol="grpc", services=["shop.Cart"], issuer="acme")
    spec = find(found, "GRPCRoute", "part")["spec"]
    assert spec["rules"][0]["matches"] == [{"method": {"service": "shop.Cart", "type": "Exact"}}]
    assert spec["rules"][0]["backendRefs"][0]["port"] == 80
    every = grpc_route_spec(k8s.GatewayRouteProps(route=route(), gateway="public", gateway_namespace="edge"))
    assert "matches" not in every["rules"][0]


@pytest.mark.slow
def test_tls_is_passed_through_a_gateway_without_a_certificate_of_ours() -> None:
    (only,) = gateway(protocol="tls", issuer="acme")
    assert (only["kind"], only["spec"]["parentRefs"][0]["sectionName"]) == ("TLSRoute", "tls")


def test_a_service_that_speaks_https_is_refused_behind_a_gateway() -> None:
    with pytest.raises(PropsError, match="uses HTTPS behind a Gateway"):
        gateway(protocol="https")


def test_grpc_with_an_unknown_class_of_ingress_is_refused_unless_annotations_say_how() -> None:
    def ingress(**fields: Any) -> list[Object]:
        props = k8s.IngressProps(route=route(protocol="grpc", **fields), ingress_class="other")
        return synthesize(lambda scope: k8s.Ingress(scope, "x", props))

    with pytest.raises(PropsError, match="for which no annotations are known"):
        ingress()
    assert ingress(annotations={"other.io/protocol": "grpc"})


def test_a_health_check_at_the_path_of_the_route_does_not_close_it() -> None:
    assert route(path="/", closed_paths=["/", "/up"]).closed == ["/up"]
    assert route(path="/a", exact=True, closed_paths=["/a"]).closed == []

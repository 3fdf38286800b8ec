"""The collector of traces is whole, within its memory, and where the components are told it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import yaml

from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.monitoring.trace_collector import (
    TraceCollector,
    TraceCollectorProps,
    collector_config,
    collector_pod,
)
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import load_project
from support.kubernetes.custom_resources import errors as custom_errors
from support.kubernetes.manifests import ENVIRONMENTS, Object, find, identity, of_kind, synthesize
from support.kubernetes.traces import exported
from support.tools import ROOT

NAME = "otel-collector"
PROPS = TraceCollectorProps(identity=Identity(name=NAME), image="otelcol:1", endpoint="tempo:4317")
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_everything_in_the_pipelines_is_configured_and_nothing_else() -> None:
    config = collector_config(PROPS)
    for kind in ("exporters", "processors", "receivers"):
        used = {name for pipeline in config["service"]["pipelines"].values() for name in pipeline[kind]}
        assert used == set(config[kind])
    assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_memory_is_guarded_before_anything_is_kept_and_the_batch_is_last() -> None:
    for pipeline in collector_config(PROPS)["service"]["pipelines"].values():
        assert pipeline["processors"][0] == "memory_limiter"
        assert pipeline["processors"][-1] == "batch"
    limiter = collector_config(PROPS)["processors"]["memory_limiter"]
    assert limiter["spike_limit_percentage"] < limiter["limit_percentage"] < 100
    (container,) = collector_pod(PROPS).containers
    soft = str(container.environment["GOMEMLIMIT"]).replace("MiB", "Mi")
    assert parse_quantity(soft) < parse_quantity(PROPS.resources.memory_limit)


def test_every_port_it_listens_on_is_one_of_the_pods() -> None:
    config = collector_config(PROPS)
    protocols = config["receivers"]["otlp"]["protocols"]
    endpoints = [*(protocol["endpoint"] for protocol in protocols.values())]
    endpoints.append(config["extensions"]["health_check"]["endpoint"])
    (reader,) = config["service"]["telemetry"]["metrics"]["readers"]
    listens = {int(endpoint.rsplit(":", 1)[1]) for endpoint in endpoints} | {
        reader["pull"]["exporter"]["prometheus"]["port"]
    }
    (container,) = collector_pod(PROPS).containers
    assert {port.port for port in container.ports} == listens


@pytest.mark.slow
def test_the_configuration_is_what_the_operators_schema_takes() -> None:
    resource = {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": NAME},
        "spec": {"config": collector_config(PROPS)},
    }
    assert custom_errors([resource]) == []
    broken = {**resource, "spec": {"config": {**collector_config(PROPS), "service": {"pipeline": {}}}}}
    assert custom_errors([broken]) != []


def test_another_configuration_is_a_rollout() -> None:
    def marks(props: TraceCollectorProps) -> Mapping[str, str]:
        return collector_pod(props).annotations

    assert marks(PROPS) != marks(replace(PROPS, endpoint="jaeger:4317"))
    assert marks(PROPS) == marks(replace(PROPS, image="otelcol:2"))


def test_what_goes_outside_can_be_encrypted() -> None:
    assert collector_config(PROPS)["exporters"]["otlp"]["tls"] == {"insecure": True}
    assert collector_config(replace(PROPS, tls=True))["exporters"]["otlp"]["tls"] == {"insecure": False}


def test_it_has_all_that_belongs_to_it() -> None:
    kinds = {"ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"}
    assert {item["kind"] for item in synthesize(lambda scope: TraceCollector(scope, "traces", PROPS))} == kinds


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_is_where_the_environment_keeps_traces_and_components_are_told_where(
    rendered: Mapping[str, Sequence[Object]], name: str
) -> None:
    environment, objects = load_project(ROOT).environments[name], rendered[name]
    there = environment.cluster.addons.tracing
    assert (("Deployment", NAME) in {identity(item) for item in objects}) is there
    for deployment in of_kind(objects, "Deployment"):
        component = deployment["metadata"]["name"]
        if component == NAME:
            continue
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        told = {variable["name"]: variable["value"] for variable in container.get("env", [])}
        assert (ENDPOINT in told) is there
        if there:
            ports = {port["name"]: port["port"] for port in find(objects, "Service", NAME)["spec"]["ports"]}
            assert told[ENDPOINT] == f"http://{NAME}:{ports['otlp-grpc']}"
            assert told["OTEL_SERVICE_NAME"] == component
            known = find(objects, "ConfigMap", component)["data"]
            for reference in ("QUANTACIRC_ENVIRONMENT", "QUANTACIRC_VERSION"):
                assert f"$({reference})" in told["OTEL_RESOURCE_ATTRIBUTES"]
                assert reference in known


@pytest.mark.slow
def test_what_a_component_is_told_is_all_that_an_sdk_needs(rendered: Mapping[str, Sequence[Object]]) -> None:
    """A process with the variables of production's container, as Kubernetes expands them, sends its traces there."""
    template = find(rendered["prod"], "Deployment", "pauli-guard")["spec"]["template"]
    (container,) = template["spec"]["containers"]
    variables = dict(find(rendered["prod"], "ConfigMap", "pauli-guard")["data"])
    for variable in container["env"]:
        value = re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], variable["value"])
        variables[variable["name"]] = value
    sent = exported(variables, f"{NAME}:4317")
    assert sent["spans"] == ["task"]
    expected = {
        "deployment.environment.name": "prod",
        "service.name": "pauli-guard",
        "service.namespace": "quantacirc",
        "service.version": variables["QUANTACIRC_VERSION"],
    }
    assert expected.items() <= sent["resource"].items()


def test_with_high_availability_there_are_two(rendered: Mapping[str, Sequence[Object]]) -> None:
    replicas = {
        name: find(rendered[name], "Deployment", NAME)["spec"]["replicas"] for name in ("dev", "staging", "prod")
    }
    assert replicas == {"dev": 1, "staging": 2, "prod": 2}


def test_what_is_rendered_is_the_configuration(rendered: Mapping[str, Sequence[Object]]) -> None:
    text = find(rendered["prod"], "ConfigMap", NAME)["data"]["collector.yaml"]
    expected = collector_config(replace(PROPS, endpoint="tempo.monitoring.svc:4317"))
    assert yaml.safe_load(text) == expected

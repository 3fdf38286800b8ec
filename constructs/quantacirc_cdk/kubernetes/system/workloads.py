"""Components that run programs of the system, as props."""

from dataclasses import replace
from typing import Any

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.kubernetes.autoscaler import Backlog, Metric, Pace, Scaling
from quantacirc_cdk.kubernetes.config_map import content_hash
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.deployment import Update
from quantacirc_cdk.kubernetes.service import ServiceOptions
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.connections import config_files, configuration, secrets
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.files import file_data, volumes
from quantacirc_cdk.kubernetes.system.needs import (
    init_containers,
    own_container,
    own_pod,
    port,
    priority,
    resources,
    side_cars,
    user_id,
    variables,
)
from quantacirc_cdk.kubernetes.system.tracing import tracing_variables
from quantacirc_cdk.kubernetes.system.triggers import triggers
from quantacirc_cdk.kubernetes.task import TASK_GRACE_SECONDS, TaskProps
from quantacirc_cdk.kubernetes.workload import WorkloadProps
from quantacirc_cdk.limits.services import balancer_annotations, balancer_family
from quantacirc_cdk.model.component import Program, Serving
from quantacirc_cdk.model.facts import container_ports, has_ipv6, others
from quantacirc_cdk.model.needs.needs import JobNeeds
from quantacirc_cdk.model.needs.scaling import Autoscaling, PaceSpec
from quantacirc_cdk.text.english import with_article

FILES_HASH = "checksum/files"
"""Annotation of pods with a hash of their files, so that a change rolls them."""


def workload_props(context: Context, name: str) -> WorkloadProps:
    """Return the workload of a component that runs continuously."""
    component, container = context.component(name, Serving), context.system.container
    lifecycle, update, replicas = component.lifecycle, component.update, context.replicas(name)
    ports = component_ports(context, name)
    beside = [port(spec) for one in others(component) for spec in one.ports]
    common = _common(context, name)
    common["variables"] = {**tracing_variables(context, name), **common["variables"]}
    return WorkloadProps(
        **common,
        ports=ports,
        side_car_ports=beside,
        side_cars=side_cars(context, name),
        share_processes=component.share_processes,
        service=_service(context, component),
        scaling=scaling(context, name),
        autoscaled=component.scales and replicas.max > 0,
        recommend=component.autoscaling.recommend,
        update=Update(recreate=True, min_ready_seconds=update.min_ready_seconds)
        if component.runs_alone
        else Update(
            max_surge=update.max_surge,
            max_unavailable=update.max_unavailable,
            min_ready_seconds=update.min_ready_seconds,
        ),
        revision_history=update.revision_history,
        progress_deadline_seconds=update.progress_seconds,
        labels=component.workload.labels,
        annotations=component.workload.annotations,
        max_unavailable=component.disruption.max_unavailable,
        termination_grace_seconds=lifecycle.termination_grace_seconds or container.termination_grace_seconds,
        # Pods without ports receive no requests to drain.
        drain_seconds=lifecycle.drain_seconds if ports or beside else 0,
        priority_class=priority(context, component, component.tier),
    )


def _service(context: Context, component: Serving) -> ServiceOptions:
    """Return the options of its Service, with the annotations that the cloud's load balancer needs."""
    stated = component.service
    more: dict[str, Any] = {}
    if stated.type == "LoadBalancer" and stated.load_balancer_class is None:
        ipv6 = has_ipv6(context.environment) and not stated.ip_family_policy and not stated.ip_families
        family = balancer_family(stated.source_ranges, ipv6=ipv6)
        target = context.environment.target
        more["annotations"] = balancer_annotations(target, stated.annotations, ipv6=family is not None)
        more |= {"ip_family_policy": family} if family else {}
    return ServiceOptions(**stated.model_dump() | more)


def scaling(context: Context, name: str) -> Scaling:
    """Return the number of pods of a component, and its autoscaling."""
    stated, replicas = context.component(name, Program).autoscaling, context.replicas(name)
    found = Scaling(
        min_replicas=replicas.min,
        max_replicas=replicas.max,
        cpu_percent=stated.cpu_percent,
        memory_percent=stated.memory_percent,
        scale_down_seconds=stated.scale_down_seconds,
        backlogs=backlogs(context, name),
        triggers=triggers(context, name),
        metrics=_metrics(stated),
        up=_pace(stated.up),
        down=_pace(stated.down),
    )
    # Replicas of the whole environment can be for other components, which something scales.
    return found if found.scales else replace(found, max_replicas=replicas.min)


def backlogs(context: Context, name: str) -> list[Backlog]:
    """Return the backlogs of a component that it scales on."""
    found: list[Backlog] = []
    for target in context.reached(name):
        component = context.system.components.get(target)
        found += called(component, "offers.backlogs", context, target, name) or () if component else ()
    return found


def component_ports(context: Context, name: str) -> list[Port]:
    """Return the ports of a component: the container contract's and its own."""
    return [port(spec) for spec in container_ports(context.system, context.component(name, Program))]


def task_props(context: Context, name: str) -> TaskProps:
    """Return the task of a component that runs to completion."""
    component, needs = context.component(name, Program), context.system.components[name]
    if not isinstance(needs, JobNeeds):
        raise TypeError(f'"{name}" is {with_article(component.kind)}, which does not run to completion')
    common = _common(context, name)
    del common["pre_stop"]
    return TaskProps(
        **common,
        priority_class=priority(context, component, component.tier),
        retries=needs.retries,
        deadline_seconds=needs.deadline_seconds,
        parallelism=needs.parallelism,
        completions=needs.completions,
        restart_policy=needs.restart,
        termination_grace_seconds=component.lifecycle.termination_grace_seconds or TASK_GRACE_SECONDS,
    )


def _common(context: Context, name: str) -> dict[str, Any]:
    """Return the common props of workloads and tasks."""
    component, identity = context.component(name, Program), cloud_identity(context, name)
    files = file_data(component)
    return {
        **own_container(context, name),
        **own_pod(context, name),
        "identity": context.component_identity(name),
        "image": context.image(component.image),
        "command": component.command,
        "args": component.args,
        "environment": configuration(context, name),
        "variables": variables(component.environment),
        "secrets": secrets(context, name),
        "config_files": config_files(context, name),
        "volumes": volumes(name, component),
        "init_containers": init_containers(context, name),
        "service_account": component.service_account,
        "service_account_annotations": identity.annotations if identity else {},
        "pod_labels": {**(identity.pod_labels if identity else {}), **component.labels},
        "pod_annotations": {**component.annotations, **({FILES_HASH: content_hash(files)} if files else {})},
        "resources": resources(component.resources, context.resources(name)),
        "user_id": user_id(context, component),
        "api_token": component.uses_api,
    }


def _metrics(stated: Autoscaling) -> list[Metric]:
    return [
        Metric(
            name=one.name,
            average=one.average,
            value=one.value,
            labels=one.labels,
            external=one.external,
            object_kind=one.object.kind if one.object else None,
            object_name=one.object.name if one.object else None,
            object_api=one.object.api_version if one.object else None,
        )
        for one in stated.metrics
    ]


def _pace(stated: PaceSpec | None) -> Pace | None:
    return Pace(**stated.model_dump()) if stated else None

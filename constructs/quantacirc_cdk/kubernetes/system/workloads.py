"""Agents, services, monitors and jobs of the model as props."""

from quantacirc_cdk.kubernetes.autoscaler import Backlog, Scaling
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.nats import consumers, streams
from quantacirc_cdk.kubernetes.nats.config import ACCOUNT, MONITOR_PORT
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.connections import clients, config_files, configuration, secrets
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.tracing import tracing_variables
from quantacirc_cdk.kubernetes.task import TaskProps
from quantacirc_cdk.kubernetes.workload import WorkloadProps


def workload_props(context: Context, name: str) -> WorkloadProps:
    """Return an agent, service or monitor as a workload."""
    component, container = context.system.components[name], context.system.container
    replicas = context.replicas(name)
    scaling, identity = component.autoscaling, cloud_identity(context, name)
    return WorkloadProps(
        identity=context.component_identity(name),
        image=context.image(component.image),
        command=component.command,
        args=component.args,
        ports=component_ports(context, name),
        environment=configuration(context, name),
        variables=tracing_variables(context, name),
        secrets=secrets(context, name),
        config_files=config_files(context, name),
        service_account_annotations=identity.annotations if identity else {},
        pod_labels=identity.pod_labels if identity else {},
        resources=context.resources(name),
        probes=Probes(
            port=component.probes.port or "http",
            startup_path=component.probes.startup_path or container.startup_path,
            liveness_path=component.probes.liveness_path or container.liveness_path,
            readiness_path=component.probes.readiness_path or container.readiness_path,
            startup_seconds=component.probes.startup_seconds,
            period_seconds=component.probes.period_seconds,
        ),
        scaling=Scaling(
            min_replicas=replicas.min,
            max_replicas=replicas.max,
            cpu_percent=scaling.cpu_percent,
            memory_percent=scaling.memory_percent,
            scale_down_seconds=scaling.scale_down_seconds,
            backlogs=backlogs(context, name),
        ),
        autoscaled=component.kind != "monitor",
        max_unavailable=component.disruption.max_unavailable,
        user_id=container.user_id,
        termination_grace_seconds=container.termination_grace_seconds,
        priority_class=context.priority("services"),
        api_token=component.api_access,
    )


def backlogs(context: Context, name: str) -> list[Backlog]:
    """Return the work of a component that waits on the bus, where it scales by that and the cluster has KEDA."""
    messages, bus = context.system.components[name].autoscaling.backlog, context.system.only("bus")
    if messages is None or bus is None or not context.environment.cluster.addons.keda:
        return []
    users = clients(context)
    monitor = f"{bus}-headless.{context.namespace}.svc.cluster.local:{MONITOR_PORT}"
    return [
        Backlog(stream=consumer.stream, consumer=consumer.name, messages=messages, monitor=monitor, account=ACCOUNT)
        for consumer in consumers(users, streams(users))
        if consumer.name == name
    ]


def component_ports(context: Context, name: str) -> list[Port]:
    """Return the ports of an agent, service or monitor: the container contract's and its own."""
    component, container = context.system.components[name], context.system.container
    contract = [Port(name="http", port=container.http_port), Port(name="metrics", port=container.metrics_port)]
    return contract + [Port(name=p.name, port=p.port, protocol=p.protocol) for p in component.ports]


def task_props(context: Context, name: str) -> TaskProps:
    """Return a job as a task."""
    component, identity = context.system.components[name], cloud_identity(context, name)
    return TaskProps(
        identity=context.component_identity(name),
        image=context.image(component.image),
        command=component.command,
        args=component.args,
        environment=configuration(context, name),
        secrets=secrets(context, name),
        config_files=config_files(context, name),
        service_account_annotations=identity.annotations if identity else {},
        pod_labels=identity.pod_labels if identity else {},
        resources=context.resources(name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("tasks"),
        api_token=component.api_access,
    )

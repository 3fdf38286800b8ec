"""cdk8s-plus objects for the constructs of this package. cdk8s-plus is imported on first use.

None of them adds an object to the output: they reference the objects of the constructs.
"""

from collections.abc import Sequence
from typing import Any

import jsii

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes import engine
from quantacirc_cdk.kubernetes.container import Container, Port
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity


def service(item: Manifest, ports: Sequence[Port]) -> "engine.kplus.Service":
    """Return a Service for ``kplus.IngressBackend.from_service``."""
    plus = engine.kplus
    made = plus.Service(
        item,
        "plus",
        metadata=cdk8s.ApiObjectMetadata(name=item.name),
        ports=[
            plus.ServicePort(name=one.name, port=one.port, target_port=port.port, protocol=_protocol(port))
            for port in ports
            for one in port.served
        ],
    )
    made.node.try_remove_child("Resource")  # Remove the object that this class creates; the existing one remains.
    return made


def _protocol(port: Port) -> Any:
    return getattr(engine.kplus.Protocol, port.protocol)


def scalable(target: Manifest, containers: Sequence[Container], *, scaled: bool) -> "engine.kplus.IScalable":
    """Return a workload for ``kplus.HorizontalPodAutoscaler``.

    The workload drops its fixed number of replicas when an autoscaler targets it. Raises ``PropsError`` if it is
    already ``scaled``, because two autoscalers would conflict.
    """
    if scaled:
        what = "it already has an autoscaler"
        raise PropsError(Problem(key=target.node.path, what=what, expected="`autoscaled=False` in its props"))
    plus = engine.kplus

    @jsii.implements(plus.IScalable)
    class Scalable:
        def __init__(self) -> None:
            self._taken = False

        @property
        @jsii.member(jsii_name="hasAutoscaler")
        def has_autoscaler(self) -> bool:
            return self._taken

        @has_autoscaler.setter
        def has_autoscaler(self, value: bool) -> None:
            self._taken = value

        @jsii.member(jsii_name="markHasAutoscaler")
        def mark_has_autoscaler(self) -> None:
            if not self._taken:
                target.add_json_patch(cdk8s.JsonPatch.remove("/spec/replicas"))
            self._taken = True

        @jsii.member(jsii_name="toScalingTarget")
        def to_scaling_target(self) -> "engine.kplus.ScalingTarget":
            return plus.ScalingTarget(
                api_version=target.api_version,
                kind=target.kind,
                name=target.name,
                containers=[_container(one.name, one.image, one.resources) for one in containers],
            )

    found: Any = Scalable()
    return found  # type: ignore[no-any-return]


def _container(name: str, image: str, resources: Resources) -> "engine.kplus.Container":
    plus = engine.kplus
    return plus.Container(
        name=name,
        image=image,
        resources=plus.ContainerResources(
            cpu=plus.CpuResources(request=plus.Cpu.millis(int(parse_quantity(resources.cpu or "0") * 1000))),
            memory=plus.MemoryResources(request=cdk8s.Size.mebibytes(_mebibytes(resources.memory))),
        ),
    )


def _mebibytes(text: str | None) -> int:
    return max(1, int(parse_quantity(text or "0")) // MEBIBYTE)


def pods(scope: Construct, labels: "dict[str, str]") -> "engine.kplus.Pods":
    """Return the pods with these labels, for a ``kplus.NetworkPolicy``."""
    return engine.kplus.Pods.select(scope, "pods", labels=labels)


def service_account(item: Manifest) -> "engine.kplus.IServiceAccount":
    """Return a ServiceAccount, for ``kplus.Role.bind`` or a pod."""
    return engine.kplus.ServiceAccount.from_service_account_name(item, "plus", item.name)


def config_map(item: Manifest) -> "engine.kplus.IConfigMap":
    """Return a ConfigMap, for ``kplus.Volume.from_config_map`` or a variable."""
    return engine.kplus.ConfigMap.from_config_map_name(item, "plus", item.name)


def secret(scope: Construct, name: str) -> "engine.kplus.ISecret":
    """Return the Secret with a name, for ``kplus.Volume.from_secret`` or a variable."""
    return engine.kplus.Secret.from_secret_name(scope, f"plus-{name}", name)


def claim(item: Manifest) -> "engine.kplus.IPersistentVolumeClaim":
    """Return a claim, for ``kplus.Volume.from_persistent_volume_claim``."""
    return engine.kplus.PersistentVolumeClaim.from_claim_name(item, "plus", item.name)

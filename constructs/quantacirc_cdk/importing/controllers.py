"""Translate the fields of workloads and autoscalers: replicas, updates, schedules."""

from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.source import Data, Item, Source

_CPU_PERCENT = 80
"""CPU target of an autoscaler without metrics: https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/."""
_ROLLING = {"maxSurge": "max_surge", "maxUnavailable": "max_unavailable"}


def controller(item: Item, part: Data, settings: Data) -> None:
    """Add the fields of the workload: replicas, updates, schedules."""
    spec = item.data["spec"]
    if item.kind in ("Deployment", "StatefulSet"):
        count = 1 if spec.get("replicas") is None else spec["replicas"]
        settings["replicas"] = {"min": count, "max": count}
    update: Data = {}
    if item.kind == "Deployment":
        strategy = spec.get("strategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        if strategy.get("type") == "Recreate":
            update["recreate"] = True
        elif rolling:  # Also with a volume that only one node can mount.
            update["recreate"] = False
        update |= {ours: rolling[key] for key, ours in _ROLLING.items() if key in rolling}
        part["autoscaling"] = {"cpu_percent": None}
    elif item.kind in ("StatefulSet", "DaemonSet"):
        strategy = spec.get("updateStrategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        if strategy.get("type") == "OnDelete":
            update["on_delete"] = True
        if item.kind == "StatefulSet":
            update |= {"partition": rolling["partition"]} if rolling.get("partition") else {}
            part["pod_management"] = "parallel" if spec.get("podManagementPolicy") == "Parallel" else "ordered"
        else:
            update |= {ours: rolling[key] for key, ours in _ROLLING.items() if key in rolling}
    else:
        job = (spec.get("jobTemplate") or {}).get("spec") or {}
        restart = item.template["spec"].get("restartPolicy")
        stated = {
            "schedule": spec.get("schedule"),
            "time_zone": spec.get("timeZone"),
            "concurrency": spec.get("concurrencyPolicy", "Allow"),
            "retries": job.get("backoffLimit", 6),
            "parallelism": job.get("parallelism"),
            "completions": job.get("completions"),
            "restart": restart,
        }
        part |= {key: value for key, value in stated.items() if value is not None}
        part["deadline_seconds"] = job.get("activeDeadlineSeconds")
    if spec.get("minReadySeconds"):
        update["min_ready_seconds"] = spec["minReadySeconds"]
    if update:
        part["update"] = update


def scaled(source: Source, plan: Translation, name: str, part: Data) -> set[tuple[str, str]]:
    """Add the settings of the source's autoscalers; return these autoscalers."""
    item, settings = plan.components[name], plan.environment["components"][name]
    for one in source.of("HorizontalPodAutoscaler"):
        spec = one.data.get("spec") or {}
        target = spec.get("scaleTargetRef") or {}
        if item.kind != "Deployment" or (target.get("kind"), target.get("name")) != item.key:
            continue
        settings["replicas"] = {"min": spec.get("minReplicas", 1), "max": spec.get("maxReplicas", 1)}
        use: Data = {"cpu_percent": spec.get("targetCPUUtilizationPercentage")}
        if not spec.get("metrics"):
            use["cpu_percent"] = use["cpu_percent"] or _CPU_PERCENT
        for metric in spec.get("metrics") or []:
            resource = metric.get("resource") or {}
            percent = (resource.get("target") or {}).get("averageUtilization")
            if resource.get("name") in ("cpu", "memory") and percent:
                use[f"{resource['name']}_percent"] = percent
            elif metric.get("type") in ("Pods", "External", "Object"):
                use.setdefault("metrics", []).append(_metric(metric))
        if use == {"cpu_percent": None}:
            plan.notes.append(
                f"{one.kind} {one.name} has only metrics that the model cannot have: add others to {name}.autoscaling."
            )
        part["autoscaling"] = use
        plan.counterparts[one.key] = (one.kind, name)
        return {one.key}
    return set()


def _metric(metric: Data) -> Data:
    """Return an autoscaler metric other than CPU and memory."""
    spec = metric.get(str(metric["type"]).lower()) or {}
    target, what = spec.get("target") or {}, spec.get("metric") or {}
    found: Data = {"name": what.get("name")}
    for key, ours in (("averageValue", "average"), ("value", "value")):
        if key in target:
            found[ours] = str(target[key])
    labels = (what.get("selector") or {}).get("matchLabels")
    found |= {"labels": labels} if labels else {}
    if metric["type"] == "External":
        found["external"] = True
    elif metric["type"] == "Object":
        about = spec.get("describedObject") or {}
        keys = (("kind", "kind"), ("name", "name"), ("apiVersion", "api_version"))
        found["object"] = {ours: about[key] for key, ours in keys if key in about}
    return found

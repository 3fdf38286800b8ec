"""Translate volumes and claims to keys of a component."""

from quantacirc_cdk.importing.containers import volume_key
from quantacirc_cdk.importing.declared import STORAGE_CLASS
from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.source import Data, Item, Source

CLAIM = "PersistentVolumeClaim"


def give_volumes(part: Data, spec: Data) -> None:
    """Set the sources of the volumes that containers mount."""
    mounted: Data = part.pop("volumes", {})
    used = {
        name for one in (*part.get("side_cars", []), *part.get("init_containers", [])) for name in one.get("mounts", {})
    }
    known = {volume_key(str(one.get("name"))): one for one in spec.get("volumes") or []}
    found: Data = {}
    for name in [*mounted, *sorted(used - mounted.keys())]:
        source = _volume(known.get(name) or {})
        if source is None:
            for one in (*part.get("side_cars", []), *part.get("init_containers", [])):
                one.get("mounts", {}).pop(name, None)
            continue
        found[name] = {**source, **({"mount": mounted[name]} if name in mounted else {})}
    if found:
        part["volumes"] = found


def _volume(volume: Data) -> Data | None:
    """Return a volume of the model; None for a type that it does not support."""
    if "emptyDir" in volume:
        own = volume["emptyDir"] or {}
        empty: Data = {"size": str(own["sizeLimit"])} if own.get("sizeLimit") else {}
        return {"empty": {**empty, **({"memory": True} if own.get("medium") == "Memory" else {})}}
    if "persistentVolumeClaim" in volume:
        return {"claim": volume["persistentVolumeClaim"].get("claimName")}
    if "hostPath" in volume:
        own = volume["hostPath"]
        more = {"type": own["type"]} if own.get("type") else {}
        return {"host": {"path": own.get("path"), **more, "reason": "The imported source mounts it."}}
    if "projected" in volume:
        return {"projected": volume["projected"].get("sources")}
    if "downwardAPI" in volume:
        return {"projected": [{"downwardAPI": {"items": volume["downwardAPI"].get("items")}}]}
    return {"size": "1Gi"} if not volume else None


def give_access(source: Source, part: Data) -> None:
    """Set the access of volumes whose claims several nodes can mount, as the claims of the source say."""
    claims = {one.name: (one.data.get("spec") or {}).get("accessModes") or [] for one in source.of(CLAIM)}
    for volume in part.get("volumes", {}).values():
        modes = [one for one in claims.get(str(volume.get("claim")), ()) if one != "ReadWriteOnce"]
        if modes:
            volume["access"] = modes[0]


def settle_replicas(plan: Translation, name: str) -> None:
    """Keep one replica of a component whose pods would share a claim that one node at a time can mount."""
    part, settings = plan.system["components"][name], plan.environment["components"][name]
    volumes = part.get("volumes", {})
    alone = [key for key, one in volumes.items() if "claim" in one and one.get("access") in (None, "ReadWriteOncePod")]
    count = settings.get("replicas", {}).get("max", 1)
    if alone and isinstance(count, int) and count > 1:
        settings["replicas"] = {"min": min(1, settings["replicas"]["min"]), "max": 1}
        plan.single.add(name)
        plan.notes.append(
            f"{name} has one replica, not {count}: its pods share the volume {alone[0]}, which only one node can mount."
            f" For more, give the claim {volumes[alone[0]]['claim']} and the volume the access ReadWriteMany."
        )


def give_claims(part: Data, item: Item) -> None:
    """Set the sizes of the volumes of a StatefulSet's claims."""
    for claim in (item.data.get("spec") or {}).get("volumeClaimTemplates") or []:
        name, spec = volume_key(claim["metadata"]["name"]), claim.get("spec") or {}
        found = part.setdefault("volumes", {}).setdefault(name, {})
        found.pop("claim", None)  # The claim of each pod takes the place of a volume with its name.
        found["size"] = str(((spec.get("resources") or {}).get("requests") or {}).get("storage", "1Gi"))
        if spec.get("accessModes", ["ReadWriteOnce"]) != ["ReadWriteOnce"]:
            found["access"] = spec["accessModes"][0]
        annotations = claim["metadata"].get("annotations") or {}
        storage_class = spec.get("storageClassName") or annotations.get(STORAGE_CLASS)
        if storage_class:
            found["storage_class"] = storage_class

"""Services that run before all others: they create Secrets and set the owners of volumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.mounts import Mounts, file_mount, mounts
from quantacirc_cdk.compose.scripts import script
from quantacirc_cdk.compose.secrets import VOLUME, given, made
from quantacirc_cdk.compose.service import SCRIPTS
from quantacirc_cdk.manifests import Data
from quantacirc_cdk.text.compose import literal
from quantacirc_cdk.text.compose import variable as variable_of

PREPARE, CERTIFICATES = "prepare", "certificates"
_PLAN = "/run/plan"
_MADE = "/tmp/certificates"  # noqa: S108 (a volume)
_ROOT: Mapping[str, object] = {
    "user": "0:0",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "network_mode": "none",
    "restart": "no",
}


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Services that run to completion before the others start, and their files."""

    services: Mapping[str, Data] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def preparation(
    manifests: Manifests, found: Sequence[Mounts], stores: Sequence[Workload], others: Sequence[Workload] = ()
) -> Preparation:
    """Return the services that prepare the volumes ``found``.

    They use the image that creates Secrets in the cluster, else that of a store, else one of the ``others``, which must
    have a shell, ``chown`` and ``od``. Secrets that are not generated come from the environment variables of the user
    who starts the system.
    """
    views = [view for mounted in found for view in mounted.views]
    owned = {volume: user for mounted in found for volume, user in mounted.owned.items()}
    job, job_files = made(manifests)
    source = job or next(iter([*stores, *others]), None)
    if source is None or not (views or owned):
        return Preparation()
    lines = job_files.get("secrets", "")
    outside = sorted(set(given(views, lines, manifests)))
    files = {
        "prepare/secrets": lines,
        "prepare/given": "".join(f"{' '.join(item)}\n" for item in outside),
        "prepare/views": "".join(f"{view.line()}\n" for view in sorted(views, key=lambda view: view.folder)),
        "prepare/owners": "".join(f"{volume} {user}\n" for volume, user in sorted(owned.items())),
        "scripts/prepare.sh": script("prepare.sh"),
    }
    service: Data = {
        "image": source.pod["containers"][0]["image"],
        "entrypoint": ["/bin/sh", f"{SCRIPTS}/prepare.sh"],
        "environment": {
            "PLAN": _PLAN,
            "SECRETS": "/secrets",
            "VOLUMES": "/volumes",
            **{name: variable_of(name) for _, _, name in outside},
        },
        **_ROOT,
        "cap_add": ["CHOWN"],
        "volumes": [
            file_mount("./prepare", _PLAN),
            file_mount("./scripts/prepare.sh", f"{SCRIPTS}/prepare.sh"),
            {"type": "volume", "source": VOLUME, "target": "/secrets"},
            *({"type": "volume", "source": name, "target": f"/volumes/{name}"} for name in sorted(owned)),
        ],
    }
    if job is None or not job.pod.get("initContainers"):
        return Preparation(services={PREPARE: service}, files=files)
    certificates, mounted = _certificates(job, manifests)
    service["volumes"].append({"type": "volume", "source": CERTIFICATES, "target": _MADE, "read_only": True})
    service["depends_on"] = {CERTIFICATES: {"condition": "service_completed_successfully"}}
    return Preparation(services={CERTIFICATES: certificates, PREPARE: service}, files=files | mounted)


def _certificates(job: Workload, manifests: Manifests) -> tuple[Data, dict[str, str]]:
    container = job.pod["initContainers"][0]
    found = mounts(job, container, CERTIFICATES, manifests)
    service = {
        "image": container["image"],
        "entrypoint": [literal(word) for word in container["command"]],
        "environment": {entry["name"]: literal(entry["value"]) for entry in container["env"]},
        **_ROOT,
        "volumes": [*found.volumes, {"type": "volume", "source": CERTIFICATES, "target": _MADE}],
        "tmpfs": found.tmpfs,
    }
    return service, found.files

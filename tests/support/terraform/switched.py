"""The project's own environments, switched to another cloud by one line."""

import runpy
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.terraform.interface import Purpose
from support.tools import ROOT

ENVIRONMENTS = ("dev", "staging", "prod")


def switch_project(folder: Path, target: str, edits: Mapping[str, str] | None = None) -> Path:
    """Copy the project's model to ``folder`` and change the one line ``target: aws``, and what ``edits`` says."""
    shutil.copytree(ROOT / "apps" / "environments", folder / "apps" / "environments")
    shutil.copy(ROOT / "apps" / "system.yaml", folder / "apps" / "system.yaml")
    dev = folder / "apps" / "environments" / "dev.yaml"
    text = dev.read_text()
    for old, new in {"target: aws": f"target: {target}", **(edits or {})}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    dev.write_text(text)
    return folder


_HOLIDAYS = "maintenance_exclusions: { holidays: { first_day: 2026-12-18, last_day: 2027-01-06 } }"
_OF_CLUSTER = {"aws": "session_manager: true\n  load_balancer_controller: true", "gcp": _HOLIDAYS, "azure": _HOLIDAYS}
_OF_NETWORK = {"aws": "\n  secondary_cidr: 100.64.0.0/16", "gcp": "\n  ip_family: dual", "azure": ""}
_OF_BUDGET = {"aws": "", "gcp": ", billing_account: 012345-567890-ABCDEF", "azure": ", start_month: 2026-12"}
_OF_TRAIL = {"aws": "threat_detection: true", "gcp": "", "azure": "threat_detection: true"}
_AZURE = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/data/providers/Microsoft.Network"
_OF_PEER = {
    "aws": "network: vpc-0a1b2c3d4e5f67890, dns_resolution: true",
    "gcp": "network: projects/data-prod/global/networks/data",
    "azure": f"network: {_AZURE}/virtualNetworks/data",
}


def add_options(project: Path, cloud: str) -> Path:
    """Give production what an environment has only if it says so."""
    path = project / "apps" / "environments" / "prod.yaml"
    account = f"budget: {{ monthly_amount: 500{_OF_BUDGET[cloud]} }}\naudit_trail: {{ {_OF_TRAIL[cloud]} }}"
    peers = f"peers: {{ data: {{ {_OF_PEER[cloud]}, cidrs: [10.90.0.0/16] }} }}{_OF_NETWORK[cloud]}"
    text = path.read_text()
    if cloud == "aws":
        place = 'account: "333333333333"\n'
        assert text.count(place) == 1
        text = text.replace(place, f"{place}    team_roles: {{ developers: [developers] }}\n")
    cluster = f"  {_OF_CLUSTER[cloud]}\n  dns_programs: [cert-manager]\n  velero_store: {{ replicate: true }}\n"
    for section, more in (("network", f"  {peers}\n"), ("cluster", cluster)):
        assert text.count(f"\n{section}:\n") == 1
        text = text.replace(f"\n{section}:\n", f"\n{section}:\n{more}")
    path.write_text(f"{text}{account}\n")
    return add_replicas(project, "prod")


def add_replicas(project: Path, environment: str) -> Path:
    """Give the ledger of an environment read replicas, and its clients their hosts."""
    system = project / "apps" / "system.yaml"
    path = project / "apps" / "environments" / f"{environment}.yaml"
    for file, section, more in (
        (system, "\n    kind: postgresql\n", "    read_endpoint: true\n"),
        (path, "\n  ledger:\n", "    read_replicas: 2\n"),
    ):
        text = file.read_text()
        assert text.count(section) == 1
        file.write_text(text.replace(section, f"{section}{more}"))
    return project


def synthesize(project: Path, outdir: Path) -> Path:
    runpy.run_path(str(ROOT / "apps" / "infrastructure.py"))["synthesize"](project, outdir)
    return outdir


@dataclass(frozen=True)
class Keys:
    """Keys that are there already."""

    def key_id(self, purpose: Purpose) -> str:
        return f"keys/{purpose}"

    def recovery_key_id(self, purpose: Purpose) -> str:
        return f"keys/{purpose}-recovery"

"""The volume of a dump on its way fits what the database may grow to."""

import pytest

from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from support.kubernetes.manifests import find, read_folder
from support.tools import ROOT


@pytest.mark.integration
@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
@pytest.mark.parametrize("job", ["ledger-backup", "ledger-backup-restore"])
def test_the_largest_dump_fits_the_work_volume(name: str, job: str) -> None:
    project = load_project(ROOT)
    site = Site(project.system, project.environments[name])
    managed = site.provider("ledger") == "managed"
    settings = project.environments[name].components["ledger"]
    largest = parse_quantity(settings.max_storage) / 2 if managed else parse_quantity(site.storage("ledger"))
    spec = find(read_folder(ROOT / "dist" / "kubernetes" / name), "CronJob", job)["spec"]
    volumes = spec["jobTemplate"]["spec"]["template"]["spec"]["volumes"]
    (work,) = [one["ephemeral"]["volumeClaimTemplate"]["spec"] for one in volumes if one["name"] == "work"]
    assert parse_quantity(work["resources"]["requests"]["storage"]) >= largest

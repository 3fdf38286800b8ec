"""Volumes that one node at a time can mount leave their workloads with one replica."""

from collections.abc import Callable

import pytest
import yaml

from importing.conftest import Imported

SHARED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name} }}
spec:
  replicas: 2
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec:
      containers: [{{ name: {name}, image: "ghcr.io/shop/web:1", volumeMounts: [{{ name: files, mountPath: /srv }}] }}]
      volumes: [{{ name: files, persistentVolumeClaim: {{ claimName: {name} }} }}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{ name: {name} }}
spec: {{ accessModes: [{mode}], resources: {{ requests: {{ storage: 1Gi }} }} }}
"""


@pytest.mark.integration
def test_replicas_that_share_a_volume_of_one_node_become_one_with_one_note(imported: Callable[..., Imported]) -> None:
    text = "---\n".join(
        SHARED.format(name=name, mode=mode) for name, mode in {"one": "ReadWriteOnce", "many": "ReadWriteMany"}.items()
    )
    found = imported(text)
    assert found.find("Deployment", "one")["spec"]["replicas"] == 1
    assert found.find("Deployment", "many")["spec"]["replicas"] == 2
    (note,) = (one for one in found.report.added if "replica" in one)
    assert note.startswith(
        "one has one replica, not 2: its pods share the volume files-volume, which only one node can"
    )
    assert found.reasons("Deployment/one")["spec.replicas"].startswith("Its pods share a volume")
    assert "spec.replicas" not in found.reasons("Deployment/many")
    system = yaml.safe_load((found.root / "apps" / "system.yaml").read_text())
    assert "patches" not in system

"""A volume that the API refuses is refused with what was expected."""

from typing import Any

import pytest

from quantacirc_cdk.limits.volume_sources import volume_refusals


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"foo": {}}, "no source foo"),
        ({"emptyDir": {}, "secret": {"secretName": "a"}}, "2 sources"),
        ({"emptyDir": {"siz": 1}}, "emptyDir: no field siz"),
        ({"emptyDir": {"sizeLimit": "lots"}}, "emptyDir: sizeLimit 'lots'"),
        ({"emptyDir": {"medium": "Disk"}}, "emptyDir: medium 'Disk'"),
        ({"hostPath": {"path": "/a", "type": "Dir"}}, "hostPath: type 'Dir'"),
        ({"configMap": {"name": "a", "items": [{"key": "a", "path": "../a"}]}}, "configMap: path '../a' of an item"),
        ({"configMap": {"name": "a", "items": [{"key": "a", "path": "..a"}]}}, "configMap: path '..a' of an item"),
        ({"configMap": {"name": "a", "defaultMode": "0644"}}, "configMap: defaultMode '0644'"),
        ({"secret": {"secretName": "a", "defaultMode": 1000}}, "secret: defaultMode 1000"),
        ({"secret": {"name": "x", "secretName": "x"}}, "secret: no field name"),
        ({"csi": {}}, "csi: no driver"),
        ({"nfs": {"server": "a", "path": "b"}}, "nfs: path 'b'"),
        ({"persistentVolumeClaim": {}}, "persistentVolumeClaim: no claimName"),
    ],
)
def test_what_the_api_refuses_is_named(source: dict[str, Any], said: str) -> None:
    assert [what for what, _ in volume_refusals({"name": "a", **source})] == [said]


@pytest.mark.parametrize(
    "source",
    [
        {"emptyDir": {"medium": "HugePages-2Mi", "sizeLimit": "1Gi"}},
        {"hostPath": {"path": "/a", "type": ""}},
        {"configMap": {"name": "a", "defaultMode": 0o440, "items": [{"key": "a", "path": "b/c", "mode": 0o400}]}},
        {"iscsi": {"targetPortal": "a"}},
        {"projected": {"sources": []}},
    ],
)
def test_the_rest_is_taken(source: dict[str, Any]) -> None:
    assert list(volume_refusals({"name": "a", **source})) == []

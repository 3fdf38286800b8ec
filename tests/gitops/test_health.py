"""The health checks are run as Argo CD runs them: as Lua with the object in ``obj``."""

import json
from pathlib import Path
from typing import Any

import pytest
from lupa import LuaRuntime  # type: ignore[import-untyped]

from support.gitops.argocd import read

KEY = "resource.customizations.health."


@pytest.fixture(scope="module")
def checks(checkout: Path) -> dict[str, str]:
    [settings] = read(checkout / "dist" / "gitops" / "argocd" / "settings" / "argocd-cm.yaml")
    return {key.removeprefix(KEY): text for key, text in settings["data"].items() if key.startswith(KEY)}


def table(lua: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return lua.table_from({key: table(lua, item) for key, item in value.items()})
    return lua.table_from([table(lua, item) for item in value]) if isinstance(value, list) else value


def run(script: str, item: dict[str, Any]) -> tuple[str, str]:
    lua = LuaRuntime()
    lua.globals().obj = table(lua, item)
    health = lua.execute(script)
    return health.status, health.message


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("argoproj.io_Application", None, ("Progressing", "")),
        ("argoproj.io_Application", {"health": {"status": "Degraded", "message": "no"}}, ("Degraded", "no")),
        ("argoproj.io_Application", {"health": {"status": "Healthy"}}, ("Healthy", "")),
        ("velero.io_Schedule", None, ("Progressing", "Velero has not read the schedule yet")),
        ("velero.io_Schedule", {"phase": "Enabled"}, ("Healthy", "backups are scheduled")),
        ("velero.io_Schedule", {"phase": "FailedValidation", "validationErrors": ["a", "b"]}, ("Degraded", "a, b")),
        ("keda.sh_ScaledObject", None, ("Progressing", "KEDA has not read the object yet")),
        ("keda.sh_ScaledObject", {"conditions": [{"type": "Ready", "status": "True"}]}, ("Healthy", "")),
        (
            "keda.sh_ScaledObject",
            {
                "conditions": [
                    {"type": "Active", "status": "True"},
                    {"type": "Ready", "status": "False", "message": "x"},
                ]
            },
            ("Degraded", "x"),
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_health(checks: dict[str, str], kind: str, status: Any, expected: tuple[str, str]) -> None:
    item = {"spec": {"syncPolicy": {"automated": {"prune": True}}}}
    assert run(checks[kind], item if status is None else item | {"status": status}) == expected


@pytest.mark.parametrize("policy", [{}, {"syncPolicy": {"syncOptions": ["a=b"]}}])
def test_an_application_that_somebody_syncs_holds_up_nothing(checks: dict[str, str], policy: dict[str, Any]) -> None:
    item = {"spec": policy, "status": {"health": {"status": "Missing"}}}
    assert run(checks["argoproj.io_Application"], item) == ("Healthy", "it is synced manually")

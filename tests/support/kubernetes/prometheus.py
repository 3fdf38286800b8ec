"""Run ``promtool`` on rendered rules: which alerts fire on which series."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from support.kubernetes.manifests import Object
from support.tools import require

HOUR = 60
DAY = 24 * HOUR


@dataclass(frozen=True)
class Case:
    """Series that differ from those of a healthy system, and the alerts that fire on them after a while."""

    name: str
    changes: Mapping[str, str | None]
    """Values by series in promtool's notation, ``{n}`` for the number of minutes; None takes a series away."""
    fires: Mapping[str, int] = field(default_factory=dict)
    """Number of alerts by name: exactly these, and no other."""
    minutes: int = 130
    """Minutes after the start at which one looks."""
    step: int = 1
    """Minutes between two values of a series, and between two evaluations."""


def rule_file(objects: Sequence[Object], folder: Path) -> Path:
    """Write the rules of all PrometheusRules among the objects as Prometheus reads them."""
    groups = [group for item in objects if item["kind"] == "PrometheusRule" for group in item["spec"]["groups"]]
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": groups}, sort_keys=False))
    return path


def promtool(*arguments: str | Path) -> str:
    """Run promtool; returns what it says, fails when it finds something."""
    program = require("promtool", "install Debian's package prometheus")
    run = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def check_cases(rules: Path, healthy: Mapping[str, str], cases: Sequence[Case]) -> None:
    """Have promtool evaluate the rules on every case; fails naming the cases in which other alerts fire."""
    files = []
    for step in sorted({case.step for case in cases}):
        document = {
            "rule_files": [rules.name],
            "evaluation_interval": f"{step}m",
            "tests": [_test(healthy, case) for case in cases if case.step == step],
        }
        files.append(rules.parent / f"cases-{step}.yaml")
        files[-1].write_text(yaml.safe_dump(document, sort_keys=False))
    promtool("test", "rules", *files)


def _test(healthy: Mapping[str, str], case: Case) -> Object:
    series = {**healthy, **case.changes}
    firing = [
        {"labels": f'{{alertname="{alert}"}}', "value": count} for alert, count in sorted(case.fires.items()) if count
    ]
    return {
        "name": case.name,
        "interval": f"{case.step}m",
        "input_series": [
            {"series": name, "values": values.format(n=case.minutes // case.step)}
            for name, values in series.items()
            if values
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{case.minutes}m",
                "exp_samples": firing,
            }
        ],
    }

"""Detect connections in a source: Service names in variables, arguments and configuration."""

import json
import re
from collections.abc import Iterator

from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.source import Data, Source, selects


def connect(source: Source, plan: Translation) -> None:
    """Add `reaches` for Services that variables, arguments or mounted configuration name."""
    parts = plan.system["components"]
    addresses: dict[str, str] = {name: name for name in parts if parts[name].get("ports")}
    for service in source.of("Service"):
        for name, item in plan.components.items():
            labels = (item.template.get("metadata") or {}).get("labels") or {}
            if selects((service.data.get("spec") or {}).get("selector"), labels) and parts[name].get("ports"):
                addresses[service.name] = name
    configuration = {
        item.name: "\n".join(map(str, (item.data.get("data") or {}).values())) for item in source.of("ConfigMap")
    }
    for name, item in plan.components.items():
        spec = item.template["spec"]
        whole = json.dumps(spec)
        texts = [*_texts(spec), *((text, False) for key, text in configuration.items() if f'"{key}"' in whole)]
        reached = {
            target
            for address, target in addresses.items()
            if target != name
            and (
                address in source.reaches.get(item.name, ())
                or any(_mentions(text, address, alone=alone) for text, alone in texts)
            )
        }
        if reached:
            parts[name]["reaches"] = sorted(reached)


def _texts(spec: Data) -> Iterator[tuple[str, bool]]:
    """Yield the texts of containers that can contain host names, each with whether the whole text can be one."""
    for one in (*(spec.get("initContainers") or []), *spec["containers"]):
        yield from ((str(variable.get("value")), True) for variable in one.get("env") or [] if "value" in variable)
        yield from ((str(word), False) for key in ("command", "args") for word in one.get(key) or [])


def _mentions(text: str, host: str, *, alone: bool) -> bool:
    """Return whether a text contains a host: before a port or a cluster domain, in a URL, or alone."""
    name = re.escape(host)
    before = rf"(?<![A-Za-z0-9._-]){name}(?=:[0-9]|(\.[a-z0-9-]+)?\.svc(?![A-Za-z0-9-]))"
    return (alone and text == host) or bool(re.search(rf"{before}|(//|@){name}(?![A-Za-z0-9.-])", text))

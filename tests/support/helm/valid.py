"""What Kubernetes, old and new, or Pod Security's *restricted* would refuse of rendered objects."""

import json
from collections.abc import Iterable
from functools import cache

from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, pod_templates
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors


def wrong(objects: Iterable[Object]) -> list[str]:
    """Return all that is wrong; of objects that are equal the question is asked once."""
    texts = (json.dumps(item, sort_keys=True) for item in objects if item["apiVersion"] in CORE)
    return [what for text in texts for what in _wrong(text)]


@cache
def _wrong(text: str) -> tuple[str, ...]:
    item: Object = json.loads(text)
    found = [problem for version in (OLDEST, NEWEST) for problem in errors(item, version)]
    found += [
        f"{item['kind']} {item['metadata']['name']}: {what}"
        for _, pod in pod_templates([item])
        for what in violations(pod)
    ]
    return tuple(found)

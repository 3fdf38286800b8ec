"""Matchers of the series about a system's own objects, by name.

The series of kube-state-metrics, of the kubelet and of cert-manager have the namespace and the name of an object, but
none of its labels, and another release can share the namespace. Objects of a component, and what they create, have its
name, or begin with it and a dash.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.manifests import PODS, group_of, is_added, is_built_in


@dataclass(frozen=True, kw_only=True)
class OwnObjects:
    """The objects of a system."""

    namespace: str
    components: Iterable[str]
    """Names of all components, of all environments, so that the queries are the same in each."""
    objects: Iterable[Data] = ()
    """The objects of the environment, with those that the project adds."""

    def named(self, label: str, *, namespace: str = "namespace") -> str:
        """Return the matchers of what has its namespace and its name in these labels."""
        begin = ""
        names: list[str] = []
        for name in sorted({*self.components, *filter(None, map(_extra, self.objects))}, key=lambda one: f"{one}-"):
            if not f"{name}-".startswith(begin or "-"):
                names.append(name)
                begin = f"{name}-"
        return f'{namespace}="{self.namespace}",{label}=~"({"|".join(names)})(-.+)?"'


def _extra(item: Data) -> str:
    """Return the name of an object that runs pods, or whose controller may run some; empty for another object."""
    runs = item["kind"] in PODS or (is_added(item) and not is_built_in(group_of(item)))
    return str(item["metadata"]["name"]) if runs else ""

"""Named templates of the names of a chart's objects."""

from collections.abc import Iterable

from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.text.go_template import quoted

FULLNAME = "fullnameOverride"
LONGEST = 53
"""Characters of the longest name of a release."""
_ROOM = {"CronJob": 52, "StatefulSet": 52}
"""Characters of a name that leave room for what controllers add to the names of pods; 63 for other kinds."""
_KEPT = ("CustomResourceDefinition", "Namespace")
"""Kinds whose names are not the release's to choose."""


def is_renamed(key: Key) -> bool:
    """Return whether the name of an object begins with that of the release."""
    return key.kind not in _KEPT and "." not in key.name


def _length(name: str) -> int:
    return len(name.replace("<hash>", "x" * 8))


def prefix_template(name: str, system: str, keys: Iterable[Key]) -> str:
    """Return the named template of the prefix, which refuses names that the API would refuse."""
    room = min([LONGEST, *(_ROOM.get(key.kind, 63) - _length(key.name) - 1 for key in keys if is_renamed(key))])
    keeps = f"{FULLNAME}={system} keeps the names without it"
    form = "begin with a letter and consist of lower-case letters, digits and dashes"
    long = f"may have at most {room} characters, because the longest name of the chart has no room for more"
    if room < 1:
        long = "has no room in the names of the chart"
    return f"""\
{{{{/* The beginning of the names of objects: empty for the release {system}. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $name := .Values.{FULLNAME} | default .Release.Name -}}}}
{{{{- if ne $name {quoted(system)} -}}}}
{{{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}}}
{{{{- fail (printf "{FULLNAME}: %q is the beginning of the names of objects and must {form}; {keeps}" $name) -}}}}
{{{{- end -}}}}
{{{{- if gt (len $name) {max(room, 0)} -}}}}
{{{{- fail (printf "{FULLNAME}: %q is the beginning of the names of objects and {long}; {keeps}" $name) -}}}}
{{{{- end -}}}}
{{{{- $name }}}}-
{{{{- end -}}}}
{{{{- end -}}}}
"""


def own_name_template(name: str, prefixes: str) -> str:
    """Return the named template of a name that users can set: the chart's own name gets the prefix."""
    return f"""\
{{{{/* A name from the values; with the prefix if it is one of the chart's own names: root, name, own names. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $name := index . 1 | default "" -}}}}
{{{{- if has $name (index . 2) }}}}{{{{ include "{prefixes}" (index . 0) }}}}{{{{ end -}}}}
{{{{- $name -}}}}
{{{{- end -}}}}
"""


def own_rules_template(name: str, own_name: str) -> str:
    """Return the named template of the rules of a Role that users can set."""
    return f"""\
{{{{/* The rules of a Role, with the prefix before names of the chart's objects: root, rules, own names. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $rules := list -}}}}
{{{{- range index . 1 -}}}}
{{{{- $rule := deepCopy . -}}}}
{{{{- if .resourceNames -}}}}
{{{{- $names := list -}}}}
{{{{- range .resourceNames -}}}}
{{{{- $names = append $names (include "{own_name}" (list (index $ 0) . (index $ 2))) -}}}}
{{{{- end -}}}}
{{{{- $_ := set $rule "resourceNames" $names -}}}}
{{{{- end -}}}}
{{{{- $rules = append $rules $rule -}}}}
{{{{- end -}}}}
{{{{- toYaml $rules -}}}}
{{{{- end -}}}}
"""

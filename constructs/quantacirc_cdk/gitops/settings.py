"""Settings of Argo CD that the applications need: health checks of custom resources, and notifications.

Both ConfigMaps belong to Argo CD. They are applied server-side, which keeps all other keys.
"""

from quantacirc_cdk.gitops.applications import EVENTS
from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE, Data, Delivery

# Argo CD has no built-in health check for an Application, so an application of applications would not wait for them.
# Do not wait for one that is synced manually: it would hold up the environments that sync automatically.
# https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
_APPLICATION = """\
if obj.spec.syncPolicy == nil or obj.spec.syncPolicy.automated == nil then
  return { status = "Healthy", message = "it is synced manually" }
end
local health = { status = "Progressing", message = "" }
if obj.status ~= nil and obj.status.health ~= nil then
  health.status = obj.status.health.status or health.status
  health.message = obj.status.health.message or ""
end
return health
"""
_VELERO_SCHEDULE = """\
local phase = obj.status and obj.status.phase
if phase == "Enabled" then
  return { status = "Healthy", message = "backups are scheduled" }
end
if phase == "FailedValidation" then
  return { status = "Degraded", message = table.concat(obj.status.validationErrors or {}, ", ") }
end
return { status = "Progressing", message = "Velero has not read the schedule yet" }
"""
_SCALED_OBJECT = """\
for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
  if condition.type == "Ready" then
    if condition.status == "True" then
      return { status = "Healthy", message = condition.message or "" }
    end
    if condition.status == "False" then
      return { status = "Degraded", message = condition.message or "" }
    end
  end
end
return { status = "Progressing", message = "KEDA has not read the object yet" }
"""
HEALTH = {
    "argoproj.io_Application": _APPLICATION,
    "keda.sh_ScaledObject": _SCALED_OBJECT,
    "velero.io_Schedule": _VELERO_SCHEDULE,
}
"""Lua health check by group and kind."""

_WHEN = {
    "on-deployed": "app.status.operationState?.phase in ['Succeeded'] and app.status.health.status == 'Healthy'",
    "on-health-degraded": "app.status.health.status == 'Degraded'",
    "on-sync-failed": "app.status.operationState?.phase in ['Error', 'Failed']",
}
_SAID = {
    "on-deployed": "runs {{.app.status.sync.revision}}",
    "on-health-degraded": "is not healthy",
    "on-sync-failed": "could not be synced: {{.app.status.operationState.message}}",
}


def health_checks(delivery: Delivery) -> Data:
    """Return the health checks for ``argocd-cm``."""
    checks = {f"resource.customizations.health.{kind}": script for kind, script in HEALTH.items()}
    return _config_map(delivery, "argocd-cm", checks)


def notifications(delivery: Delivery) -> Data:
    """Return the triggers and templates for ``argocd-notifications-cm``; you configure the mail server."""
    data: dict[str, str] = {}
    for event in EVENTS:
        once = "  oncePer: app.status.operationState?.syncResult?.revision\n" if event == "on-deployed" else ""
        data[f"trigger.{event}"] = f'- when: "{_WHEN[event]}"\n{once}  send: [{event}]\n'
        text = f"{{{{.app.metadata.name}}}} {_SAID[event]}"
        link = "{{.context.argocdUrl}}/applications/{{.app.metadata.name}}"
        data[f"template.{event}"] = f"email:\n  subject: '{text}'\nmessage: |\n  {text}\n  {link}\n"
    return _config_map(delivery, "argocd-notifications-cm", data)


def _config_map(delivery: Delivery, name: str, data: dict[str, str]) -> Data:
    # Argo CD finds its settings by this label.
    labels = {**delivery.labels, "app.kubernetes.io/part-of": "argocd"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": ARGOCD_NAMESPACE, "labels": labels},
        "data": data,
    }

"""A Helm chart for a cdk8s app that knows nothing of Helm: one function, two variants, two values."""

from pathlib import Path

import cdk8s

from quantacirc_cdk.helm import Place, Value, chart


def site(scope: cdk8s.Chart, *, replicas: int, image: str, debug: bool) -> None:
    """Build the app: any cdk8s, with any options."""
    labels = {"app": "site"}
    container = {"name": "site", "image": image, "args": ["serve", *(["--verbose"] if debug else [])]}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    deployment = cdk8s.ApiObject(scope, "site", api_version="apps/v1", kind="Deployment", metadata={"name": "site"})
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    deployment.add_json_patch(cdk8s.JsonPatch.add("/spec", spec))


variants = {}
for name, options in {
    "production": {"replicas": 3, "image": "registry.example/site:1.4.0", "debug": False},
    "laptop": {"replicas": 1, "image": "registry.example/site:dev", "debug": True},
}.items():
    scope = cdk8s.Chart(cdk8s.App(), name)
    site(scope, **options)
    variants[name] = scope.to_json()

made = chart(
    "site",
    variants,
    description="A site.",
    values=[
        Value(path="replicas", description="Pods.", places=[Place(kind="Deployment", path="spec.replicas")]),
        Value(
            path="image",
            description="Image of the site.",
            places=[Place(kind="Deployment", name="site", path="spec.template.spec.containers[site].image")],
        ),
    ],
)
made.write(Path("charts"))

"""A web service behind a Gateway from a few words: ``python examples/web_service.py`` writes ``manifests/``."""

from cdk8s import App, Chart

from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps, Namespace

app = App(outdir="manifests")
chart = Chart(app, "shop", namespace="shop", disable_resource_name_hashes=True)

Namespace(chart, "namespace", name="shop")
GeneratedService(
    chart,
    "storefront",
    GeneratedServiceProps(
        name="storefront",
        image="registry.example/storefront:1.4.2",
        port=3000,
        size="medium",
        host="shop.example",
        health_path="/health",
        environment={"CURRENCY": "EUR"},
        max_replicas=12,
    ),
)

app.synth()

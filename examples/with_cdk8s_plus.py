"""cdk8s-plus and these constructs in one chart: ``python examples/with_cdk8s_plus.py`` writes ``manifests/``."""

from cdk8s import ApiObjectMetadata as Metadata
from cdk8s import App, Chart, Cron

from quantacirc_cdk.kubernetes import Identity, Namespace, Port, Resources, WebService, WebServiceProps, harden
from quantacirc_cdk.kubernetes.engine import kplus

SMALL = Resources(cpu="250m", memory="256Mi", memory_limit="512Mi")
app = App(outdir="manifests")
chart = Chart(app, "shop", namespace="shop", disable_resource_name_hashes=True)

Namespace(chart, "namespace", name="shop")
web = WebService(
    chart,
    "web",
    WebServiceProps(
        identity=Identity(name="web"),
        image="registry.example/web:1.4.2",
        ports=[Port(name="http", port=8080)],
        environment={"CURRENCY": "EUR"},
        resources=SMALL,
        autoscaled=False,
    ),
)

backend = kplus.IngressBackend.from_service(web.service.for_cdk8s_plus)
rules = [kplus.IngressRule(host="shop.example", backend=backend)]
kplus.Ingress(chart, "ingress", metadata=Metadata(name="web"), rules=rules)
kplus.HorizontalPodAutoscaler(chart, "scaling", metadata=Metadata(name="web"), target=web.scalable, max_replicas=9)

# What cdk8s-plus makes, hardened as the others are.
report = kplus.ContainerProps(image="registry.example/report:2", args=["--nightly"])
job = kplus.CronJob(chart, "report", metadata=Metadata(name="report"), schedule=Cron.daily(), containers=[report])
settings = kplus.EnvValue.from_config_map(web.config.for_cdk8s_plus, "CURRENCY")
job.containers[0].env.add_variable("CURRENCY", settings)
harden(job, resources=SMALL)

app.synth()

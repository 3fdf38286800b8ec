"""Workers that take tasks from a queue, and a job that fills it every night."""

from cdk8s import App, Chart

from quantacirc_cdk.kubernetes import (
    AgentService,
    AgentServiceProps,
    Identity,
    Namespace,
    Resources,
    Scaling,
    ScheduledJob,
    SecretFiles,
    TaskProps,
)

IMAGE = "registry.example/thumbnails:2.0.0"
QUEUE = SecretFiles(secret="queue", path="/etc/secrets/queue")

app = App(outdir="manifests")
chart = Chart(app, "thumbnails", namespace="thumbnails", disable_resource_name_hashes=True)
Namespace(chart, "namespace", name="thumbnails")

worker = AgentServiceProps(
    identity=Identity(name="resizer", component="worker", part_of="thumbnails"),
    image=IMAGE,
    secrets=[QUEUE],
    resources=Resources(cpu="500m", memory="512Mi", memory_limit="1Gi"),
    scaling=Scaling(min_replicas=2, max_replicas=20, cpu_percent=80),
    termination_grace_seconds=120,
)
AgentService(chart, "resizer", worker)

scan = TaskProps(identity=Identity(name="scan", part_of="thumbnails"), image=IMAGE, args=["scan"], secrets=[QUEUE])
ScheduledJob(chart, "scan", scan, schedule="30 2 * * *")
app.synth()

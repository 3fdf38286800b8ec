"""A database with a volume, a password made in the cluster, and a checked backup in an object store every night."""

from cdk8s import App, Chart

from quantacirc_cdk import kubernetes as k8s

POSTGRES = "docker.io/library/postgres:17.6-alpine"
TOOLS = "docker.io/natsio/nats-box:0.19.0"  # has sh, curl and jq

app = App(outdir="manifests")
chart = Chart(app, "books", namespace="books", disable_resource_name_hashes=True)
k8s.Namespace(chart, "namespace", name="books")

maker = k8s.GeneratedSecretsProps(
    identity=k8s.Identity(name="secrets"), image=TOOLS, secrets=[k8s.database_credentials("books")]
)
k8s.GeneratedSecrets(chart, "secrets", maker)

database = k8s.DatabaseProps(identity=k8s.Identity(name="books"), image=POSTGRES, secret="books")
k8s.Database(chart, "database", database)

backup = k8s.DatabaseBackupProps(
    identity=k8s.Identity(name="books-backup"),
    database_image=POSTGRES,
    store_image="docker.io/rclone/rclone:1.71.2",
    secret="books",
    target=k8s.BackupTarget(provider="aws", bucket="books-backups", prefix="nightly", region="eu-central-1"),
    schedule="15 1 * * *",
    ssl_mode="prefer",
)
k8s.DatabaseBackup(chart, "backup", backup)
app.synth()

"""A database with a volume of its own, a password made in the cluster, and a dump every night."""

from cdk8s import App, Chart

from quantacirc_cdk.kubernetes import (
    Identity,
    Namespace,
    Postgresql,
    PostgresqlProps,
    ScheduledJob,
    SecretFiles,
    TaskProps,
)

IMAGE = "docker.io/library/postgres:17.6-alpine"

app = App(outdir="manifests")
chart = Chart(app, "books", namespace="books", disable_resource_name_hashes=True)
Namespace(chart, "namespace", name="books")

database = PostgresqlProps(identity=Identity(name="books", component="database"), image=IMAGE, secret="books")
Postgresql(chart, "database", database)

backup = TaskProps(
    identity=Identity(name="books-backup", component="task"),
    image=IMAGE,
    command=["pg_dump", "--format=custom", "--file=/tmp/books.dump", "--host=books"],
    secrets=[SecretFiles(secret="books", path="/etc/secrets/books")],
)
ScheduledJob(chart, "backup", backup, schedule="15 1 * * *")
app.synth()

"""Run the scripts of a ``DatabaseBackup`` as its containers do: the same files, variables and order."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from quantacirc_cdk.kubernetes.backup import BackupTarget, DatabaseBackupProps
from quantacirc_cdk.kubernetes.backup.database_backup import backup_job, restore_job, scripts
from quantacirc_cdk.kubernetes.container import Container
from quantacirc_cdk.kubernetes.identity import Identity
from support.object_store import ObjectStore
from support.postgresql import Server
from support.tools import require

ROWS = """
create table runs (id bigint primary key, agent text not null, body bytea not null, changed timestamptz not null);
insert into runs select n, 'agent-' || n % 10, sha256(n::text::bytea), now() from generate_series(1, 5000) n;
create index on runs (agent);
create view failed as select * from runs where agent = 'agent-1';
create table "Odd ""name" (v jsonb);
insert into "Odd ""name" values ('{"a": "ü\\n€"}');
select lo_from_bytea(0, 'a large object');
"""
CONTENT = """
select count(*), md5(string_agg(runs::text, '|' order by id)) from runs;
select count(*) from failed;
select v from "Odd ""name";
select convert_from(lo_get(oid), 'utf8') from pg_largeobject_metadata;
"""

DESCRIBED = """
select pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider, datconnlimit,
  shobj_description(oid, 'pg_database') from pg_database where datname = '{name}';
select unnest(setconfig) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
  where datname = '{name}' and setrole = 0 order by 1;
"""


@dataclass(frozen=True)
class Backups:
    """A database, a place for its backups, and the jobs that go from one to the other."""

    server: Server
    database: str
    folder: Path
    props: DatabaseBackupProps
    secrets: Mapping[str, Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of every container besides its own."""

    @classmethod
    def create(cls, server: Server, store: ObjectStore, folder: Path) -> "Backups":
        require("rclone", "install Debian's package rclone")
        name = re.sub(r"\W", "_", folder.name).lower()
        server.sql(f'create database "{name}"')
        server.sql(ROWS, name)
        props = DatabaseBackupProps(
            identity=Identity(name="keeper"),
            database_image="postgres",
            store_image="rclone",
            secret="database",
            target=BackupTarget(
                provider="s3", bucket=f"b-{folder.name.replace('_', '-')}"[:60].strip("-"), prefix="backups/books",
                endpoint=store.endpoint, secret="store",
            ),
            schedule="0 1 * * *",
            ssl_mode="prefer",
        )  # fmt: skip
        secrets = {"database": server.secret(folder / "database", name)}
        for secret, values in {
            "store": {"access-key-id": "key", "secret-access-key": "secret"},
            "key": {"password": "correct horse battery staple"},
        }.items():
            secrets[secret] = folder / secret
            secrets[secret].mkdir()
            for key, value in values.items():
                (secrets[secret] / key).write_text(value)
        return cls(server, name, folder, props, secrets)

    def with_props(self, **changes: object) -> "Backups":
        """Return the same with other props."""
        return replace(self, props=replace(self.props, **changes))

    def renamed(self, name: str) -> "Backups":
        """Return the same with another name of the database."""
        self.server.sql(f'alter database "{self.database}" rename to "{name}"')
        (self.secrets["database"] / "database").write_text(name)
        return replace(self, database=name)

    def described(self) -> list[list[str]]:
        """Return what a restore must bring back of the database itself."""
        return self.server.sql(DESCRIBED.format(name=self.database))

    def content(self) -> list[list[str]]:
        """Return what stands in the database, as far as a restore must bring it back."""
        return self.server.sql(CONTENT, self.database)

    def backup(self, *, dump_limit_kib: int | None = None) -> str:
        """Run the backup job as a pod would: the next container only when the one before succeeded."""
        pod = backup_job(self.props).pod
        return self._run([*pod.init_containers, *pod.containers], {}, dump_limit_kib)

    def restore(self, backup: str = "latest", **more: str) -> str:
        """Run the restore job; ``backup`` and ``more`` are what people set on the template."""
        pod = restore_job(self.props).pod
        return self._run([*pod.init_containers, *pod.containers], {"BACKUP": backup, **more}, None)

    def start(self, container: Container, work: Path, **more: str) -> "subprocess.Popen[str]":
        """Start one container's command with its own variables, its paths moved to this machine."""
        folder = self.folder / "scripts"
        folder.mkdir(exist_ok=True)
        for name, text in scripts(self.props).items():
            (folder / name).write_text(text)
        variables = {key: self._here(str(value), work) for key, value in container.environment.items()}
        path = f"{self.server.bin}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [self._here(word, work) for word in container.command],
            env={"PATH": path, **variables, **self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _here(self, text: str, work: Path) -> str:
        for secret, place in self.secrets.items():
            text = text.replace(f"/etc/secrets/{secret}", str(place))
        text = re.sub(r"^/etc/backup\b", str(self.folder / "scripts"), text)
        text = re.sub(r"^/work$", str(work), text)
        return re.sub(r"^/tmp$", str(self.folder), text)

    def work(self) -> Path:
        """Return a new, empty work volume."""
        number = len(list(self.folder.glob("work-*")))
        work = self.folder / f"work-{number}"
        work.mkdir()
        return work

    def _run(self, steps: list[Container], more: dict[str, str], limit_kib: int | None) -> str:
        work, said = self.work(), ""
        for step in steps:
            if limit_kib:
                step = replace(step, command=["sh", "-c", f'ulimit -f {limit_kib * 2}; exec "$@"', "-", *step.command])
            process = self.start(step, work, **more)
            said += process.communicate(timeout=60)[0]
            if process.returncode != 0:
                raise JobFailedError(said)
        return said

    def put(self, name: str, data: bytes) -> None:
        """Write a file into the store."""
        (self.folder / "put").write_bytes(data)
        self.rclone("copyto", str(self.folder / "put"), f"TARGET/{name}")

    def rclone(self, *arguments: str) -> bytes:
        """Look into the store, or write to it, behind the jobs' backs; ``TARGET`` is the place of the backups."""
        (container,) = backup_job(self.props).pod.containers
        variables = {key: str(value) for key, value in container.environment.items()}
        keys = {f"RCLONE_CONFIG_STORE_{key}": "x" for key in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")}
        words = [argument.replace("TARGET", variables["TARGET"]) for argument in arguments]
        environment = {"PATH": os.environ["PATH"], **variables, **keys, "HOME": str(self.folder)}
        run = subprocess.run(["rclone", *words], env=environment, capture_output=True, check=False)
        assert run.returncode in (0, 3), run.stderr  # 3: nothing was ever stored
        return run.stdout

    def stored(self) -> list[str]:
        """Return the names of all files in the store."""
        return sorted(self.rclone("lsf", "TARGET").decode().split())


class JobFailedError(Exception):
    """A container ended with another status than 0; the text is what it said."""

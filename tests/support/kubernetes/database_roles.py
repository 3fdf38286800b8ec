"""Run the Job that gives a database its roles as its container does: the same files, variables and command."""

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from quantacirc_cdk.kubernetes.database_roles import DatabaseRolesProps, RoleSecrets, role_files, roles_job
from quantacirc_cdk.kubernetes.identity import Identity
from support.postgresql import Server

USERS = ("owner", "writer", "reader")
PROPS = DatabaseRolesProps(
    identity=Identity(name="roles"),
    image="postgres",
    secret="books",
    roles=RoleSecrets(owner="owner", writer="writer", reader="reader"),
    ssl_mode="prefer",
)


@dataclass(frozen=True)
class Roles:
    """A database, its administrator and the Secrets of its roles."""

    admin: Server
    root: Server
    """The superuser's way in."""
    database: str
    folder: Path
    props: DatabaseRolesProps = PROPS

    @classmethod
    def create(cls, root: Server, folder: Path, database: str, *, superuser: bool, by_group: bool = False) -> "Roles":
        """Create a database, for the superuser or for a new user that may create databases and roles. With
        ``by_group``, it belongs to a role of which that user is a member, as on Cloud SQL.
        """
        admin = owner = root
        if not superuser:
            admin = replace(root, user=f"admin_{database}")
            root.sql(f"create role {admin.user} login createdb createrole password $p${root.password}$p$")
            owner = replace(admin, user=f"group_{database}") if by_group else admin
        if by_group:
            root.sql(f"create role {owner.user}; grant {owner.user} to {admin.user}")
        root.sql(f"create database {database} owner {owner.user}")
        return cls.of(admin, root, folder, database)

    @classmethod
    def of(cls, admin: Server, root: Server, folder: Path, database: str) -> "Roles":
        """Return the roles of a database that exists."""
        place = folder / database
        place.mkdir()
        admin.secret(place / "administrator", database)
        for role in USERS:
            (place / role).mkdir()
            (place / role / "username").write_text(f"{database}_{role}")
            (place / role / "password").write_text(f"p-{role} '\"$")
        return cls(admin, root, database, place)

    def rotated(self, version: int) -> "Roles":
        """Return the roles with another version of their passwords, and write the Secrets of its users, or the first
        ones again.
        """
        for role in USERS:
            user = f"{self.database}_{role}" + (f"_{version}" if version > 1 else "")
            (self.folder / role / "username").write_text(user)
            (self.folder / role / "password").write_text(f"p-{role} '\"$" + (str(version) if version > 1 else ""))
        return replace(self, props=replace(self.props, prefix=self.database, password_version=version))

    def run(self, **more: str) -> str:
        """Run the Job's command with its own variables; fail if it does."""
        run = self.job(**more)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def job(self, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run the Job's command with its own variables."""
        (container,) = roles_job(self.props).pod.containers
        for name, text in role_files(self.props.logins, self.props.password_version).items():
            (self.folder / name).write_text(text)
        places = {"/etc/secrets/administrator": "administrator", "/etc/secrets/roles": "", "/etc/roles": ""}
        words = [*container.command, *(f"{key}={value}" for key, value in container.environment.items())]
        for place, here in places.items():
            words = [word.replace(place, str(self.folder / here)) for word in words]
        command, variables = words[: len(container.command)], dict(one.split("=", 1) for one in words[2:])
        path = {"PATH": f"{self.root.bin}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(
            command, env={**path, **variables, **more}, capture_output=True, text=True, check=False, timeout=60,
            start_new_session=True,  # no terminal, as in a pod
        )  # fmt: skip

    def says(self, role: str, text: str, database: str = "") -> str:
        """Run statements as a role, and return the server's refusal; empty when it ran them."""
        environment = {
            **self.root.environment,
            "PGUSER": (self.folder / role / "username").read_text(),
            "PGPASSWORD": (self.folder / role / "password").read_text(),
            "PGDATABASE": database or self.database,
        }
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
        return run.stderr if run.returncode else ""

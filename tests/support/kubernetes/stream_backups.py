"""Run the rendered jobs that back up and restore the streams of a bus as their pods do: same commands, same secrets."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from support.kubernetes.bus import Bus
from support.kubernetes.manifests import Object, containers, find
from support.object_store import ObjectStore
from support.tools import require


class JobFailedError(Exception):
    """A container ended with another status than 0; the text is what it said."""


@dataclass
class StreamBackups:
    """A bus, a place for its backups, and the rendered jobs that go from one to the other."""

    bus: Bus
    objects: Sequence[Object]
    store: ObjectStore
    folder: Path
    bucket: str
    """A place of its own for each test."""
    name: str = "bus-backup"
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of every container besides its own."""

    def __post_init__(self) -> None:
        require("rclone", "install Debian's package rclone")
        for place in ("scripts", "tmp", "bin"):
            (self.folder / place).mkdir(parents=True)
        for file, text in find(self.objects, "ConfigMap", self.name)["data"].items():
            (self.folder / "scripts" / file).write_text(text)
        python = self.folder / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
        self.secrets: Mapping[str, Mapping[str, str]] = {
            "backups": {"access-key-id": "key", "secret-access-key": "secret"},
            "bus-backup-key": {"password": "correct horse battery staple"},
            "bus-credentials": self.bus.passwords,
            "bus-tls": {"ca.crt": (self.bus.certificates / "ca.crt").read_text()},
        }

    def backup(self) -> str:
        """Run the backup job; return what it says."""
        return self._run(self.name, {})

    def restore(self, **variables: str) -> str:
        """Run the restore job with what people set on the template."""
        return self._run(f"{self.name}-restore", variables)

    def rehearse(self) -> str:
        """Run the job that rehearses a restore."""
        return self._run(f"{self.name}-drill", {})

    def start(self, job: str, index: int, work: Path, **variables: str) -> "subprocess.Popen[str]":
        """Start one container of a job with its own variables and exactly the files that are mounted into it."""
        template = find(self.objects, "CronJob", job)["spec"]["jobTemplate"]["spec"]["template"]
        container = containers(template)[index]
        secrets = self._mounted(template, container, self.folder / f"secrets-{len(list(self.folder.iterdir()))}")
        moves = {"/etc/secrets": str(secrets), "/etc/backup": str(self.folder / "scripts"), "/work": str(work)}
        moves |= {"/tmp": str(self.folder / "tmp"), "tls://bus:4222": f"tls://localhost:{self.bus.ports[0]}"}
        moves |= {"http://backups:8333": self.store.endpoint, "store:backups": f"store:{self.bucket}"}

        def here(text: str) -> str:
            found = [old for old in moves if re.match(rf"{re.escape(old)}\b", text)]
            return moves[found[0]] + text[len(found[0]) :] if found else text

        environment = {variable["name"]: here(variable["value"]) for variable in container["env"]}
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [here(word) for word in container["command"]],
            env={"PATH": path, **environment, **self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def work(self) -> Path:
        """Return a new, empty work volume."""
        work = self.folder / f"work-{len(list(self.folder.glob('work-*')))}"
        work.mkdir()
        return work

    def stored(self) -> list[str]:
        """Return the names of all files in the store."""
        return sorted(self.rclone("lsf", "TARGET").decode().split())

    def rclone(self, *arguments: str) -> bytes:
        """Look into the store, or write to it, behind the jobs' backs; ``TARGET`` is the place of the backups."""
        options = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": self.store.endpoint}
        options |= {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}
        environment = {f"RCLONE_CONFIG_STORE_{key}": value for key, value in options.items()}
        words = [argument.replace("TARGET", f"store:{self.bucket}/backups/bus") for argument in arguments]
        environment |= {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        run = subprocess.run(["rclone", *words], env=environment, capture_output=True, check=False)
        assert run.returncode in (0, 3), run.stderr  # 3: nothing was ever stored
        return run.stdout

    def put(self, name: str, data: bytes) -> None:
        """Write a file into the store."""
        (self.folder / "put").write_bytes(data)
        self.rclone("copyto", str(self.folder / "put"), f"TARGET/{name}")

    def _run(self, job: str, variables: Mapping[str, str]) -> str:
        work, said = self.work(), ""
        for index in range(2):
            said += self.step(job, index, work, **variables)
        return said

    def step(self, job: str, index: int, work: Path, **variables: str) -> str:
        """Run one container of a job to its end; return what it says."""
        with self.start(job, index, work, **variables) as process:
            try:
                said = process.communicate(timeout=150)[0]
            finally:
                process.kill()
        if process.returncode != 0:
            raise JobFailedError(said)
        return said

    def _mounted(self, template: Object, container: Object, folder: Path) -> Path:
        volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
        for mount in container["volumeMounts"]:
            secret = volumes[mount["name"]].get("secret")
            if secret is None:
                continue
            held = self.secrets[secret["secretName"]]
            place = folder / Path(mount["mountPath"]).relative_to("/etc/secrets")
            place.mkdir(parents=True)
            for item in secret.get("items") or [{"key": key, "path": key} for key in held]:
                (place / item["path"]).write_text(held[item["key"]])
        folder.mkdir(exist_ok=True)
        return folder


class BrokenLine:
    """A line to a server that carries so many bytes from it and then hangs or breaks."""

    def __init__(self, port: int, carries: int, *, hangs: bool) -> None:
        self._target, self._left, self._hangs = port, carries, hangs
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.broken = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> "BrokenLine":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)

    def _serve(self) -> None:
        with self._listener:
            near, _ = self._listener.accept()
        far = socket.create_connection(("127.0.0.1", self._target))
        with near, far:
            back = threading.Thread(target=self._pass_on, args=(near, far))
            back.start()
            while self._left > 0 and (data := far.recv(min(65536, self._left))):
                near.sendall(data)
                self._left -= len(data)
            self.broken.set()
            if not self._hangs:
                near.shutdown(socket.SHUT_RDWR)
            back.join(30)

    @staticmethod
    def _pass_on(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)

"""Read the files and volumes of a Compose service."""

import os
from pathlib import Path
from typing import Any

from quantacirc_cdk.importing.compose.service import LAPTOP, UNKNOWN, Reader, Service
from quantacirc_cdk.importing.compose.shell import Reference
from quantacirc_cdk.importing.compose.values import bytes_of, slug, volume_of
from quantacirc_cdk.importing.data_keys import data_key, data_keys
from quantacirc_cdk.importing.made import note_claims
from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.model.document import Place

HOST = "It is a path of the host that the pods must not have: change the program, or mount it as `host` with a reason."
CODE = "The image that a pipeline builds has its own copy."
TOO_LARGE = "A ConfigMap can contain 1 MiB of text: add the files to the image."
_SYSTEM = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root/.docker", "/run", "/sys", "/tmp", "/usr", "/var")  # noqa: S108 (paths of a host)
"""Folders of the host that contain no data of a service."""
_LIMIT = 900_000
"""Bytes of files in a ConfigMap, below the limit of 1 MiB with its keys."""
_FILES = 64
"""Greatest number of files of a folder that becomes a ConfigMap."""
_KEYS = ("-----BEGIN", "PRIVATE KEY-----")


def _volumes(service: Service, value: Any, place: Place) -> None:
    for index, (one, where) in enumerate(service.entries(value, place)):
        if isinstance(one, str):
            source, path, options = volume_of(one)
            stated: Data = {"read_only": "ro" in options}
            bind = source.startswith((".", "/", "~"))
        else:
            source, path, stated = str(one.get("source") or ""), str(one.get("target") or ""), one
            bind = one.get("type") == "bind"
        read_only = bool(stated.get("read_only"))
        if stated.get("type") == "tmpfs":
            _memory(service, f"tmpfs-{index}", path, (stated.get("tmpfs") or {}).get("size"), where)
        elif not path.startswith("/") or stated.get("type") in ("npipe", "cluster", "image"):
            service.left(where, UNKNOWN)
        elif bind:
            _bind(service, source, path, where, read_only=read_only)
        elif not source:
            service.made.volume(f"scratch-{index}", {"emptyDir": {}}, path, where, number=service.number)
        else:
            _named(service, source, path, where, stated, read_only=read_only)


def _named(service: Service, source: str, path: str, where: Place, stated: Data, *, read_only: bool) -> None:
    """Mount a volume of the project."""
    node = service.project.resources["volumes"].get(source)
    settings: Any = node.plain() if node is not None else None
    external = isinstance(settings, dict) and settings.get("external")
    name = slug(source)
    if external:
        told = settings.get("name") or (external.get("name") if isinstance(external, dict) else None) or source
        name = slug(str(told))
    else:
        service.made.claim(service.source, name)
    inside = (stated.get("volume") or {}).get("subpath")
    _mount(service, name, path, where, read_only=read_only, sub_path=inside or (None if external else "data"))


def _mount(service: Service, name: str, path: str, where: Place, *, read_only: bool, sub_path: str | None) -> None:
    """Mount a claim. A new file system has a folder `lost+found`, which databases refuse: data is one level below."""
    claim = {"persistentVolumeClaim": {"claimName": name}}
    service.made.volume(name[:63], claim, path, where, read_only=read_only, number=service.number, sub_path=sub_path)
    service.source.mounted.setdefault(name, []).append(service.made.deployment.name)


def settle_storage(source: Source) -> None:
    """Stop a pod before its successor mounts the same claim, and report what the user has to check."""
    note_claims(source)
    names = sorted(item.name for item in source.of("ConfigMap"))
    if names:
        source.notes.append(
            f"Files of the source are in ConfigMaps in apps/objects/: {', '.join(names)}. Check that none is a secret."
        )
    for item in source.of("Deployment"):
        if any(item.name in names for names in source.mounted.values()):
            item.data["spec"].setdefault("strategy", {"type": "Recreate"})
    for claim, names in sorted(source.mounted.items()):
        if len(set(names)) > 1:
            source.notes.append(
                f"{', '.join(dict.fromkeys(names))} mount the volume {claim}: on several nodes, its claim in "
                "apps/objects/ needs the access mode ReadWriteMany and a StorageClass that has it."
            )


def _bind(service: Service, source: str, path: str, where: Place, *, read_only: bool) -> None:
    """Mount a path of the host: files of the project as a ConfigMap, and data as a claim."""
    folder = service.project.folder(service.root.find(where))
    found = folder / Path(source).expanduser()
    if source.startswith("/") and any(
        source == one or (one != "/" and source.startswith(f"{one}/")) for one in _SYSTEM
    ):
        harmless = source in ("/etc/localtime", "/etc/timezone")
        service.left(where, LAPTOP if harmless else HOST)
        return
    if found.is_dir() and service.data.get("build") and not read_only:
        service.left(where, CODE)
    elif found.is_file():
        _file(service, found, path, where)
    elif found.is_dir() and any(found.iterdir()):
        _folder(service, found, path, where)
    else:
        name = slug(source.lstrip("./~")) or f"{service.slug}-data"
        service.made.claim(service.source, name[:52].strip("-"))
        service.left(where, "Its data is in a claim, not on the host.")
        claim = name[:52].strip("-")
        _mount(service, claim, path, where, read_only=read_only, sub_path="data")
        service.note(f"The volume {claim} starts empty: copy {source} of the host if it has data.")


def _file(service: Service, found: Path, path: str, where: Place) -> None:
    text = _text(found)
    if text is None:
        service.left(where, TOO_LARGE)
        return
    name = slug(found.name)[:63] or service.slug
    if _is_key(found, text):
        _from_secret(service, name, data_key(found.name), path, where)
        return
    mode = 0o755 if os.access(found, os.X_OK) else None
    key = data_key(found.name)
    name = _config_map(service, name, {key: text}, where)
    _mounted(service, name, key, path, where, mode=mode)


def _folder(service: Service, found: Path, path: str, where: Place) -> None:
    files = [one for one in sorted(found.rglob("*")) if one.is_file() and ".git" not in one.parts]
    texts = {one.relative_to(found).as_posix(): _text(one) for one in files[: _FILES + 1]}
    if len(files) > _FILES or None in texts.values() or sum(map(len, map(str, texts.values()))) > _LIMIT:
        service.left(where, TOO_LARGE)
        return
    plain = {key: str(text) for key, text in texts.items() if not _is_key(found / key, str(text))}
    for key in texts.keys() - plain.keys():
        service.note(f"{found / key} looks like a secret, and is not imported: mount it from a Secret.")
    name = slug(found.name)[:63] or service.slug
    keys = data_keys(plain)
    name = _config_map(service, name, {keys[key]: text for key, text in plain.items()}, where)
    source: Data = {"name": name}
    if any(key != file for key, file in keys.items()):
        source["items"] = [{"key": one, "path": file} for file, one in sorted(keys.items())]
    if any(os.access(found / key, os.X_OK) for key in plain):
        source["defaultMode"] = 0o755
    service.made.volume(name, {"configMap": source}, path, where, number=service.number)


def _text(path: Path) -> str | None:
    """Return the text of a file; None for one that a ConfigMap cannot contain."""
    try:
        if path.stat().st_size > _LIMIT:
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if "\x00" in text else text


def _is_key(path: Path, text: str) -> bool:
    """Return whether a file is a private key or a file of variables, whose values can be passwords."""
    return all(one in text for one in _KEYS) or path.name.startswith(".env") or path.suffix in (".env", ".key")


def _config_map(service: Service, name: str, data: dict[str, str], where: Place) -> str:
    """Return the name of a ConfigMap with files of the project, which services with the same files share."""
    known = {item.name: item for item in service.source.of("ConfigMap")}
    name = name if known.get(name) is None or known[name].data["data"] == data else f"{service.slug}-{name}"
    name = name[:63].strip("-")
    if name not in known:
        whole = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        service.source.items.append(Item(whole, service.root, f"service {service.name}", {("data",): where}))
    return name


def _mounted(
    service: Service, name: str, key: str, path: str, where: Place, *, mode: int | None = None, volume: str = ""
) -> None:
    """Mount a key of a ConfigMap as a file."""
    source: Data = {"name": name, **({"defaultMode": mode} if mode is not None else {})}
    service.made.volume((volume or name)[:63], {"configMap": source}, path, where, number=service.number, sub_path=key)


def _from_secret(service: Service, name: str, key: str, path: str, where: Place) -> None:
    """Mount a key of a Secret as a file."""
    source = {"secret": {"secretName": name}}
    service.made.volume(f"secret-{name}"[:63], source, path, where, read_only=True, number=service.number, sub_path=key)
    service.source.secrets.setdefault(name, set()).add(key)


def _secrets(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(value, place):
        stated = one if isinstance(one, dict) else {"source": one}
        key, target = str(stated["source"]), str(stated.get("target") or stated["source"])
        path = target if target.startswith("/") else f"/run/secrets/{target}"
        _from_secret(service, slug(key), key, path, where)
        for more in stated.keys() - {"source", "target"}:
            service.left((*where, more), UNKNOWN)


def _configs(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(value, place):
        stated = one if isinstance(one, dict) else {"source": one}
        key = str(stated["source"])
        target = str(stated.get("target") or f"/{key}")
        path = target if target.startswith("/") else f"/{target}"
        name = slug(key)
        if _is_hidden(service, key):
            _from_secret(service, name, key, path, where)
            service.note(
                f"The key {key} of the Secret {name} is the content of the config, with its variables replaced."
            )
            continue
        text = _config(service, key)
        if isinstance(text, str):
            name = _config_map(service, name, {key: text}, where)
        elif text is None:
            service.note(f"Create the ConfigMap {name} with the key {key}.")
        mode = stated.get("mode")
        mode = int(mode, 8) if isinstance(mode, str) else mode
        _mounted(service, name, key, path, where, mode=mode if isinstance(mode, int) else None)
        for more in stated.keys() - {"source", "target", "mode"}:
            service.left((*where, more), UNKNOWN)


def _is_hidden(service: Service, name: str) -> bool:
    """Return whether a config contains a variable that the project must not contain."""
    node = service.project.resources["configs"].get(name)
    stated: Any = node.plain() if node is not None else None
    text = stated.get("content") if isinstance(stated, dict) else None
    if not isinstance(text, str):
        return False
    parts = service.shell.parts(text, unset=True)
    found = any(isinstance(one, Reference) and one.name in service.shell.hidden for one in parts)
    service.texts += [(name, service.shell.known(text))] if found else []
    return found


def _config(service: Service, name: str) -> str | None:
    """Return the text of a config of the project; None for one from elsewhere."""
    node = service.project.resources["configs"].get(name)
    stated: Any = node.plain() if node is not None else None
    if not isinstance(stated, dict) or node is None:
        return None
    if isinstance(stated.get("content"), str):
        return service.shell.known(stated["content"])
    if isinstance(stated.get("file"), str):
        return _text(service.project.folder(node) / str(service.shell.known(stated["file"])))
    return None


def _tmpfs(service: Service, value: Any, place: Place) -> None:
    for index, (one, where) in enumerate(service.entries(value, place)):
        path, _, options = str(one).partition(":")
        sizes = [option[5:] for option in options.split(",") if option.startswith("size=")]
        _memory(service, f"tmpfs-{index}", path, sizes[0] if sizes else None, where)


def _shm_size(service: Service, value: Any, place: Place) -> None:
    _memory(service, "shm", "/dev/shm", value, place)  # noqa: S108 (a path of the container)


def _memory(service: Service, name: str, path: str, size: Any, where: Place) -> None:
    limit = {} if size in (None, "") else {"sizeLimit": bytes_of(str(size))}
    name = f"{service.slug}-{name}"[:63] if service.number else name
    source = {"emptyDir": {"medium": "Memory", **limit}}
    service.made.volume(name, source, path, where, number=service.number)


READERS: dict[str, Reader] = {
    "volumes": _volumes,
    "secrets": _secrets,
    "configs": _configs,
    "tmpfs": _tmpfs,
    "shm_size": _shm_size,
}

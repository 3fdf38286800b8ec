"""The artifact store: S3, Google Cloud Storage, Azure Blob or anything that speaks S3."""

import obstore.store

from quantacirc.config import Config


def store(config: Config) -> "obstore.store.ObjectStore":
    """Return the store the credentials name; keys that are absent come from the platform's workload identity.

    Without any credentials artifacts stay in memory, which is enough for a look at a single process.
    """
    known = config.artifacts
    if not known:
        return obstore.store.MemoryStore()
    if "url" in known:
        return obstore.store.from_url(known["url"])
    endpoint = known.get("endpoint", "")
    options = {
        "endpoint": endpoint or None,
        "region": known.get("region"),
        "access_key_id": known.get("access-key-id"),
        "secret_access_key": known.get("secret-access-key"),
    }
    present = {key: value for key, value in options.items() if value}
    plain = {"allow_http": True} if endpoint.startswith("http://") else {}
    return obstore.store.S3Store(known["bucket"], **present, client_options=plain)

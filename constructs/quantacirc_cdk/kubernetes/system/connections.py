"""What a component must be told to reach the others: environment variables and files with secrets.

``<PREFIX><TARGET>_URL`` is the address of a component, ``<PREFIX><TARGET>_CREDENTIALS`` the directory with the files
that say how to reach a store or an external. What else a client is told is the target's to say (``offers.told``).
"""

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Told, directory
from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import contract_ports
from quantacirc_cdk.model.needs.variables import literals


def told(context: Context, name: str) -> dict[str, Told]:
    """Return what a component is told of each that it reaches."""
    found = {}
    for target in context.reached(name):
        if target in context.system.externals:
            found[target] = _external(context, target)
        else:
            found[target] = called(context.system.components[target], "offers.told", context, target, name) or Told()
    return found


def configuration(context: Context, name: str) -> dict[str, str]:
    """Return the environment variables of a component: what it is, what it is told of what it reaches, then its own.

    A value that an environment sets wins over the component's.
    """
    system, component = context.system, context.component(name, Program)
    variables = {"COMPONENT": name, "ENVIRONMENT": context.environment.name, "VERSION": context.version}
    for port in contract_ports(system, component):
        variables[f"{variable(port.name)}_PORT"] = str(port.port)
    for target, said in told(context, name).items():
        variables |= {f"{variable(target)}_{key}": value for key, value in said.variables.items()}
    prefix = system.container.environment_prefix
    known = {f"{prefix}{key}": value for key, value in variables.items() if value} if prefix else {}
    prefixed = {key: value for key, value in known.items() if key not in component.environment}
    return {**prefixed, **literals(component.environment)}


def secrets(context: Context, name: str) -> list[SecretFiles]:
    """Return the Secrets that a component sees as files."""
    return list(dict.fromkeys(files for said in told(context, name).values() for files in said.secrets))


def config_files(context: Context, name: str) -> list[ConfigFiles]:
    """Return the ConfigMaps that a component sees as files, besides its own configuration."""
    return [files for said in told(context, name).values() for files in said.config_files]


def variable(name: str) -> str:
    """Return a name as a part of an environment variable."""
    return name.upper().replace("-", "_")


def _external(context: Context, name: str) -> Told:
    """Return what is told of an external.

    Where nothing fetches Secrets from a store, people create its Secret by hand, and components start without it.
    """
    external = context.system.externals[name]
    variables = {"HOSTS": ",".join(external.hosts)}
    if not external.secret:
        return Told(variables=variables)
    path = directory(external.secret)
    by_hand = not context.environment.cluster.addons.external_secrets
    keys = tuple(external.secret_keys)
    files = SecretFiles(secret=external.secret, path=path, keys=keys, optional=by_hand)
    return Told(variables=variables | {"CREDENTIALS": path}, secrets=(files,))

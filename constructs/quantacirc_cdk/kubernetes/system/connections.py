"""Configuration of a component for the components that it reaches: environment variables, and files with secrets.

``<PREFIX><TARGET>_URL`` is the address of a component. ``<PREFIX><TARGET>_CREDENTIALS`` is the directory with the
credentials of a store or an external. The kind of the target can add more (``offers.told``).
"""

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Told, directory
from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import contract_ports
from quantacirc_cdk.model.needs.variables import literals


def told(context: Context, name: str) -> dict[str, Told]:
    """Return the connection settings for each target of a component."""
    found = {}
    for target in context.reached(name):
        if target in context.system.externals:
            found[target] = _external(context, target)
        else:
            found[target] = called(context.system.components[target], "offers.told", context, target, name) or Told()
    return found


def configuration(context: Context, name: str) -> dict[str, str]:
    """Return the environment variables of a component: its description, the settings of its targets, then its own.

    A value of the environment overrides the component's.
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
    """Return the Secrets that are mounted as files in a component."""
    return list(dict.fromkeys(files for said in told(context, name).values() for files in said.secrets))


def config_files(context: Context, name: str) -> list[ConfigFiles]:
    """Return the ConfigMaps that are mounted as files in a component, in addition to its own."""
    return [files for said in told(context, name).values() for files in said.config_files]


def variable(name: str) -> str:
    """Return a name in the form that environment variables use."""
    return name.upper().replace("-", "_")


def _external(context: Context, name: str) -> Told:
    """Return the connection settings of an external.

    Without an external secret store, you create its Secret by hand, and components start without it.
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

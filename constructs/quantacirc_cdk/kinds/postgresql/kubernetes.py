"""Objects of a PostgreSQL database in the cluster, and the Job that gives any database its roles."""

from constructs import Construct

from quantacirc_cdk.kinds.postgresql.offers import endpoints, logins_of, roles_of
from quantacirc_cdk.kinds.postgresql.roles import JOB, ROLES, role_of, role_secret, role_user
from quantacirc_cdk.kubernetes.database import Database, DatabaseProps
from quantacirc_cdk.kubernetes.database_roles import DatabaseRoles, DatabaseRolesProps, RoleSecrets
from quantacirc_cdk.kubernetes.network_policy import Edge, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Helper, tokens
from quantacirc_cdk.kubernetes.system.stores import store_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its StatefulSet and related objects."""
    Database(scope, name, DatabaseProps(**store_props(context, name), secret=name))


def beside(scope: Construct, context: Context, name: str) -> None:
    """Create the Job for its roles."""
    if roles_of(context, name):
        props = roles_props(context, name)
        DatabaseRoles(scope, props.identity.name, props)


def helpers(context: Context, name: str) -> list[Helper]:
    """Return the Job for its roles."""
    if not roles_of(context, name):
        return []
    identity = roles_props(context, name).identity
    source = Pods(labels=identity.selector)
    server = [one for one in endpoints(context, name) if one not in tokens(context)]
    edges = [Edge(source=source, target=one.peer, ports=one.ports) for one in server]
    return [Helper(identity=identity, edges=tuple(edges))]


def roles_props(context: Context, name: str) -> DatabaseRolesProps:
    """Return the props of the Job for its roles."""
    users = logins_of(context, name)
    roles = roles_of(context, name)
    version = roles.password_version if roles else 1
    return DatabaseRolesProps(
        identity=context.identity(f"{name}{JOB}", "task"),
        image=context.component_image(name),
        secret=context.secret(name),
        roles=RoleSecrets(**{role: role_secret(name, role, version) for role in ROLES}) if not users else None,
        prefix=role_user(name, "owner").removesuffix("_owner"),
        logins={user: role_of(roles, client) for client, user in users.items()} if roles else {},
        password_version=version,
        ssl_mode="prefer" if context.embedded(name) else "require",
        user_id=context.system.container.user_id,
        priority_class=context.priority("tasks"),
    )

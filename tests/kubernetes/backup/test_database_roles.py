"""An owner, a writer and a reader of a database have their privileges and no more, on a real PostgreSQL.

The administrator is the superuser, as in the cluster, or a role that may create databases and roles, as in a managed
one.
"""

import subprocess
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from quantacirc_cdk.kubernetes.database_roles import RoleUsers
from support.kubernetes.backups import ROWS, Backups
from support.kubernetes.database_roles import PROPS, USERS, Roles
from support.object_store import ObjectStore
from support.postgresql import Server

pytestmark = pytest.mark.slow

OBJECTS = """
create table shelves (id bigserial primary key, place text); insert into shelves (place) values ('door');
create view places as select place from shelves; create materialized view seen as select place from shelves;
create schema audit; create table audit.entries (id int generated always as identity, "What ""was" text);
create type mood as enum ('new', 'worn'); create type pair as (a int, b int); create domain shelf as int;
create function one() returns int language sql as 'select 1'; create procedure nothing() language sql as 'select 1';
create aggregate rows(*) (sfunc = int8inc, stype = int8, initcond = '0'); create sequence numbers;
create statistics pairs on id, place from shelves; create collation plain (locale = 'C');
create operator === (leftarg = int, rightarg = int, function = int4eq);
create text search dictionary words (template = simple); create text search configuration own (copy = english);
create table parts (id int) partition by range (id); create table part partition of parts for values from (1) to (9);
select lo_from_bytea(0, 'a large object');
"""
OWNERS = """
select distinct pg_get_userbyid(owner) from (
  select relowner from pg_class where relnamespace in ('public'::regnamespace, 'audit'::regnamespace)
  union all select proowner from pg_proc where pronamespace = 'public'::regnamespace
  union all select typowner from pg_type where typnamespace = 'public'::regnamespace
  union all select oprowner from pg_operator where oprnamespace = 'public'::regnamespace
  union all select collowner from pg_collation where collnamespace = 'public'::regnamespace
  union all select stxowner from pg_statistic_ext union all select lomowner from pg_largeobject_metadata
  union all select cfgowner from pg_ts_config where cfgnamespace = 'public'::regnamespace
  union all select dictowner from pg_ts_dict where dictnamespace = 'public'::regnamespace
  union all select nspowner from pg_namespace where nspname = 'audit'
  union all select datdba from pg_database where datname = current_database()) all_of_them (owner)
"""
STATE = """
select oid, relowner, relacl from pg_class order by oid; select oid, nspowner, nspacl from pg_namespace order by oid;
select oid, datdba, datacl from pg_database order by oid; select * from pg_default_acl order by oid;
select rolname, rolpassword, rolcanlogin, rolsuper from pg_authid order by 1;
select * from pg_auth_members order by 1, 2, 3;
"""
NUMBERS = count()


@pytest.fixture(
    params=["superuser", "managed", "older superuser", "older managed", "managed by group", "older managed by group"]
)
def roles(request: pytest.FixtureRequest, tmp_path: Path) -> Roles:
    root = request.getfixturevalue("older_server" if request.param.startswith("older") else "server")
    made = Roles.create(
        root,
        tmp_path,
        f"books_{next(NUMBERS)}",
        superuser=request.param.endswith("superuser"),
        by_group=request.param.endswith("group"),
    )
    made.admin.sql(OBJECTS, made.database)
    return made


def test_each_role_does_what_it_is_for_and_no_more(roles: Roles) -> None:
    roles.run()
    denied = "permission denied"
    assert (
        roles.says("owner", "create table loans (id int); alter table shelves add year int; create schema more") == ""
    )
    for table in ("loans", "shelves", "audit.entries", "parts"):  # those before and after the roles were made
        assert roles.says("writer", f"select * from {table}; delete from {table}") == "", table
        assert roles.says("reader", f"select * from {table}") == "", table
        assert denied in roles.says("reader", f"delete from {table}"), table
        assert "must be owner" in roles.says("writer", f"drop table {table}"), table
        assert "must be owner" in roles.says("writer", f"alter table {table} add more int"), table
        assert denied in roles.says("writer", f"truncate {table}"), table
    assert roles.says("writer", "insert into shelves (place) values ('window'); select nextval('numbers')") == ""
    assert roles.says("reader", "select * from places, seen; select rows(*) from shelves") == ""
    for role in ("writer", "reader"):
        assert denied in roles.says(role, "create table mine (id int)")
        assert denied in roles.says(role, "create schema mine")
        assert "role" in roles.says(role, "create role mine")
        assert denied in roles.says(role, f"set role {roles.database}_owner")
    assert denied in roles.says("reader", "create temporary table mine (id int)")
    assert roles.says("owner", "drop table loans, parts; drop schema audit cascade; drop view places") == ""


def test_nobody_reads_another_database(roles: Roles, tmp_path: Path) -> None:
    roles.run()
    other = Roles.create(roles.root, tmp_path, f"{roles.database}_2", superuser=True)
    other.run()
    roles.root.sql("create table if not exists secrets (v text)")
    for role in USERS:
        assert "permission denied for database" in roles.says(role, "select 1", other.database)
        assert "permission denied for table" in roles.says(role, "select * from secrets", "postgres")
        assert roles.says(role, "select 1") == ""


def test_roles_of_another_database_are_left_alone(server: Server, tmp_path: Path) -> None:
    first = Roles.create(server, tmp_path, "books_shared", superuser=True)
    first.run()
    second = Roles.create(server, tmp_path, "books_sharing", superuser=True)
    for role in USERS:
        (second.folder / role / "username").write_text(f"books_shared_{role}")
    run = second.job()
    assert run.returncode == 1
    assert "the server has a role books_shared_" in run.stderr
    assert first.run().count("is as it was") == 3
    assert "permission denied for database" not in first.says(
        "writer", "select 1", "books_sharing"
    )  # nothing is revoked


def test_what_the_administrator_had_belongs_to_the_owner(roles: Roles) -> None:
    assert [roles.admin.user] in roles.root.sql(OWNERS, roles.database)
    roles.run()
    assert roles.root.sql(OWNERS, roles.database) == [[f"{roles.database}_owner"]]
    roles.admin.sql("select * from shelves; drop table shelves cascade", roles.database)  # and it still keeps all


def test_a_second_run_changes_nothing(roles: Roles) -> None:
    roles.run()
    before = roles.root.sql(STATE, roles.database)
    assert roles.run().count("is as it was") == 3
    assert roles.root.sql(STATE, roles.database) == before


def test_a_run_after_a_change_of_a_password_sets_it_and_the_server_never_sees_it(roles: Roles) -> None:
    roles.run()
    (roles.folder / "writer" / "password").write_text("another")
    assert "password authentication failed" in roles.says("writer", "select 1")
    roles.root.sql(f"alter database {roles.database} set log_statement = 'all'")
    said = roles.run()
    assert f"writer: {roles.database}_writer has a new password" in said
    assert f"owner: {roles.database}_owner is as it was" in said
    assert roles.says("writer", "select 1") == ""
    data = roles.root.sql("show data_directory")[0][0]
    log = (Path(data).parent / "log").read_text()
    assert "SCRAM-SHA-256$" in log
    assert "another" not in log


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_a_user_with_a_token_acts_in_its_role_and_in_no_other(roles: Roles, cloud: str) -> None:
    roles.run()  # with passwords before
    names = {role: f"{roles.database}-{role}-app" for role in ("owner", "writer")}
    tokens = replace(PROPS, roles=None, prefix=roles.database, logins={user: role for role, user in names.items()})
    roles = replace(roles, props=tokens)
    root = roles.root
    if cloud == "aws":
        root.sql("create role rds_iam")
        if roles.admin.user != root.user:
            root.sql(f"grant rds_iam to {roles.admin.user} with admin option")
    else:
        assert "has no user" in roles.job().stderr
        for user in names.values():
            root.sql(f'create role "{user}" login')
    try:
        said = roles.run()
        assert sorted(said.splitlines()) == [f"{role}: {user} logs in with a token" for role, user in names.items()]
        members = (
            "select r.rolname from pg_auth_members m join pg_roles r on r.oid = roleid join pg_roles u on u.oid = "
        )
        (applied,) = [root.sql(f"{members} member where u.rolname = '{names['owner']}' order by 1")]
        assert applied == [[f"{roles.database}_owner"], *([["rds_iam"]] if cloud == "aws" else [])]
        assert "password authentication failed" in roles.says("writer", "select 1")
        told = "select unnest(setconfig) from pg_db_role_setting s join pg_roles r on r.oid = setrole where rolname = "
        if root.sql(f"{told} '{names['owner']}'") == []:  # on a server where the administrator may not
            assert cloud == "gcp"
        else:
            assert root.sql(f"{told} '{names['owner']}'") == [[f"role={roles.database}_owner"]]
        before = root.sql(STATE, roles.database)
        roles.run()
        assert root.sql(STATE, roles.database) == before
        changed = replace(roles, props=replace(tokens, logins={names["owner"]: "reader"}))
        changed.run()
        assert [f"{roles.database}_reader"] in root.sql(f"{members} member where u.rolname = '{names['owner']}'")
        assert [f"{roles.database}_owner"] not in root.sql(f"{members} member where u.rolname = '{names['owner']}'")
    finally:
        if cloud == "aws":
            root.sql("drop role rds_iam")


def test_a_rotation_lets_the_version_before_log_in_and_no_older_one(roles: Roles) -> None:
    def lets_in(*versions: int) -> list[int]:
        return [v for v in versions if [roles.rotated(v).says(one, "select 1") for one in USERS] == [""] * 3]

    roles.run()
    said = roles.rotated(2).run()
    assert f"writer: {roles.database}_writer_2 has a new password" in said
    assert lets_in(1, 2) == [1, 2]
    third = roles.rotated(3)
    third.run()
    assert lets_in(1, 2, 3) == [2, 3]
    # The Job of the release before runs again after a rollback, and the newer one after that.
    roles.rotated(2).run()
    assert lets_in(1, 2, 3) == [2, 3]
    roles.rotated(3).run()
    before = roles.root.sql(STATE, roles.database)
    assert f"reader: {roles.database}_reader_3 is as it was" in roles.rotated(3).run()
    assert roles.root.sql(STATE, roles.database) == before
    assert lets_in(1, 2, 3) == [2, 3]
    # Two versions at once: what runs is the first of them.
    roles.rotated(5).run()
    assert lets_in(2, 3, 5) == [3, 5]
    roles.rotated(1).run()
    assert lets_in(1, 3, 5) == [1, 3, 5]


def test_what_users_of_another_version_create_belongs_to_the_owner_and_all_use_it(roles: Roles) -> None:
    roles.run()
    roles.rotated(2).run()
    assert roles.rotated(2).says("owner", "create table later (id int)") == ""
    (owner,) = roles.root.sql("select relowner::regrole from pg_class where relname = 'later'", roles.database)
    assert owner == [f"{roles.database}_owner"]
    for version in (1, 2):
        assert roles.rotated(version).says("writer", "insert into later values (1)") == ""
        assert roles.rotated(version).says("reader", "select id from later") == ""
    assert "permission denied" in roles.rotated(2).says("reader", "insert into later values (1)")
    assert "must be owner" in roles.rotated(2).says("writer", "drop table later")
    # The administrator ends their sessions before a restore.
    ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like '%\\_2'"
    roles.admin.sql(ended, roles.database)


def test_passwords_of_every_version_go_with_tokens(roles: Roles) -> None:
    roles.run()
    roles.rotated(2).run()
    user = f"{roles.database}-app"
    roles.root.sql(f'create role "{user}" login')
    tokens = replace(PROPS, roles=None, prefix=roles.database, password_version=2, logins={user: "writer"})
    replace(roles, props=tokens).run()
    for version in (1, 2):
        said = roles.rotated(version).says("writer", "select 1")
        assert "password authentication failed" in said or "not permitted to log in" in said


def test_a_user_that_belongs_to_something_else_is_left_alone(roles: Roles) -> None:
    roles.run()
    user = f"{roles.database}_writer_2"
    roles.root.sql(f"create role {user} login password 'other'")
    run = roles.rotated(2).job()
    assert run.returncode == 1
    assert f"the server has a role {user}, which is not a user of this database" in run.stderr
    assert roles.rotated(1).says("writer", "select 1") == ""


def test_a_server_that_does_not_answer_and_a_user_who_may_not_are_said(server: Server, tmp_path: Path) -> None:
    roles = Roles.create(server, tmp_path, "books_refused", superuser=False)
    server.sql(f"alter role {roles.admin.user} nocreaterole")
    run = roles.job()
    assert run.returncode == 1
    assert "permission denied to create role" in run.stderr
    assert "the roles could not be created" in run.stderr
    (roles.folder / "administrator" / "port").write_text("1")
    run = roles.job(WAIT_SECONDS="0")
    assert (run.returncode, run.stderr) == (1, "127.0.0.1 does not answer\n")


@pytest.mark.parametrize("superuser", [True, False])
def test_a_restored_database_has_its_roles_again(
    server: Server, store: ObjectStore, tmp_path: Path, superuser: bool
) -> None:
    name = f"books_back_{superuser}".lower()
    roles = Roles.create(server, tmp_path, name, superuser=superuser)
    roles.run()
    folder = tmp_path / f"kept{superuser}".lower()
    folder.mkdir()
    backups = Backups.create(server, store, folder)
    backups = replace(backups, database=name).with_props(roles=RoleUsers(**{role: f"{name}_{role}" for role in USERS}))
    backups.secrets["database"].joinpath("database").write_text(name)
    backups.secrets["database"].joinpath("username").write_text(roles.admin.user)
    assert roles.says("owner", ROWS) == ""
    backups.backup()
    assert roles.says("writer", "delete from runs where id > 100") == ""
    busy = subprocess.Popen(  # of a role, whose sessions a restore ends
        ["psql", "-X", "-d", name, "-c", "select pg_sleep(60)"],
        env={
            **server.environment,
            "PGUSER": f"{name}_writer",
            "PGPASSWORD": (roles.folder / "writer" / "password").read_text(),
        },
        stderr=subprocess.DEVNULL,
    )
    assert "restored" in backups.restore()
    assert busy.wait(10) != 0
    assert roles.says("writer", "insert into runs select 5001, agent, body, changed from runs where id = 5000") == ""
    assert "must be owner" in roles.says("writer", "drop table runs")
    assert roles.says("reader", "select * from failed") == ""
    assert "permission denied" in roles.says("reader", "delete from runs")
    assert roles.says("owner", "alter table runs add more int") == ""
    assert roles.run().count("is as it was") == 3
    assert "is as it was" in backups.restore(REHEARSE="yes")

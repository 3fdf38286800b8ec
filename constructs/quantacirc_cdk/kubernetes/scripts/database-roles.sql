-- Gives a database roles of its own: an owner, who changes its schema, a writer and a reader. Run by psql as the
-- administrator, in that database, any number of times. A new role has no password, so nobody can log in with it.
--
-- Variables: owner, writer, reader; database, the name that the database has or, in a restore, will have
--
-- Roles belong to the whole server. A comment on each says whose it is: those of another database are left alone.
-- Without the superuser, as in a managed database, the administrator must be allowed to create roles, and own the
-- database. It becomes a member of the roles, so that it can still dump, restore and end their sessions.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
set search_path = pg_catalog;
set default_transaction_read_only = off;
-- A new owner needs a lock on each table. Whoever waits for one holds up everybody else.
set lock_timeout = '10s';
begin;
-- Two runs one after the other: the privileges of roles are in catalogs that do not take concurrent changes.
select pg_advisory_xact_lock(hashtext('database-roles')) \g /dev/null
select set_config('roles.owner', :'owner', true), set_config('roles.writer', :'writer', true),
	set_config('roles.reader', :'reader', true), set_config('roles.database', :'database', true) \g /dev/null

do $roles$
declare
	owner text := current_setting('roles.owner');
	writer text := current_setting('roles.writer');
	reader text := current_setting('roles.reader');
	mark text := format('A role of the database %s.', current_setting('roles.database'));
	found text;
	statement text;
begin
	for found in
		select rolname from pg_roles where rolname in (owner, writer, reader)
			and shobj_description(oid, 'pg_authid') is distinct from mark
	loop
		raise 'the server has a role %, which is not one of this database', found
			using hint = 'Each database with roles of these names needs a server of its own';
	end loop;
	for statement in
		select format(command, name, mark) from unnest(array[owner, writer, reader]) name,
			unnest(array['create role %I', 'comment on role %I is %L']) with ordinality wanted (command, place)
		where not exists (select from pg_roles where rolname = name) order by name, place
	loop execute statement; end loop;
	for statement in
		select format('alter role %I login', rolname) from pg_roles
		where rolname in (owner, writer, reader) and not rolcanlogin
		union all
		select format('grant %I to current_user', rolname) from pg_roles
		where rolname in (owner, writer, reader) and not pg_has_role(oid, 'usage')
	loop execute statement; end loop;

	-- The database, then what the administrator has in it: a schema's new owner must be allowed to create there.
	for statement in
		select format('alter database %I owner to %I', datname, owner) from pg_database
		where datname = current_database() and pg_get_userbyid(datdba) <> owner
	loop execute statement; end loop;
	for statement in
		with found (class, object, namespace, holder) as (
			select 'pg_namespace'::regclass, oid, oid, nspowner from pg_namespace
			-- A sequence of a column, an index and a TOAST table follow their table.
			union all select 'pg_class'::regclass, oid, relnamespace, relowner from pg_class c
				where relkind in ('r', 'p', 'v', 'm', 'f') or relkind = 'S' and not exists (
					select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid
					and refclassid = 'pg_class'::regclass and deptype in ('a', 'i'))
			union all select 'pg_proc'::regclass, oid, pronamespace, proowner from pg_proc
			-- The type of an array, of a table's rows and of several ranges follows its own.
			union all select 'pg_type'::regclass, oid, typnamespace, typowner from pg_type t
				where typtype in ('b', 'd', 'e', 'r') and not exists (select from pg_type where typarray = t.oid)
				or typtype = 'c' and (select relkind from pg_class where oid = typrelid) = 'c'
			union all select 'pg_collation'::regclass, oid, collnamespace, collowner from pg_collation
			union all select 'pg_conversion'::regclass, oid, connamespace, conowner from pg_conversion
			union all select 'pg_operator'::regclass, oid, oprnamespace, oprowner from pg_operator
			union all select 'pg_opclass'::regclass, oid, opcnamespace, opcowner from pg_opclass
			union all select 'pg_opfamily'::regclass, oid, opfnamespace, opfowner from pg_opfamily
			union all select 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner from pg_ts_config
			union all select 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner from pg_ts_dict
			union all select 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner from pg_statistic_ext
			union all select 'pg_largeobject'::regclass, oid, null, lomowner from pg_largeobject_metadata
		)
		select format('alter %s %s owner to %I', case class when 'pg_proc'::regclass then 'routine'
			when 'pg_statistic_ext'::regclass then 'statistics' else type end, identity, owner)
		from found left join pg_namespace n on n.oid = namespace, pg_identify_object(class, object, 0)
		where holder = (select oid from pg_roles where rolname = current_user)
			and (nspname is null or nspname !~ '^pg_' and nspname <> 'information_schema')
			and not exists (select from pg_depend where classid = class and objid = object and deptype = 'e')
		order by class <> 'pg_namespace'::regclass, class::oid, object
	loop execute statement; end loop;

	-- Nobody else connects. Temporary tables are for the writer: a reader writes nothing.
	execute format('revoke all on database %I from public', current_database());
	execute format('grant connect, temporary on database %I to %I', current_database(), writer);
	execute format('grant connect on database %I to %I', current_database(), reader);

	-- What there is, and what the owner creates later.
	for statement in
		select format(command, nspname, who) from pg_namespace, (values
			('revoke create on schema %I from public', 'public'),
			('grant usage on schema %I to %I', writer),
			('grant usage on schema %I to %I', reader)) wanted (command, who)
		where nspname = 'public' or nspowner = (select oid from pg_roles where rolname = owner)
		union all
		select format('grant %s on %s %I.%I to %I', rights, case relkind when 'S' then 'sequence' else 'table' end,
			nspname, relname, who)
		from pg_class c join pg_namespace n on n.oid = relnamespace, (values
			('select, insert, update, delete', false, writer), ('select', false, reader),
			('select, usage, update', true, writer), ('select', true, reader)) wanted (rights, sequence, who)
		where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (relkind = 'S') = sequence and nspname !~ '^pg_'
			and relowner = (select oid from pg_roles where rolname = owner)
		union all
		select format('alter default privileges for role %I grant %s on %s to %I', owner, rights, what, who) from (values
			('usage', 'schemas', writer), ('usage', 'schemas', reader),
			('select, insert, update, delete', 'tables', writer), ('select', 'tables', reader),
			('select, usage, update', 'sequences', writer), ('select', 'sequences', reader)) wanted (rights, what, who)
	loop execute statement; end loop;

	if exists (select from pg_namespace, unnest(array[writer, reader]) role
		where nspname = 'public' and has_schema_privilege(role, oid, 'create')) then
		raise 'everybody may create tables in the schema public, and its owner, %, is not this user',
			(select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'public')
			using hint = 'Let its owner run: revoke create on schema public from public';
	end if;
end
$roles$;
commit;

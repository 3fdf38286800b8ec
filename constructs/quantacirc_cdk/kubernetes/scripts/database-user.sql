-- Creates a user that logs in with a password and acts in one role of a database. Run by psql as the administrator, after
-- database-roles.sql, any number of times. A new user has no password, so nobody can log in with it.
--
-- Variables: login, the user; role; database
\set ON_ERROR_STOP 1
set client_min_messages = warning;
set search_path = pg_catalog;
set default_transaction_read_only = off;
begin;
select pg_advisory_xact_lock(hashtext('database-roles')) \g /dev/null
select set_config('login.user', :'login', true), set_config('login.role', :'role', true),
	set_config('login.database', :'database', true) \g /dev/null

do $login$
declare
	login text := current_setting('login.user');
	role text := current_setting('login.role');
	mark text := format('A user of the database %s.', current_setting('login.database'));
	statement text;
begin
	if exists (select from pg_roles where rolname = login and shobj_description(oid, 'pg_authid') is distinct from mark) then
		raise 'the server has a role %, which is not a user of this database', login;
	end if;
	if not exists (select from pg_roles where rolname = login) then
		execute format('create role %I', login);
		execute format('comment on role %I is %L', login, mark);
	end if;
	-- The administrator is a member, so that a restore can end its sessions. What it creates belongs to its role, in every
	-- database: a restored one takes the name of the database, and not its settings.
	for statement in
		select format('alter role %I login', login) from pg_roles where rolname = login and not rolcanlogin
		union all
		select format('grant %I to current_user', login) where not pg_has_role(login, 'usage')
		union all
		select format('grant %I to %I', role, login) where not pg_has_role(login, role, 'member')
		union all
		select format('alter role %I set role %L', login, role)
	loop execute statement; end loop;
end
$login$;
commit;

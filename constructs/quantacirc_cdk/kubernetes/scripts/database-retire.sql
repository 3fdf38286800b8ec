-- Takes the passwords from users of a role that no release needs any more: those before the newest one that is older than
-- the current version. Their open sessions stay. Run by psql as the administrator, any number of times.
--
-- Variables: role; version, the current one, or 0 to take the passwords from all; database
--
-- The first version is the role itself; later ones are users with the version at the end of their name.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
set search_path = pg_catalog;
set default_transaction_read_only = off;
begin;
select pg_advisory_xact_lock(hashtext('database-roles')) \g /dev/null
select set_config('retire.role', :'role', true), set_config('retire.version', :'version', true),
	set_config('retire.database', :'database', true) \g /dev/null

do $retire$
declare
	role text := current_setting('retire.role');
	version integer := current_setting('retire.version');
	mark text := format('A user of the database %s.', current_setting('retire.database'));
	statement text;
begin
	for statement in
		with users (name, number) as (
			select rolname, substr(rolname, length(role) + 2)::integer from pg_roles
			where rolname ~ ('^' || role || '_[0-9]{1,4}$') and shobj_description(oid, 'pg_authid') = mark and rolcanlogin
		), previous (number) as (
			select coalesce(max(number), 1) from users where number < version
		)
		select format('alter role %I nologin password null', users.name) from users, previous
		where version = 0 or users.number < previous.number
		union all
		select format('alter role %I password null', role) from previous where version = 0 or previous.number > 1
	loop execute statement; end loop;
end
$retire$;
commit;

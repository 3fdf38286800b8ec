-- Lets a user that logs in with a token of a cloud identity act in one role of a database, and takes the passwords from
-- the roles. Run by psql as the administrator, after database-roles.sql, any number of times.
--
-- Variables: login, its role; owner, writer, reader; database
--
-- On RDS, a member of rds_iam logs in with a token, and with nothing else
-- (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html). Elsewhere, the cloud
-- has created the user.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
set search_path = pg_catalog;
set default_transaction_read_only = off;
begin;
select pg_advisory_xact_lock(hashtext('database-roles')) \g /dev/null
select set_config('login.user', :'login', true), set_config('login.role', :'role', true),
	set_config('login.roles', array[:'owner', :'writer', :'reader']::text, true),
	set_config('login.database', :'database', true) \g /dev/null

do $login$
declare
	login text := current_setting('login.user');
	role text := current_setting('login.role');
	roles text[] := current_setting('login.roles');
	mark text := format('A user of the database %s.', current_setting('login.database'));
	statement text;
begin
	if exists (select from pg_roles where rolname = 'rds_iam') then
		if exists (select from pg_roles where rolname = login
			and shobj_description(oid, 'pg_authid') is distinct from mark) then
			raise 'the server has a role %, which is not a user of this database', login;
		end if;
		if not exists (select from pg_roles where rolname = login) then
			execute format('create role %I login', login);
			execute format('comment on role %I is %L', login, mark);
		end if;
		if not pg_has_role(login, 'rds_iam', 'member') then
			execute format('grant rds_iam to %I', login);
		end if;
	elsif not exists (select from pg_roles where rolname = login) then
		raise 'the server has no user %', login using hint = 'terraform apply creates it';
	end if;

	for statement in
		select format('grant %I to %I', role, login) where not pg_has_role(login, role, 'member')
		union all
		select format('revoke %I from %I', other, login) from unnest(roles) other
		where other <> role and pg_has_role(login, other, 'member')
		union all
		select format('alter role %I password null', other) from unnest(roles) other
	loop execute statement; end loop;

	-- What the user creates belongs to its role.
	begin
		execute format('alter role %I in database %I set role %L', login, current_database(), role);
	exception when insufficient_privilege then
		raise warning '% must set its role to % itself: the administrator may not', login, role;
	end;
end
$login$;
commit;

-- The users that the shop's services connect as.
CREATE USER astronomy_user WITH PASSWORD 'astronomy_password';
CREATE DATABASE astronomy_db OWNER astronomy_user;
CREATE USER monitoring_user WITH PASSWORD 'monitoring_password';
GRANT pg_monitor TO monitoring_user;

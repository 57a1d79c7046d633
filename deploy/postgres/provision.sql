-- Gives one service its role and its schema, and nobody else a way in.
-- Run by a superuser in the database the service will use, with the psql variables `service` and
-- `password`. May be run again at any time; it then only sets what differs, and the password.
\set ON_ERROR_STOP on

SET client_min_messages = warning;
SET log_min_error_statement = panic;  -- a failing statement with the password must not be logged

-- Services may be provisioned at the same time.
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('marquee.provision')) \g /dev/null

CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;

SELECT format('CREATE ROLE %I', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec

ALTER ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT -1 PASSWORD :'password';

-- Roles belong to the whole server, the rest to this database.
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %I, public',
              :'service', current_database(), :'service') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), :'service') \gexec

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS :"service" AUTHORIZATION :"service";
ALTER SCHEMA :"service" OWNER TO :"service";
REVOKE ALL ON SCHEMA :"service" FROM PUBLIC;

COMMIT;

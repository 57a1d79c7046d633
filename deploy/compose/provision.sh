#!/bin/bash
# Gives every service its role, schema and password in the database of the environment (PGHOST, ...).
# Runs before the services each time; changes only what differs.
set -euo pipefail

secrets=${1:?provision.sh SECRETS}
here=$(dirname "$(realpath "$0")")
PGPASSWORD=$(<"$secrets/postgres.password")
export PGPASSWORD

for file in "$secrets"/*.password; do
  role=$(basename "$file" .password)
  [[ $role != postgres ]] || continue
  { printf "\\\\set service %s\n\\\\set password %s\n" "$role" "$(<"$file")" &&
    cat "$here/../postgres/provision.sql"; } | psql -X -q -v ON_ERROR_STOP=1
  printf 'provisioned %s\n' "$role"
done

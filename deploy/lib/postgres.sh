# The private PostgreSQL cluster: made, started, provisioned. Only a unix socket leads into it.
# Started by root, it runs as the user `postgres`; where that user cannot reach the data folder, the
# cluster lies in /var/lib/marquee instead.

readonly SOCKET_PATH_MAX=107  # bytes, of sockaddr_un
readonly PROVISION_SQL=$ROOT/deploy/postgres/provision.sql

# locate_postgres: sets CLUSTER, SOCKETS, PG_BIN and AS_POSTGRES from what exists.
locate_postgres() {
  local home version
  home=${SETTINGS[POSTGRES_HOME]:-$DATA/postgres}
  CLUSTER=$home/data SOCKETS=$home/socket
  if [[ ! $SOCKETS =~ ^[A-Za-z0-9/_.+-]+$ ]] || ((${#SOCKETS} + 14 + 5 > SOCKET_PATH_MAX)); then
    SOCKETS=/tmp/marquee-$(data_hash)
  fi
  if { read -r version <"$CLUSTER/PG_VERSION"; } 2>/dev/null; then
    PG_BIN=/usr/lib/postgresql/$version/bin
    [[ -x $PG_BIN/postgres ]] ||
      die "the cluster in $DATA was made by PostgreSQL $version, which is not installed; install postgresql-$version, or 'deploy/marquee reset$DATA_FLAG'"
  else
    PG_BIN=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    PG_BIN=${PG_BIN%/initdb}
    [[ -x $PG_BIN/initdb ]] || die 'PostgreSQL is not installed'
  fi
  AS_POSTGRES=()
  if ((EUID == 0)); then
    POSTGRES_USER=postgres
    if [[ -d $CLUSTER ]]; then POSTGRES_USER=$(stat -c %U "$CLUSTER"); fi
    AS_POSTGRES=(setpriv "--reuid=$POSTGRES_USER" "--regid=$(id -g "$POSTGRES_USER")" --init-groups --)
  fi
}

data_hash() {
  local hash
  read -r hash _ < <(printf '%s' "$DATA" | sha256sum)
  printf '%s' "${hash:0:12}"
}

# as_postgres COMMAND...: with an environment that says nothing of the caller's.
as_postgres() {
  (cd / && exec "${AS_POSTGRES[@]}" env -i "PATH=$PG_BIN:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@")
}

own_by_postgres() {
  if ((EUID == 0)); then chown "$POSTGRES_USER:" "$@"; fi
}

make_cluster() {
  local home=$DATA/postgres password
  if [[ ! -s $CLUSTER/PG_VERSION ]]; then
    step postgres 'making the cluster'
    if ((EUID == 0)) && ! (cd / && "${AS_POSTGRES[@]}" test -x "$DATA"); then
      home=/var/lib/marquee/$(data_hash)
      mkdir -p "$home"
      say "  postgres           user $POSTGRES_USER cannot reach $DATA: the cluster goes to $home"
      SETTINGS[POSTGRES_HOME]=$home
      save_settings
      locate_postgres
    fi
    mkdir -p "$home"
    chmod 700 "$home"
    own_by_postgres "$home"
    secret postgres.password
    password=$home/password
    (umask 077 && cat "$SECRET" >"$password")
    own_by_postgres "$password"
    rm -rf "$CLUSTER.new"
    if ! as_postgres initdb -D "$CLUSTER.new" -U postgres --pwfile="$password" --auth=scram-sha-256 \
      --encoding=UTF8 --locale=C.UTF-8 --data-checksums >"$DATA/log/postgres.log" 2>&1; then
      rm -f "$password"
      step_clear
      show_tail "$DATA/log/postgres.log" 20
      die 'PostgreSQL could not make a cluster'
    fi
    rm -f "$password"
    printf '%s\n' "include 'marquee.conf'" >>"$CLUSTER.new/postgresql.conf"
    printf 'local all all scram-sha-256\n' >"$CLUSTER.new/pg_hba.conf"
    rm -f "$DATA/run/provisioned"
    mv "$CLUSTER.new" "$CLUSTER"
    step_done 'cluster made'
  fi
}

start_postgres() {
  make_cluster
  if is_running postgres && ! is_stopping_postgres; then
    SPAWNED[postgres]=$PID LOG_FROM[postgres]=0
    return
  fi
  step postgres 'starting'
  clear_stale_postgres
  make_socket_folder
  {
    cat "$ROOT/deploy/postgres/postgresql.conf"
    printf "unix_socket_directories = '%s'\n" "$SOCKETS"
  } | replace_file "$CLUSTER/marquee.conf"
  own_by_postgres "$CLUSTER/marquee.conf"
  ENVIRONMENT=()
  spawn postgres "${AS_POSTGRES[@]}" env -i "PATH=$PG_BIN:/usr/bin:/bin" LC_ALL=C.UTF-8 \
    "$PG_BIN/postgres" -D "$CLUSTER"
  wait_ready postgres 120 "$PG_BIN/pg_isready" -q -h "$SOCKETS" -d marquee
  step_done 'started'
}

# One that was told to stop ends when the last of its connections has.
is_stopping_postgres() { [[ $(sed -n 8p "$CLUSTER/postmaster.pid" 2>/dev/null) == stopping* ]]; }

make_socket_folder() {
  if [[ $SOCKETS == /tmp/* ]]; then
    # /tmp is everyone's: what lies there under our name must be ours.
    mkdir -m 700 "$SOCKETS" 2>/dev/null || true
    [[ -d $SOCKETS && ! -L $SOCKETS && $(stat -c %U "$SOCKETS") == @("$(id -un)"|"${POSTGRES_USER:-}") ]] ||
      die "$SOCKETS is needed for PostgreSQL's socket and belongs to somebody else"
  else
    mkdir -p "$SOCKETS"
  fi
  chmod 700 "$SOCKETS"
  own_by_postgres "$SOCKETS"
}

# After a kill -9 the cluster's lock files name a pid that may by now be a stranger's, at which
# PostgreSQL would refuse to start; and backends may live on for a moment. All of the cluster's
# processes have it as their working folder, and nobody else's do.
clear_stale_postgres() {
  local dir left pid until=$((${EPOCHREALTIME/./} + 10000000))
  while :; do
    left=()
    for dir in /proc/[0-9]*/cwd; do
      pid=${dir#/proc/} pid=${pid%/cwd}
      if [[ $dir -ef $CLUSTER && $(readlink "/proc/$pid/exe") == */postgres* ]]; then left+=("$pid"); fi
    done 2>/dev/null
    ((${#left[@]})) || break
    if ((${EPOCHREALTIME/./} > until)); then kill -KILL "${left[@]}" 2>/dev/null || true; fi
    # A postmaster whose pid file of ours was lost is told to stop; a backend without one ends alone.
    if { read -r pid <"$CLUSTER/postmaster.pid"; } 2>/dev/null && [[ " ${left[*]} " == *" $pid "* ]]; then
      kill -INT "$pid" 2>/dev/null || true
    fi
    step_progress 'waiting for processes of the last run'
    sleep 0.1
  done
  rm -f "$CLUSTER/postmaster.pid" "$SOCKETS"/.s.PGSQL.*
}

# client_environment ROLE: sets ENVIRONMENT for psql and its like, with the role's password in a file.
client_environment() {
  secret "$1.password"
  write_secret "$1.pgpass" "*:*:*:$1:$(<"$SECRET")"
  ENVIRONMENT=("PGHOST=$SOCKETS" PGPORT=5432 "PGUSER=$1" PGDATABASE=marquee
    "PGPASSFILE=$DATA/secrets/$1.pgpass")
}

# database_url ROLE: sets SECRET to a file with the libpq URL.
database_url() {
  secret "$1.password"
  write_secret "$1.database_url" \
    "postgresql://$1:$(<"$SECRET")@/marquee?host=${SOCKETS//\//%2F}&port=5432"
  SECRET=$DATA/secrets/$1.database_url
}

# provision ROLE...: once for each version of provision.sql and each set of passwords.
provision() {
  local role version
  for role in "$@"; do secret "$role.password"; done
  read -r version _ < <(cd "$DATA/secrets" && sha256sum "$PROVISION_SQL" "${@/%/.password}" | sha256sum)
  [[ ! -e $DATA/run/provisioned || $(<"$DATA/run/provisioned") != "$version" ]] || return 0
  step database 'roles and schemas'
  client_environment postgres
  (
    export "${ENVIRONMENT[@]}"
    psql=("$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1)
    "${psql[@]}" -d postgres <<<"SELECT 'CREATE DATABASE marquee' WHERE NOT EXISTS
      (SELECT FROM pg_database WHERE datname = 'marquee') \\gexec"
    for role in "$@"; do
      { printf "\\\\set service %s\n\\\\set password %s\n" "$role" "$(<"$DATA/secrets/$role.password")" &&
        cat "$PROVISION_SQL"; } | "${psql[@]}"
    done
  ) >>"$DATA/log/provision.log" 2>&1 || {
    step_clear
    show_tail "$DATA/log/provision.log" 10
    die 'the database could not be provisioned'
  }
  printf '%s\n' "$version" >"$DATA/run/provisioned"
  step_done "roles and schemas for $*"
}

postgres_health() { "$PG_BIN/pg_isready" -q -h "$SOCKETS" -d marquee; }

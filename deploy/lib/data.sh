# The data folder: what lies where in it, its lock, its settings and its secrets.
#
#   .marquee      says that this is such a folder; `reset` deletes nothing without it
#   settings      port, address, build folder, replicas: what `up` was last told
#   marquee.env   yours: KEY=VALUE lines for the services' environment
#   secrets/      generated, mode 600
#   postgres/     the cluster and its socket          nats/   JetStream
#   log/          one file a process                  mail/   outgoing mail
#   run/          pids, ports, what is provisioned
# Nothing in it is for other users; PostgreSQL's user only passes through.

readonly DATA_MADE=(secrets postgres nats log mail run settings lock .marquee)

# choose_data FLAG: sets DATA to an absolute path.
choose_data() {
  DATA=${1:-${MARQUEE_DATA:-$ROOT/var}}
  [[ $DATA == /* ]] || DATA=$PWD/$DATA
  DATA=$(realpath -m -- "$DATA")
  [[ $DATA != *$'\n'* && $DATA != / ]] || die "cannot use $DATA as data folder"
  DATA_FLAG=
  if [[ $DATA != "$ROOT/var" ]]; then printf -v DATA_FLAG ' --data %q' "$DATA"; fi
}

is_data_folder() { [[ -e $DATA/.marquee ]]; }

make_data_folder() {
  if [[ -d $DATA ]] && ! is_data_folder; then
    local -a content
    mapfile -t content < <(find "$DATA" -mindepth 1 -maxdepth 1 ! -name marquee.env ! -name lock -print -quit)
    ((${#content[@]} == 0)) || die "$DATA holds other things (such as ${content[0]##*/}); choose another --data folder"
  fi
  mkdir -p -- "$DATA" || die "cannot make the data folder $DATA"
  [[ -w $DATA ]] || die "no right to write to $DATA (it belongs to $(stat -c %U "$DATA"))"
  lock_data
  (umask 077 && mkdir -p -- "$DATA"/{secrets,log,run,mail,nats})
  printf 'A data folder of Marquee, format 1.\n' >"$DATA/.marquee"
}

# One command at a time changes what runs in a data folder.
lock_data() {
  exec {LOCK_FD}>"$DATA/lock" || die "no right to write to $DATA"
  if ! flock -n "$LOCK_FD"; then
    say "Waiting for another deploy/marquee that works on $DATA ..."
    flock "$LOCK_FD"
  fi
}

# Settings: KEY=VALUE lines, kept in the map SETTINGS.
declare -A SETTINGS=()

load_settings() {
  local key value
  SETTINGS=()
  [[ -r $DATA/settings ]] || return 0
  while IFS='=' read -r key value; do
    if [[ $key ]]; then SETTINGS[$key]=$value; fi
  done <"$DATA/settings"
}

save_settings() {
  local key
  for key in "${!SETTINGS[@]}"; do printf '%s=%s\n' "$key" "${SETTINGS[$key]}"; done |
    sort | replace_file "$DATA/settings"
}

replace_file() {  # replace_file PATH: whole or not at all, from standard input
  cat >"$1.new"
  mv -f -- "$1.new" "$1"
}

# load_environment_file: marquee.env into the environment, where a variable set by the caller wins.
load_environment_file() {
  local line number=0 value
  [[ -r $DATA/marquee.env ]] || return 0
  while IFS= read -r line || [[ $line ]]; do
    number=$((number + 1))
    line=${line#"${line%%[![:space:]]*}"} line=${line%"${line##*[![:space:]]}"}
    [[ $line && $line != '#'* ]] || continue
    [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || die "$DATA/marquee.env:$number: not KEY=VALUE: $line"
    [[ ! -v ${BASH_REMATCH[1]} ]] || continue
    value=${BASH_REMATCH[2]}
    if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then
      export "${line%%=*}=${BASH_REMATCH[1]}"
    else
      export "${line%%=*}=$value"
    fi
  done <"$DATA/marquee.env"
}

# secret NAME: sets SECRET to the generated secret's path (32 random bytes, hex).
secret() {
  SECRET=$DATA/secrets/$1
  [[ -s $SECRET ]] && return
  write_secret "$1" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
}

write_secret() {  # write_secret NAME CONTENT: only if it differs
  local path=$DATA/secrets/$1
  [[ -s $path && $(<"$path") == "$2" ]] || (umask 077 && printf '%s\n' "$2" | replace_file "$path")
}

# need_data_folder: for commands that use what an earlier `up` left.
need_data_folder() {
  is_data_folder || die "there is no Marquee in $DATA yet; start one with 'deploy/marquee up$DATA_FLAG'"
  load_settings
}

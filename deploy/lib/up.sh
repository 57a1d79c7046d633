# up: packages, build, database, bus, services, sample catalogue.

help_up() {
  cat <<'H'
deploy/marquee up [OPTIONS]

Starts all of Marquee on this machine: installs the Debian packages it lacks, builds, makes a private
PostgreSQL and NATS, starts every service and the gateway, and on the first run loads a sample
catalogue. What runs already and is up to date stays as it is.

  --port N               the gateway's port (default 8000)
  --host ADDRESS         the gateway's address (default 127.0.0.1; 0.0.0.0 for all networks)
  --replicas NAME=N      so many processes of a service, e.g. --replicas movie=3; may be repeated
  --data DIR             the data folder (default var/ in the repository)
  --build-dir DIR        the build folder (default build/release in the repository)
  --no-build             run what is built
  --no-install           only check for packages; fail and name what is missing
  --no-sample            do not load the sample catalogue
  -j N                   compile with N jobs

MARQUEE_PORT, MARQUEE_HOST and MARQUEE_DATA stand for the options of that name. Port, host, replicas
and build folder are remembered in the data folder. Settings of the services (MARQUEE_GATEWAY_...,
MARQUEE_AUTH_..., MARQUEE_MOVIE_...) are taken from the environment and from DATA/marquee.env.
H
}

command_up() {
  local began=${EPOCHREALTIME/./}
  take_options '--port= --host= --replicas= --data= --build-dir= --no-build --no-install --no-sample -j=' "$@"
  at_most 0
  choose_data "${OPTION[--data]:-}"
  choose_jobs
  NO_INSTALL=${OPTION[--no-install]:-}
  load_settings
  choose_settings
  refuse_taken_port

  ensure_packages build run
  if [[ ! ${OPTION[--no-build]:-} ]]; then
    build_tree release "${SETTINGS[BUILD_DIR]}" marquee
    fetch_docs
  fi
  need_binaries

  make_data_folder
  load_settings
  choose_settings
  refuse_taken_port  # again: a build takes its time
  save_settings
  load_environment_file
  start_everything
  load_sample
  greet "$began"
}

choose_jobs() {
  JOBS=${OPTION[-j]:-}
  if [[ $JOBS ]]; then positive_number -j "$JOBS" 1024; fi
}

# choose_settings: option, else variable, else what was remembered, else the default.
choose_settings() {
  local word
  SETTINGS[PORT]=${OPTION[--port]:-${MARQUEE_PORT:-${SETTINGS[PORT]:-8000}}}
  SETTINGS[HOST]=${OPTION[--host]:-${MARQUEE_HOST:-${SETTINGS[HOST]:-127.0.0.1}}}
  positive_number --port "${SETTINGS[PORT]}" 65535
  [[ ${SETTINGS[HOST]} =~ ^[0-9A-Za-z.:-]+$ ]] || usage_error "--host is not an address: ${SETTINGS[HOST]}"
  choose_build_folder release
  for word in ${OPTION[--replicas]:-}; do
    [[ $word =~ ^([a-z-]+)=([0-9]+)$ ]] || usage_error "--replicas takes NAME=N, not '$word'"
    find_service "${BASH_REMATCH[1]}"
    [[ ${KIND[$SERVICE]} != front ]] || usage_error "there is one $SERVICE only"
    positive_number --replicas "${word#*=}" 32
    SETTINGS[REPLICAS_$SERVICE]=$((10#${word#*=}))
  done
}

choose_build_folder() {  # choose_build_folder PRESET
  local dir=${OPTION[--build-dir]:-${SETTINGS[BUILD_DIR]:-$ROOT/build/$1}}
  [[ $dir == /* ]] || dir=$PWD/$dir
  SETTINGS[BUILD_DIR]=$dir
}

refuse_taken_port() {
  local port=${SETTINGS[PORT]}
  find_listening_ports
  [[ ${LISTENING[$port]:-} ]] || return 0
  if is_running gateway && [[ $(socket_of "/proc/$PID/fd" "$port") ]]; then return 0; fi
  die "port $port is taken by $(port_owner "$port"); stop it or choose another with --port"
}

need_binaries() {
  local service
  for service in "${SERVICES[@]}"; do
    [[ -x $(binary_of "$service") ]] || die "$(binary_of "$service") is missing: not built in ${SETTINGS[BUILD_DIR]}"
  done
}

start_everything() {
  local service name file
  local -a wanted=() roles
  for service in "${SERVICES[@]}"; do
    list_instances "$service"
    wanted+=("${INSTANCES[@]}")
  done
  for file in "$DATA"/run/*.pid; do
    name=${file##*/} name=${name%.pid}
    [[ -e $file && " postgres nats ${wanted[*]} " != *" $name "* ]] || continue
    stop_processes TERM "$name"
  done
  assign_ports
  locate_postgres
  start_postgres
  list_database_services
  roles=("${DATABASE_SERVICES[@]}")
  provision "${roles[@]}"
  start_nats
  for service in "${SERVICES[@]}"; do
    list_instances "$service"
    start_service "$service" "${INSTANCES[@]}"
  done
}

load_sample() {
  local log=$DATA/log/sample.log
  [[ ! -e $DATA/run/sample-loaded && ! ${OPTION[--no-sample]:-} ]] || return 0
  step sample 'loading the catalogue'
  if ! (run_tool movie import sample "$ROOT/deploy/sample") </dev/null >"$log" 2>&1; then
    step_clear
    show_tail "$log" 20
    die 'the sample catalogue could not be loaded; the next "up" tries again'
  fi
  : >"$DATA/run/sample-loaded"
  step_done 'catalogue loaded'
}

greet() {
  local host=${SETTINGS[HOST]}
  case $host in 0.0.0.0 | ::) host=localhost ;; *:*) host="[$host]" ;; esac
  say
  say "Marquee is up after $(seconds_since "$1"): http://$host:${SETTINGS[PORT]}"
  if [[ -e $DATA/run/sample-loaded ]]; then say "  demo account   demo / popcorn-demo"; fi
  say "  read           http://$host:${SETTINGS[PORT]}/docs"
  say "  try            curl 'http://$host:${SETTINGS[PORT]}/api/movies/popular'"
  say "  then           deploy/marquee status$DATA_FLAG   (also: logs, import, psql, down; see --help)"
}

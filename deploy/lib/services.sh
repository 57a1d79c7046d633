# What runs, in the order in which it starts. A new service is one row of this table.
#
# kind      database: has a role and a schema of its name; plain: needs none; front: the address that
#           people use, one instance only
# settings  further ones, KEY=VALUE, where VALUE may be @secret/NAME (a generated secret's file, for a
#           _FILE setting), @folder/NAME (in the data folder), @target/SERVICE (where gRPC finds it),
#           @upstreams (all services, as the gateway takes them), @docs (the viewer, if it is there), @url (the
#           gateway's own, from this machine)
#
#  service   program         prefix           kind      settings
readonly SERVICE_TABLE='
   auth      auth-service    MARQUEE_AUTH     database  KEY_SECRET_FILE=@secret/auth.key
   movie     movie-service   MARQUEE_MOVIE    database  AUTH_TARGET=@target/auth
   rooms     room-sync-service  MARQUEE_ROOMS  database  AUTH_TARGET=@target/auth
   notification  notification-service  MARQUEE_NOTIFICATION  database  AUTH_TARGET=@target/auth MOVIE_TARGET=@target/movie MAIL_FOLDER=@folder/mail PUBLIC_URL=@url
   gateway   gateway         MARQUEE_GATEWAY  front     UPSTREAMS=@upstreams DOCS_FOLDER=@docs
'
readonly READY_SECONDS=60

declare -a SERVICES=()
declare -A PROGRAM=() PREFIX=() KIND=() EXTRA=()

load_services() {
  local service program prefix kind extra
  while read -r service program prefix kind extra; do
    [[ $service ]] || continue
    SERVICES+=("$service")
    PROGRAM[$service]=$program PREFIX[$service]=$prefix KIND[$service]=$kind EXTRA[$service]=$extra
  done <<<"$SERVICE_TABLE"
}
load_services

# list_instances SERVICE: sets INSTANCES to the names of its processes.
list_instances() {
  local count=${SETTINGS[REPLICAS_$1]:-1} number
  INSTANCES=("${PROGRAM[$1]}")
  if ((count > 1)); then
    INSTANCES=()
    for ((number = 1; number <= count; number++)); do INSTANCES+=("${PROGRAM[$1]}-$number"); done
  fi
}

# find_service NAME: sets SERVICE and INSTANCES from a service's, program's or replica's name.
find_service() {
  local name
  for SERVICE in "${SERVICES[@]}"; do
    list_instances "$SERVICE"
    [[ $1 == "$SERVICE" || $1 == "${PROGRAM[$SERVICE]}" ]] && return
    for name in "${INSTANCES[@]}"; do
      if [[ $1 == "$name" ]]; then
        INSTANCES=("$name")
        return
      fi
    done
  done
  usage_error "there is no service '$1' (there are: ${SERVICES[*]})"
}

list_database_services() {
  local service
  DATABASE_SERVICES=()
  for service in "${SERVICES[@]}"; do
    if [[ ${KIND[$service]} == database ]]; then DATABASE_SERVICES+=("$service"); fi
  done
}

assign_ports() {
  local service name
  find_listening_ports
  load_ports
  LISTENING[${SETTINGS[PORT]}]=${LISTENING[${SETTINGS[PORT]}]:-gateway}
  pick_port nats nats
  for service in "${SERVICES[@]}"; do
    list_instances "$service"
    for name in "${INSTANCES[@]}"; do
      if [[ ${KIND[$service]} == front ]]; then PORTS[$name]=${SETTINGS[PORT]}; else pick_port "$name" "$name"; fi
      pick_port "$name.ops" "$name"
    done
  done
  save_ports
}

# service_environment SERVICE INSTANCE: sets ENVIRONMENT. What the caller's environment already says of a
# setting stays, but for the addresses, by which the parts find each other.
service_environment() {
  local service=$1 name=$2 prefix=${PREFIX[$1]} host=127.0.0.1 word value
  if [[ ${KIND[$service]} == front ]]; then host=${SETTINGS[HOST]}; fi
  if [[ $host == *:* ]]; then host="[$host]"; fi
  ENVIRONMENT=("MARQUEE_DATA=$DATA" "${prefix}_LISTEN=$host:${PORTS[$name]:-0}"
    "${prefix}_OPS_LISTEN=127.0.0.1:${PORTS[$name.ops]:-0}")
  offer "$prefix" NATS_URL_FILE "$DATA/secrets/nats.url"
  if [[ ${KIND[$service]} == database ]]; then
    database_url "$service"
    offer "$prefix" DATABASE_URL_FILE "$SECRET"
  fi
  for word in ${EXTRA[$service]}; do
    value=${word#*=}
    case $value in
      @secret/*)
        secret "${value#@secret/}"
        value=$SECRET
        ;;
      @folder/*)
        value=$DATA/${value#@folder/}
        mkdir -p "$value"
        ;;
      @target/*) grpc_target "${value#@target/}" && value=$TARGET ;;
      @docs)
        [[ -e $(docs_folder)/ready ]] || continue
        value=$(docs_folder)/node_modules/swagger-ui-dist
        ;;
      @url) value=http://localhost:${SETTINGS[PORT]} ;;
      @upstreams) list_upstreams && value=$UPSTREAMS ;;
    esac
    offer "$prefix" "${word%%=*}" "$value"
  done
}

offer() {  # offer PREFIX KEY VALUE: unless KEY or KEY_FILE is set already
  local key=$1_${2%_FILE}
  if [[ ! -v $key && ! -v ${key}_FILE ]]; then ENVIRONMENT+=("$1_$2=$3"); fi
}

grpc_target() {  # sets TARGET
  local name
  list_instances "$1"
  if ((${#INSTANCES[@]} == 1)); then
    TARGET=dns:///127.0.0.1:${PORTS[${INSTANCES[0]}]:-0}
    return
  fi
  TARGET=
  for name in "${INSTANCES[@]}"; do TARGET+=,127.0.0.1:${PORTS[$name]:-0}; done
  TARGET=ipv4:${TARGET#,}
}

list_upstreams() {  # sets UPSTREAMS: name=host:port|host:port,name=...
  local service name addresses
  UPSTREAMS=
  for service in "${SERVICES[@]}"; do
    [[ ${KIND[$service]} != front ]] || continue
    list_instances "$service"
    addresses=
    for name in "${INSTANCES[@]}"; do addresses+="|127.0.0.1:${PORTS[$name]:-0}"; done
    UPSTREAMS+=",$service=${addresses#|}"
  done
  UPSTREAMS=${UPSTREAMS#,}
}

binary_of() { printf '%s/bin/%s' "${SETTINGS[BUILD_DIR]}" "${PROGRAM[$1]}"; }

# made_from SERVICE: a digest of program and environment, by which `up` sees that a process is out of date.
made_from() {
  local own
  own=$(compgen -v "${PREFIX[$1]}_" || true)
  {
    stat -c '%i %s %Y' "$(binary_of "$1")"
    printf '%s\n' "${ENVIRONMENT[@]}"
    for own in $own; do printf '%s=%s\n' "$own" "${!own}"; done
  } | sha256sum
}

# start_service SERVICE INSTANCE...: those that do not run, or run something else than they should.
start_service() {
  local service=$1 name made
  local -A word=()
  shift
  for name in "$@"; do
    step "$name" 'starting'
    service_environment "$service" "$name"
    made=$(made_from "$service")
    if is_running "$name" && [[ $(cat "$DATA/run/$name.made" 2>/dev/null) == "$made" ]]; then
      SPAWNED[$name]=$PID LOG_FROM[$name]=0 word[$name]=runs
      continue
    fi
    if is_running "$name"; then stop_processes TERM "$name"; fi
    step "$name" 'starting'
    spawn "$name" "$(binary_of "$service")"
    printf '%s\n' "$made" >"$DATA/run/$name.made"
    word[$name]=started
  done
  for name in "$@"; do
    STEP_LABEL=$name STEP_OPEN=yes
    wait_ready "$name" "$READY_SECONDS" service_health "$service" "$name"
    step_done "${word[$name]} on port ${PORTS[$name]}"
  done
}

service_health() {  # service_health SERVICE INSTANCE
  service_environment "$1" "$2"
  (export "${ENVIRONMENT[@]}" && exec timeout 5 "$(binary_of "$1")" health) </dev/null >/dev/null 2>&1
}

# run_tool SERVICE ARGUMENT...: a program's subcommand with the service's own environment, in place of us.
run_tool() {
  local service=$1
  shift
  list_instances "$service"
  service_environment "$service" "${INSTANCES[0]}"
  export "${ENVIRONMENT[@]}"
  exec "$(binary_of "$service")" "$@"
}

# status: what runs, of which version, and how it is. Read from the pid files, from each process's ops
# port, and from the database.

help_status() {
  cat <<'H'
deploy/marquee status [--data DIR] [--json]

Shows each process: its pid, state, address, uptime, health, version with commit, and for services how
many of the migrations that the program knows are applied to its schema; then how many replicas of each
service are ready. --json says the same as one JSON object. Exit code 0 only if all are healthy.
H
}

command_status() {
  local service name all=0
  take_options '--data= --json' "$@"
  at_most 0
  choose_data "${OPTION[--data]:-}"
  if ! is_data_folder; then
    nothing_runs "there is no Marquee in $DATA"
    return 1
  fi
  load_settings
  load_ports
  if ! compgen -G "$DATA/run/*.pid" >/dev/null; then
    nothing_runs "start it with 'deploy/marquee up$DATA_FLAG'"
    return 1
  fi
  load_environment_file
  locate_postgres
  declare -a PROCESSES=() REPLICAS=()
  status_header
  look_at postgres '' socket postgres_health || all=1
  look_at nats '' "127.0.0.1:${PORTS[nats]:--}" nats_health || all=1
  for service in "${SERVICES[@]}"; do look_at_replicas "$service" || all=1; done
  if [[ ${OPTION[--json]:-} ]]; then
    status_json "$all"
  else
    printf '\n'
    printf '%s\n' "${REPLICAS[@]}"
    if ((all == 0)); then say "http://${SETTINGS[HOST]}:${SETTINGS[PORT]}"; fi
  fi
  return "$all"
}

nothing_runs() {  # nothing_runs WHY
  if [[ ${OPTION[--json]:-} ]]; then
    printf '{"healthy":false,"processes":[],"services":[]}\n'
  else
    say "Nothing runs: $1."
  fi
}

status_header() {
  [[ ! ${OPTION[--json]:-} ]] || return 0
  printf '%-22s %8s  %-8s %-21s %-12s %-12s %-29s %s\n' \
    PROCESS PID STATE ADDRESS UPTIME HEALTH VERSION MIGRATIONS
}

# look_at_replicas SERVICE: a line for each, and a word on all of them in REPLICAS.
look_at_replicas() {
  local service=$1 name host=127.0.0.1 ready=0 all=0 applied
  local -a names
  if [[ ${KIND[$service]} == front ]]; then host=${SETTINGS[HOST]}; fi
  list_instances "$service"
  names=("${INSTANCES[@]}")
  applied=$(applied_migrations "$service")
  for name in "${names[@]}"; do
    if look_at "$name" "$service" "$host:${PORTS[$name]:--}" service_health "$service" "$name"; then
      ready=$((ready + 1))
    else
      all=1
    fi
  done
  if [[ ${OPTION[--json]:-} ]]; then
    REPLICAS+=("{\"name\":\"$service\",\"replicas\":${#names[@]},\"ready\":$ready,\"migrations_applied\":${applied:-null}}")
  else
    REPLICAS+=("$(printf '%-22s %d of %d ready' "$service" "$ready" "${#names[@]}")")
  fi
  return "$all"
}

# look_at NAME SERVICE ADDRESS CHECK...: a process's line. Uses `applied` of the caller.
look_at() {
  local name=$1 service=$2 address=$3 health=ok state=running uptime='' version='' commit='' known=''
  shift 3
  if is_running "$name"; then
    if ! "$@"; then health='not healthy'; fi
    uptime=$(seconds_of "$PID")
    if [[ $service ]]; then ask_process "$name"; fi
  else
    state=stopped health=''
  fi
  if [[ ${OPTION[--json]:-} ]]; then
    process_json "$name" "$service" "$address"
  else
    print_process "$name" "$address"
  fi
  [[ $health == ok ]]
}

# ask_process NAME: sets version, commit and known from its metrics, and health when it is not ready.
ask_process() {
  local metrics
  if ! metrics=$(curl -sf --max-time 3 --noproxy '*' "http://127.0.0.1:${PORTS[$1.ops]:-0}/metrics"); then
    if [[ $health == ok ]]; then health='no metrics'; fi
    return
  fi
  version=$(sed -n 's/^marquee_build_info{.*version="\([^"]*\)".*/\1/p' <<<"$metrics")
  commit=$(sed -n 's/^marquee_build_info{.*commit="\([^"]*\)".*/\1/p' <<<"$metrics")
  known=$(sed -n 's/^marquee_migrations_known \([0-9]*\)$/\1/p' <<<"$metrics")
  if ! grep -q '^marquee_ready 1$' <<<"$metrics" && [[ $health == ok ]]; then health='not ready'; fi
}

print_process() {  # print_process NAME ADDRESS
  local migrations='' build=$version
  if [[ $commit ]]; then build+=" ($commit)"; fi
  if [[ $known ]]; then migrations="${applied:-?} of $known"; fi
  printf '%-22s %8s  %-8s %-21s %-12s %-12s %-29s %s\n' "$1" "${PID:--}" "$state" "$2" \
    "$([[ $PID ]] && uptime_of "$PID" || printf -- -)" "${health:--}" "${build:--}" "${migrations:--}"
}

process_json() {  # process_json NAME SERVICE ADDRESS
  local object
  printf -v object '{"name":"%s","service":%s,"pid":%s,"state":"%s","address":"%s","uptime_seconds":%s' \
    "$1" "$(text_or_null "$2")" "${PID:-null}" "$state" "$3" "${uptime:-null}"
  printf -v object '%s,"health":%s,"version":%s,"commit":%s,"migrations_known":%s,"migrations_applied":%s}' \
    "$object" "$(text_or_null "$health")" "$(text_or_null "$version")" "$(text_or_null "$commit")" \
    "${known:-null}" "$(if [[ $known && $applied ]]; then printf '%s' "$applied"; else printf null; fi)"
  PROCESSES+=("$object")
}

text_or_null() {
  local text=${1//[\"\\[:cntrl:]]/}
  if [[ $1 ]]; then printf '"%s"' "$text"; else printf null; fi
}

status_json() {  # status_json EXIT_CODE
  local IFS=, healthy=false
  if (($1 == 0)); then healthy=true; fi
  printf '{"healthy":%s,"url":"http://%s:%s","processes":[%s],"services":[%s]}\n' "$healthy" \
    "${SETTINGS[HOST]}" "${SETTINGS[PORT]}" "${PROCESSES[*]}" "${REPLICAS[*]}"
}

# applied_migrations SERVICE: their number in its schema; nothing when it has none or cannot be asked.
applied_migrations() {
  [[ ${KIND[$1]} == database ]] || return 0
  client_environment "$1"
  (
    export "${ENVIRONMENT[@]}" PGCONNECT_TIMEOUT=3
    exec "$PG_BIN/psql" -X -Atc 'SELECT count(*) FROM schema_migrations'
  ) </dev/null 2>/dev/null || true
}

seconds_of() {  # seconds_of PID: how long it has run
  local up ticks
  stat_of "$1" || return 0
  read -r up _ </proc/uptime
  ticks=$(getconf CLK_TCK)
  printf '%d' $((${up%.*} - START / ticks))
}

# status and logs.

help_status() {
  cat <<'H'
deploy/marquee status [--data DIR]

Shows each process: its pid, state, port, uptime and health. Exit code 0 only if all are healthy.
H
}

command_status() {
  local service name all=0
  local -a names
  take_options '--data=' "$@"
  at_most 0
  choose_data "${OPTION[--data]:-}"
  if ! is_data_folder; then
    say "Nothing runs: there is no Marquee in $DATA."
    return 1
  fi
  load_settings
  load_ports
  if ! compgen -G "$DATA/run/*.pid" >/dev/null; then
    say "Nothing runs in $DATA. Start it with 'deploy/marquee up$DATA_FLAG'."
    return 1
  fi
  load_environment_file
  locate_postgres
  printf '%-18s %8s  %-8s %7s  %-12s %s\n' PROCESS PID STATE PORT UPTIME HEALTH
  status_line postgres socket postgres_health || all=1
  status_line nats "${PORTS[nats]:--}" nats_health || all=1
  for service in "${SERVICES[@]}"; do
    list_instances "$service"
    names=("${INSTANCES[@]}")
    for name in "${names[@]}"; do
      status_line "$name" "${PORTS[$name]:--}" service_health "$service" "$name" || all=1
    done
  done
  if ((all == 0)); then say "http://${SETTINGS[HOST]}:${SETTINGS[PORT]}"; fi
  return "$all"
}

status_line() {  # status_line NAME PORT CHECK...
  local name=$1 port=$2 health=ok
  shift 2
  if ! is_running "$name"; then
    printf '%-18s %8s  %-8s %7s  %-12s %s\n' "$name" - stopped - - -
    return 1
  fi
  "$@" || health='not healthy'
  printf '%-18s %8s  %-8s %7s  %-12s %s\n' "$name" "$PID" running "$port" "$(uptime_of "$PID")" "$health"
  [[ $health == ok ]]
}

help_logs() {
  cat <<'H'
deploy/marquee logs [--data DIR] [-f] [-n LINES] [SERVICE]

Shows the last lines (100) of a process's log, or of all. SERVICE may also be postgres or nats.
  -f         goes on with what is written from now on
  -n LINES   so many lines
H
}

command_logs() {
  local name
  local -a files=() follow=()
  take_options '--data= -f -n=' "$@"
  at_most 1
  choose_data "${OPTION[--data]:-}"
  need_data_folder
  if [[ ${OPTION[-n]:-} ]]; then positive_number -n "${OPTION[-n]}" 999999; fi
  if [[ ${REST[0]:-} == @(postgres|nats) ]]; then
    files=("$DATA/log/${REST[0]}.log")
  elif ((${#REST[@]})); then
    find_service "${REST[0]}"
    for name in "${INSTANCES[@]}"; do files+=("$DATA/log/$name.log"); done
  else
    files=("$DATA"/log/*.log)
  fi
  for name in "${files[@]}"; do [[ -e $name ]] || die "there is no log ${name##*/} yet"; done
  if [[ ${OPTION[-f]:-} ]]; then follow=(-F); fi
  exec tail -n "${OPTION[-n]:-100}" "${follow[@]}" "${files[@]}"
}

# down, restart, reset: stopping what runs.

help_down() {
  cat <<'H'
deploy/marquee down [--data DIR]

Stops everything that runs in the data folder: the gateway first, then the services, NATS and
PostgreSQL. Requests under way are finished; what does not stop within 15 s is killed. Data stays.
H
}

command_down() {
  take_options '--data=' "$@"
  at_most 0
  choose_data "${OPTION[--data]:-}"
  if ! is_data_folder; then
    say "Nothing runs: there is no Marquee in $DATA."
    return
  fi
  lock_data
  load_settings
  stop_everything
}

# In reverse of the start; replicas of one service together.
stop_everything() {
  local file name service index any=
  local -a group
  for file in "$DATA"/run/*.pid; do
    name=${file##*/}
    if [[ -e $file ]] && is_running "${name%.pid}"; then any=yes; fi
  done
  for ((index = ${#SERVICES[@]} - 1; index >= 0; index--)); do
    service=${SERVICES[index]}
    group=()
    # By pid file, not by setting: the number of replicas may have changed since.
    for file in "$DATA/run/${PROGRAM[$service]}".pid "$DATA/run/${PROGRAM[$service]}"-[0-9]*.pid; do
      name=${file##*/}
      if [[ -e $file ]]; then group+=("${name%.pid}"); fi
    done
    if ((${#group[@]})); then stop_processes TERM "${group[@]}"; fi
  done
  stop_processes TERM nats
  stop_processes INT postgres
  [[ $any ]] || say "Nothing was running in $DATA."
}

help_restart() {
  cat <<'H'
deploy/marquee restart [--data DIR] [SERVICE]

Restarts a service, or all services and the gateway, with the settings of the last `up` and what the
build folder holds now. Replicas restart one after the other. SERVICE may also be nats or postgres.
H
}

command_restart() {
  local service name
  local -a services names
  take_options '--data=' "$@"
  at_most 1
  choose_data "${OPTION[--data]:-}"
  need_data_folder
  services=("${REST[@]}")
  if ((${#services[@]} == 0)); then
    services=("${SERVICES[@]}")
  elif [[ ${services[0]} != @(postgres|nats) ]]; then
    find_service "${services[0]}"
  fi
  lock_data
  load_environment_file
  locate_postgres
  need_binaries
  for name in postgres nats; do
    is_running "$name" || [[ ${services[0]} == "$name" ]] || die "$name does not run; use 'deploy/marquee up$DATA_FLAG'"
  done
  assign_ports
  for service in "${services[@]}"; do
    case $service in
      postgres) stop_processes INT postgres && start_postgres && continue ;;
      nats) stop_processes TERM nats && start_nats && continue ;;
    esac
    find_service "$service"
    names=("${INSTANCES[@]}")
    for name in "${names[@]}"; do
      stop_processes TERM "$name"
      start_service "$SERVICE" "$name"
    done
  done
}

help_reset() {
  cat <<'H'
deploy/marquee reset [--data DIR] [--yes]

Stops everything and deletes what Marquee made in the data folder: the database, the secrets, the
logs. Asks first, unless --yes is given. marquee.env and the build folder stay.
H
}

command_reset() {
  local answer name home
  take_options '--data= --yes' "$@"
  at_most 0
  choose_data "${OPTION[--data]:-}"
  is_data_folder || die "$DATA is not a data folder of Marquee: nothing is deleted"
  if [[ ! ${OPTION[--yes]:-} ]]; then
    [[ -t 0 ]] || die 'nobody to ask: give --yes to delete the data'
    read -r -p "Delete the database, secrets and logs in $DATA? [y/N] " answer
    [[ $answer == [yY]* ]] || die 'nothing deleted'
  fi
  lock_data
  load_settings
  stop_everything
  home=${SETTINGS[POSTGRES_HOME]:-}
  if [[ $home == "/var/lib/marquee/$(data_hash)" ]]; then rm -rf -- "$home"; fi
  rm -rf -- "/tmp/marquee-$(data_hash)"
  for name in "${DATA_MADE[@]}"; do rm -rf -- "${DATA:?}/$name"; done
  rmdir -- "$DATA" 2>/dev/null || say "  left in $DATA: $(find "$DATA" -mindepth 1 -maxdepth 1 -printf '%f ')"
  say "Deleted."
}

# events: the durable events that services tell each other (libs/events): what waits, what failed.

help_events() {
  cat <<'H'
deploy/marquee events [--data DIR]
deploy/marquee events [--data DIR] show ID
deploy/marquee events [--data DIR] retry ID

Without a command: what waits in each service's outbox to be told, what each consumer has before it, and
the dead letters: events that a consumer could not handle, with the error of the last time.
  show ID    all that is known of a dead letter
  retry ID   has the consumers that gave up on the event try it once more; it is gone from the list
             when that worked, and has a new error when it did not
H
}

command_events() {
  take_options '--data=' "$@"
  choose_data "${OPTION[--data]:-}"
  case ${REST[0]:-} in
    '')
      need_running postgres
      list_events
      ;;
    show | retry)
      ((${#REST[@]} > 1)) || usage_error "events ${REST[0]} needs an event's id"
      at_most 2
      [[ ${REST[1]} =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] ||
        usage_error "that is no event's id: ${REST[1]}"
      need_running postgres
      "${REST[0]}_dead_letter" "${REST[1]}"
      ;;
    *) usage_error "unknown command 'events ${REST[0]}'" ;;
  esac
}

# service_sql SERVICE PSQL-ARGUMENT...: the statement comes from stdin.
service_sql() {
  (
    client_environment "$1"
    export "${ENVIRONMENT[@]}" PGCONNECT_TIMEOUT=3 PGTZ=UTC
    exec "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "${@:2}"
  )
}

list_events() {
  local service lines dead=0
  list_database_services
  printf '%-22s %10s  %s\n' OUTBOX WAITING 'OLDEST SINCE'
  for service in "${DATABASE_SERVICES[@]}"; do
    lines=$(service_sql "$service" -At -F ' ' <<'SQL'
SELECT count(*), coalesce(to_char(min(occurred_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '') FROM outbox
SQL
    ) || die "the outbox of $service cannot be read; is it of this version?"
    # shellcheck disable=SC2086
    printf '%-22s %10s  %s\n' "$service" $lines
  done
  printf '\n%-22s %10s\n' CONSUMER WAITING
  list_consumers
  printf '\n'
  for service in "${DATABASE_SERVICES[@]}"; do
    lines=$(dead_letters "$service")
    [[ $lines ]] || continue
    ((dead++)) || printf '%-36s  %-22s %-24s %-20s %s\n' 'DEAD LETTER' CONSUMER TYPE DIED ERROR
    printf '%s\n' "$lines"
  done
  if ((dead == 0)); then say 'No dead letters.'; fi
}

# What the replicas say of their consumers, each of another moment: the highest counts.
list_consumers() {
  local service name
  for service in "${DATABASE_SERVICES[@]}"; do
    list_instances "$service"
    for name in "${INSTANCES[@]}"; do
      curl -sf --max-time 3 --noproxy '*' "http://127.0.0.1:${PORTS[$name.ops]:-0}/metrics" |
        sed -n 's/^marquee_events_waiting{consumer="\([^"]*\)"} \([0-9]*\).*/\1 \2/p'
    done || true
  done | sort -k 1,1 -k 2,2nr | sort -u -k 1,1 | while read -r name waiting; do
    printf '%-22s %10s\n' "$name" "$waiting"
  done
}

dead_letters() {  # dead_letters SERVICE: a line each, oldest first
  service_sql "$1" -At <<'SQL'
SELECT format('%s  %s %s %s %s%s', event_id, rpad(consumer, 22), rpad(type || ' ' || subject, 24),
              rpad(to_char(died_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 20),
              left(translate(error, E'\n\r', '  '), 120),
              CASE WHEN retry_wanted THEN ' (to be tried again)' ELSE '' END)
  FROM dead_letters ORDER BY died_at LIMIT 1000
SQL
}

show_dead_letter() {
  local service found
  list_database_services
  found=$(for service in "${DATABASE_SERVICES[@]}"; do
    service_sql "$service" -x -t -v "id=$1" <<'SQL'
SELECT consumer, event_id, type, subject, occurred_at, deliveries, died_at, retry_wanted, error,
       envelope FROM dead_letters WHERE event_id = :'id'
SQL
  done)
  [[ $found ]] || die "there is no dead letter $1"
  printf '%s\n' "$found"
}

retry_dead_letter() {
  local service consumer found=0
  list_database_services
  for service in "${DATABASE_SERVICES[@]}"; do
    while read -r consumer; do
      [[ $consumer ]] || continue
      found=1
      say "$consumer tries it again within seconds; 'deploy/marquee events$DATA_FLAG' tells how it went"
    done < <(service_sql "$service" -At -v "id=$1" <<'SQL'
UPDATE dead_letters SET retry_wanted = true WHERE event_id = :'id' RETURNING consumer
SQL
    )
  done
  ((found)) || die "there is no dead letter $1"
}

# One round of one measurement: a client for some seconds, and the CPU time on both sides of it. Each
# becomes a line of WORK/records, which report.awk reads.

declare -A PROCESSES=() BEFORE=() AFTER=() EARLIER=()
readonly SETTLE_SECONDS_MAX=30 REST_SECONDS=0.3 REST_NS=20000000
CLIENT=''

run_rounds() {
  local round name server seconds
  for ((round = 0; round <= ROUNDS; round++)); do
    seconds=$SECONDS_EACH
    if ((round == 0)); then seconds=$WARM_UP_SECONDS; fi
    say_progress "$round"
    for name in "${CHOSEN[@]}"; do
      measure "$name" marquee "$round" "$seconds"
      is_read "$name" || continue
      for server in "${SERVERS[@]}"; do measure "$name" "$server" "$round" "$seconds"; done
    done
  done
  say_progress
}

say_progress() {
  if [[ -t 1 ]]; then
    printf '\r\033[K'
    if (($#)); then printf 'round %d of %d' "$1" "$ROUNDS"; fi
  elif (($#)) && (($1 == 0)); then
    printf 'measuring\n'
  fi
}

# measure NAME SERVER ROUND SECONDS: round 0 is not recorded.
measure() {
  local name=$1 server=$2 round=$3 line process from spent
  locate "$name" "$server"
  list_processes_of "$server"
  sleep 0.1  # what the last one left behind
  from=${EPOCHREALTIME/./}
  cpu_snapshot BEFORE
  run_client "$name" "$round" "$4"
  cpu_snapshot AFTER
  if [[ $CLIENT_KIND == write ]]; then settle; fi
  spent=$((${EPOCHREALTIME/./} - from))
  ((round > 0)) || return 0
  line="$name"$'\t'"$LABEL"$'\t'"$server"$'\t'"$round"$'\t'"$RESULT"
  line+=$'\t'$(((AFTER[others] - BEFORE[others]) / (spent * $(nproc))))
  for process in "${!PROCESSES[@]}"; do
    line+=$'\t'"$process=$((AFTER[$process] - BEFORE[$process]))"
  done
  printf '%s\n' "$line" >>"$WORK/records"
}

# What writes leave to be done (events, notifications) is theirs: waits until the processes rest.
settle() {
  local until=$((SECONDS + SETTLE_SECONDS_MAX)) name busy
  while ((SECONDS < until)); do
    for name in "${!PROCESSES[@]}"; do EARLIER[$name]=${AFTER[$name]}; done
    sleep "$REST_SECONDS"
    cpu_snapshot AFTER
    busy=0
    for name in "${!PROCESSES[@]}"; do busy=$((busy + AFTER[$name] - EARLIER[$name])); done
    if ((busy < REST_NS)); then return; fi
  done
}

list_processes_of() {  # list_processes_of SERVER
  if [[ $1 == marquee ]]; then
    list_processes "$SUITE"
  else
    PROCESSES=()
    if [[ ${SERVER_PID[$1]:-} ]]; then PROCESSES[$1]=${SERVER_PID[$1]}; fi
  fi
}

# run_client NAME SEED SECONDS: sets RESULT to requests, microseconds, p50, p99, failed, the client's own
# CPU microseconds per request ("-": not known), separated by tabs.
run_client() {
  case $CLIENT_KIND in
    read) run_wrk "$3" read.lua "$ASK" "$VALUES" "$2" "${SIGNED_IN:+$TOKEN}" ;;
    write)
      run_wrk "$3" write.lua "$1" "$WORK/tokens.$1" "$(films_of "$1")" "${NEXT_PAIR[$1]}"
      NEXT_PAIR[$1]=$SENT
      ;;
    login) run_wrk "$3" login.lua "$WORK/emails" "$PASSWORD" ;;
    grpc) run_rpc "$1" "$3" ;;
  esac
}

# run_wrk SECONDS SCRIPT ARGUMENT...: wrk/result.lua prints what is read here.
run_wrk() {
  local seconds=$1 script=$2 word
  shift 2
  if [[ $script == read.lua && ! $VALUES ]]; then script=fixed.lua; fi
  run_for "$seconds" wrk -t1 -c"$AT_ONCE" -d"${seconds}s" -s "$LOAD/wrk/$script" "$URL" -- "$@"
  IFS=$'\t' read -r word SENT RESULT < <(grep ^result "$WORK/client.out" || true)
  [[ $word ]] || fail_client
}

# run_rpc NAME SECONDS: rpc_bench and call_bench print "key value" pairs on one line, from "calls" on.
run_rpc() {
  local port ids
  local -a ways=()
  if [[ $1 == call ]]; then ways=(--streams-only); fi
  port=$(awk -F'[ =]' '$1 == "movie-service" {print $2}' "$WORK/$SUITE/run/ports")
  ids=$(wc -l <"$WORK/$SUITE.ids")
  [[ $(tail -n 1 "$WORK/$SUITE.ids") == "$ids" ]] || die "the films' ids are not 1 to $ids, as $1_bench needs them"
  run_for "$2" "$BIN/$1_bench" --target "127.0.0.1:$port" --ids "$ids" --in-flight "$AT_ONCE" --seconds "$2" "${ways[@]}"
  RESULT=$(awk -v OFS='\t' '
    {for (i = $1 == "calls" ? 1 : 2; i < NF; i += 2) v[$i] = $(i + 1)}
    END {
      if (!(v["calls"] > 0 && v["per_second"] > 0)) exit 1
      print v["calls"], v["calls"] / v["per_second"] * 1e6, ("p50_us" in v ? v["p50_us"] : "-"),
        ("p99_us" in v ? v["p99_us"] : "-"), v["failed"] + 0, ("client_cpu_us" in v ? v["client_cpu_us"] : "-")
    }' "$WORK/client.out") || fail_client
}

# In the background, so that an interrupt ends it at once.
run_for() {  # run_for SECONDS COMMAND...
  local limit=$(($1 + 20))
  shift
  timeout "$limit" "$@" >"$WORK/client.out" 2>&1 &
  CLIENT=$!
  wait "$CLIENT" || true
  CLIENT=
}

fail_client() {
  tail -n 20 "$WORK/client.out" >&2
  die "the client of \"$LABEL\" failed"
}

report() {
  local spent='schedstat, ns' films
  films=$(cat "$WORK"/*.ids | sort -n | uniq | wc -l)
  [[ -r /proc/self/schedstat ]] || spent='clock ticks, 10 ms'
  awk -F'\t' -v json="$JSON" -v settings="$films $CONNECTIONS $ROUNDS $SECONDS_EACH" -v clock="$spent" \
    -f "$LOAD/lib/report.awk" "$WORK/records"
}

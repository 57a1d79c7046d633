# --profile: each measurement once more under perf, not counted. For every process a flame graph, its
# folded stacks, and the functions with the most time of their own.

readonly SAMPLES_PER_SECOND=997 PROFILE_SECONDS_MIN=5 RECORDER_SECONDS_MAX=30
RECORDER='' PROFILE_SECONDS=0  # 0 when there is no profile

choose_profile_seconds() {
  [[ $PROFILE ]] || return 0
  PROFILE_SECONDS=$((SECONDS_EACH > PROFILE_SECONDS_MIN ? SECONDS_EACH : PROFILE_SECONDS_MIN))
}

profile_all() {
  local name
  [[ $PROFILE ]] || return 0
  mkdir -p "$PROFILE"
  for name in "${CHOSEN[@]}"; do
    if [[ -t 1 ]]; then printf '\r\033[Kprofiling %s' "$name"; fi
    profile "$name"
  done
  say_progress
  printf 'Flame graphs are in %s\n\n' "$PROFILE"
}

profile() {  # profile NAME
  local name=$1 process pids='' pid
  locate "$name" marquee
  list_processes "$SUITE"
  list_children
  : >"$WORK/names"
  for process in "${!PROCESSES[@]}"; do
    for pid in $(descendants "${PROCESSES[$process]}"); do
      printf '%s %s\n' "$pid" "$process" >>"$WORK/names"
      pids+=,$pid
    done
  done
  start_recorder "${pids#,}"
  run_client "$name" 1 "$PROFILE_SECONDS"
  kill -INT "$RECORDER"
  wait "$RECORDER" || true
  RECORDER=
  [[ -s $WORK/perf.data ]] || fail_recorder
  perf script -i "$WORK/perf.data" --no-inline -F pid,ip,sym,dso 2>/dev/null |
    awk -f "$LOAD/lib/fold.awk" "$WORK/names" - | sort >"$WORK/folded"
  rm -f "$WORK/perf.data"
  for process in "${!PROCESSES[@]}"; do draw "$name" "$process"; done
}

# start_recorder PID,PID...: sets RECORDER, once perf says that it records.
start_recorder() {
  local control answer
  rm -f "$WORK"/perf.{control,answer,data}
  mkfifo "$WORK"/perf.{control,answer}
  exec {control}<>"$WORK/perf.control" {answer}<>"$WORK/perf.answer"
  perf record -q -F "$SAMPLES_PER_SECOND" -g -p "$1" -o "$WORK/perf.data" -D -1 \
    --control "fifo:$WORK/perf.control,$WORK/perf.answer" >"$WORK/perf.log" 2>&1 &
  RECORDER=$!
  printf 'enable\n' >&"$control"
  read -r -t "$RECORDER_SECONDS_MAX" -u "$answer" || fail_recorder
  exec {control}>&- {answer}>&-
}

fail_recorder() {
  tail -n 10 "$WORK/perf.log" >&2
  die 'perf could not record'
}

draw() {  # draw MEASUREMENT PROCESS
  local out=$PROFILE/$1-$2
  rm -f "$out".{folded,svg,top}
  sed -n "s/^$2;//p" "$WORK/folded" >"$out.folded"
  if [[ ! -s $out.folded ]]; then
    rm -f "$out.folded"
    return
  fi
  awk -v title="$LABEL: $2" -f "$LOAD/lib/flame.awk" "$out.folded" >"$out.svg"
  awk '{n = $NF; sub(/ [0-9]+$/, ""); sub(/.*;/, ""); own[$0] += n; all += n}
    END {for (f in own) printf "%5.1f %%  %s\n", own[f] * 100 / all, substr(f, 1, 160)}' "$out.folded" |
    sort -rn | awk 'NR <= 25' >"$out.top"
}

# Processes: started in a session of their own, known by pid and start time, stopped with a deadline.
# A pid file holds "PID START BOOT". A pid alone may by now belong to a stranger; with its start time
# (clock ticks since boot) and the boot's id it cannot.

readonly STOP_SECONDS=15
declare -A SPAWNED=() LOG_FROM=()
readonly LOG_BYTES_MAX=$((16 * 1024 * 1024))

# stat_of PID: sets STATE and START of a process; false if there is none.
stat_of() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  local -a fields
  read -ra fields <<<"${stat##*) }"
  STATE=${fields[0]} START=${fields[19]}
}

boot_id() { BOOT=; { read -r BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null || true; }

# is_running NAME: sets PID. A zombie whom nobody reaps, as in a container without init, is dead.
is_running() {
  local start boot
  PID=
  { read -r PID start boot <"$DATA/run/$1.pid"; } 2>/dev/null || return 1
  boot_id
  if [[ $boot == "$BOOT" ]] && stat_of "$PID" && [[ $START == "$start" && $STATE != [ZXx] ]]; then return 0; fi
  PID=
  return 1
}

# spawn NAME COMMAND...: runs it in the background, output appended to its log. ENVIRONMENT is added to
# its environment (exported, so that nothing of it shows in a command line).
spawn() {
  local name=$1 log=$DATA/log/$1.log
  shift
  if [[ $(stat -c %s "$log" 2>/dev/null || echo 0) -gt $LOG_BYTES_MAX ]]; then mv -f "$log" "$log.1"; fi
  : >>"$log"
  LOG_FROM[$name]=$(stat -c %s "$log")
  (
    trap - EXIT INT TERM
    local fd
    for fd in "/proc/$BASHPID/fd"/*; do
      fd=${fd##*/}
      if ((fd > 2)); then exec {fd}>&-; fi
    done
    boot_id
    stat_of "$BASHPID"
    printf '%s %s %s\n' "$BASHPID" "$START" "$BOOT" >"$DATA/run/$name.pid"
    if ((${#ENVIRONMENT[@]})); then export "${ENVIRONMENT[@]}"; fi
    cd /
    exec setsid "$@"
  ) </dev/null >>"$log" 2>&1 &
  SPAWNED[$name]=$!
}

# wait_ready NAME SECONDS CHECK...: until CHECK succeeds. Shows the log and dies if it does not.
wait_ready() {
  local name=$1 limit=$2 pid=${SPAWNED[$1]} until=$((${EPOCHREALTIME/./} + $2 * 1000000))
  shift 2
  while ! "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || { stat_of "$pid" && [[ $STATE == Z ]]; }; then
      local status=0
      wait "$pid" || status=$?
      step_clear
      show_tail "$DATA/log/$name.log" 20 "${LOG_FROM[$name]}"
      die "$name ended while it started (exit status $status)"
    fi
    if ((${EPOCHREALTIME/./} > until)); then
      step_clear
      show_tail "$DATA/log/$name.log" 20 "${LOG_FROM[$name]}"
      die "$name runs, but was not ready within $limit s"
    fi
    step_progress 'starting'
    sleep 0.05
  done
}

# stop_processes SIGNAL NAME...: all at once; each is said.
stop_processes() {
  local signal=$1 name until waiting
  shift
  local -A pids=()
  STEP_STARTED=${EPOCHREALTIME/./}
  for name in "$@"; do
    if is_running "$name"; then
      pids[$name]=$PID
      kill "-$signal" "$PID" 2>/dev/null || true
    else
      rm -f "$DATA/run/$name.pid"
    fi
  done
  until=$((STEP_STARTED + STOP_SECONDS * 1000000))
  while ((${#pids[@]})); do
    waiting=
    for name in "${!pids[@]}"; do
      if is_running "$name"; then
        waiting=yes
        if ((${EPOCHREALTIME/./} > until)); then
          kill -KILL "$PID" 2>/dev/null || true
          warn "$name did not stop within $STOP_SECONDS s and was killed"
          until=$((${EPOCHREALTIME/./} + 2000000))
        fi
      else
        rm -f "$DATA/run/$name.pid" "$DATA/run/$name.made"
        STEP_LABEL=$name step_done 'stopped'
        unset "pids[$name]"
      fi
    done
    [[ -z $waiting ]] || sleep 0.05
  done
}

uptime_of() {  # uptime_of PID: "2 h 05 min"
  local up ticks=100 seconds
  stat_of "$1" || return 0
  read -r up _ </proc/uptime
  ticks=$(getconf CLK_TCK)
  seconds=$((${up%.*} - START / ticks))
  if ((seconds >= 86400)); then
    printf '%d d %d h' $((seconds / 86400)) $((seconds / 3600 % 24))
  elif ((seconds >= 3600)); then
    printf '%d h %02d min' $((seconds / 3600)) $((seconds / 60 % 60))
  elif ((seconds >= 60)); then
    printf '%d min' $((seconds / 60))
  else
    printf '%d s' "$seconds"
  fi
}

# TCP ports of 127.0.0.1 that the parts use among themselves. They are picked once for a data folder,
# so that suites can run side by side, and again when a stranger has taken one.

readonly PORT_FIRST=20000 PORT_COUNT=12000 PORT_BLOCK=20

declare -A PORTS=() LISTENING=()

find_listening_ports() {  # sets LISTENING[port]=inode
  local number local_address state inode
  LISTENING=()
  while read -r number local_address _ state _ _ _ _ _ inode _; do
    if [[ $number == *: && $state == 0A ]]; then LISTENING[$((16#${local_address##*:}))]=$inode; fi
  done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

load_ports() {
  local key port
  PORTS=()
  [[ -r $DATA/run/ports ]] || return 0
  while IFS='=' read -r key port; do
    if [[ $port =~ ^[0-9]+$ ]]; then PORTS[$key]=$port; fi
  done <"$DATA/run/ports"
}

save_ports() {
  local key
  for key in "${!PORTS[@]}"; do printf '%s=%s\n' "$key" "${PORTS[$key]}"; done |
    sort | replace_file "$DATA/run/ports"
}

# pick_port KEY PROCESS: PORTS[KEY] stays if PROCESS runs with it or it is free. Needs LISTENING.
pick_port() {
  local key=$1 port=${PORTS[$1]:-} other hash offset
  if [[ $port ]] && { is_running "$2" || [[ ! ${LISTENING[$port]:-} ]]; }; then return; fi
  # Folders begin at different places, so that two first starts at once do not race for a port.
  read -r hash _ < <(printf '%s' "$DATA" | cksum)
  offset=$((hash % (PORT_COUNT / PORT_BLOCK) * PORT_BLOCK))
  local -A used=()
  for other in "${PORTS[@]}"; do used[$other]=yes; done
  for ((other = 0; other < PORT_COUNT; other++)); do
    port=$((PORT_FIRST + (offset + other) % PORT_COUNT))
    if [[ ! ${LISTENING[$port]:-} && ! ${used[$port]:-} ]]; then
      PORTS[$key]=$port
      return
    fi
  done
  die "no free port between $PORT_FIRST and $((PORT_FIRST + PORT_COUNT - 1))"
}

socket_of() {  # socket_of FOLDER... PORT: the first /proc/PID/fd/N in them that listens on the port
  find "${@:1:$#-1}" -maxdepth 1 -lname "socket:\\[${LISTENING[${!#}]}\\]" -print -quit 2>/dev/null || true
}

# port_owner PORT: says who listens there, as far as this user may know.
port_owner() {
  local link pid name data
  link=$(socket_of /proc/[0-9]*/fd "$1")
  if [[ -z $link ]]; then
    printf 'a process of another user'
    return
  fi
  pid=${link#/proc/} pid=${pid%%/*}
  name=$(<"/proc/$pid/comm")
  data=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^MARQUEE_DATA=//p')
  if ! grep -qs "^$pid " "$data"/run/*.pid; then data=; fi
  printf '%s (pid %s%s)' "$name" "$pid" "${data:+, the Marquee in $data}"
}

# What was asked for on the command line, checked; and what the run will need and take.

FILMS=10000 ROUNDS=5 SECONDS_EACH=2 CONNECTIONS=64
SEARCH_KINDS='' PROFILE='' JSON='' KEEP='' WORK=''
declare -a ONLY=() SERVERS=()
declare -A SERVER_URL=() SERVER_PID=() SERVER_PATH=()

readonly WARM_UP_SECONDS=1

die() {
  printf 'load: %s\n' "$*" >&2
  exit 1
}

usage_error() {
  printf "load: %s\nTry 'tests/load/run --help'.\n" "$1" >&2
  exit 2
}

number() {  # number OPTION VALUE MAX: from 1 to MAX
  [[ $2 =~ ^[0-9]{1,8}$ ]] && ((10#$2 >= 1 && 10#$2 <= $3)) || usage_error "$1 takes a number from 1 to $3, not '$2'"
}

take_options() {
  while (($#)); do
    case $1 in
      -h | --help) help && exit 0 ;;
      --search-kinds) SEARCH_KINDS=yes && shift && continue ;;
      --keep) KEEP=yes && shift && continue ;;
      --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    esac
    [[ $1 == --* && $1 != -- ]] || usage_error "unexpected argument '$1'"
    (($# > 1)) || usage_error "$1 is unknown or lacks its value"
    take_option "$1" "$2"
    shift 2
  done
  local name
  for name in "${!SERVER_PID[@]}" "${!SERVER_PATH[@]}"; do
    [[ ${SERVER_URL[${name%%/*}]:-} ]] || usage_error "there is no --against ${name%%/*}=URL"
  done
}

take_option() {  # take_option NAME VALUE
  case $1 in
    --films) number "$1" "$2" 10000000 && FILMS=$((10#$2)) ;;
    --rounds) number "$1" "$2" 1000 && ROUNDS=$((10#$2)) ;;
    --seconds) number "$1" "$2" 60 && SECONDS_EACH=$((10#$2)) ;;
    --connections) number "$1" "$2" 1000 && CONNECTIONS=$((10#$2)) ;;
    --only) ONLY+=("$2") ;;
    --against) take_server "$2" ;;
    --against-pid) take_server_pid "$2" ;;
    --against-path) take_server_path "$2" ;;
    --profile) PROFILE=$(realpath -m -- "$2") ;;
    --json) JSON=$(realpath -m -- "$2") ;;
    --build-dir) BUILD=$(realpath -m -- "$2") BIN=$BUILD/bin ;;
    *) usage_error "unknown option $1" ;;
  esac
}

take_server() {  # take_server NAME=URL
  local name=${1%%=*} url=${1#*=}
  [[ $name =~ ^[a-z0-9_-]+$ && $name != @(marquee|others) && $url != "$1" ]] || usage_error "--against takes NAME=URL, not '$1'"
  [[ $url =~ ^http://(127\.[0-9.]+|localhost|\[::1\])(:[0-9]+)?/?$ ]] ||
    usage_error "loads go to this machine only: http://127.0.0.1:PORT, not '$url'"
  SERVERS+=("$name")
  SERVER_URL[$name]=${url%/}
}

take_server_pid() {  # take_server_pid NAME=PID
  [[ $1 =~ ^([a-z0-9_-]+)=([0-9]+)$ ]] || usage_error "--against-pid takes NAME=PID, not '$1'"
  [[ -d /proc/${BASH_REMATCH[2]} ]] || usage_error "there is no process ${BASH_REMATCH[2]}"
  SERVER_PID[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
}

take_server_path() {  # take_server_path NAME/MEASUREMENT=PATH
  [[ $1 =~ ^([a-z0-9_-]+/[a-z-]+)=(/[^[:space:]]*)$ ]] || usage_error "--against-path takes NAME/MEASUREMENT=PATH, not '$1'"
  SERVER_PATH[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
}

need_programs() {
  command -v wrk >/dev/null || die 'needs wrk: apt-get install wrk'
  command -v curl >/dev/null || die 'needs curl: apt-get install curl'
  [[ ! $PROFILE ]] || command -v perf >/dev/null || die '--profile needs perf: apt-get install linux-perf'
  [[ -x $BIN/gateway && -x $BIN/movie-service && -x $BIN/auth-service ]] ||
    die "there is no Marquee in $BIN: cmake --preset release && cmake --build build/release --target marquee rpc_bench"
}

say_estimate() {
  local runs=0 name
  for name in "${CHOSEN[@]}"; do
    runs=$((runs + 1))
    if is_read "$name"; then runs=$((runs + ${#SERVERS[@]})); fi
  done
  local seconds=$((runs * (ROUNDS * (SECONDS_EACH * 10 + 2) + WARM_UP_SECONDS * 10 + 2) / 10 + 30))
  if ((PROFILE_SECONDS)); then seconds=$((seconds + ${#CHOSEN[@]} * (PROFILE_SECONDS + 10))); fi
  printf 'Takes about %d min %02d s, and what loading %d films takes: %d rounds of %d s each of %s\n\n' \
    $((seconds / 60)) $((seconds % 60)) "$FILMS" "$ROUNDS" "$SECONDS_EACH" "${CHOSEN[*]}"
}

# shellcheck shell=bash disable=SC2154
# What compose.sh and compose_production.sh share: sourced with `keep` and `work` set, and compose()
# defined by compose_with FILE.... The project is removed at the end, unless `keep` says otherwise.

compose_with() {  # the compose files, as an operator gives them
  compose_files=()
  for file in "$@"; do compose_files+=(-f "$file"); done
}
compose() {
  if command -v docker-compose >/dev/null; then
    docker-compose "${compose_files[@]}" "$@"
  else
    docker compose "${compose_files[@]}" "$@"
  fi
}

step() { printf '\n== %s (at %d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  compose ps >&2 || true
  exit 1
}
needs() { for tool in "$@"; do command -v "$tool" >/dev/null || die "$tool is missing"; done; }

clean_up() {
  local code=$?
  trap - EXIT
  jobs -p | xargs -r kill 2>/dev/null || true
  if [[ $keep ]]; then
    echo "left running; remove with: ${MARQUEE_SECRETS:+MARQUEE_SECRETS=$MARQUEE_SECRETS }COMPOSE_PROJECT_NAME=$COMPOSE_PROJECT_NAME docker-compose ${compose_files[*]} down -v"
  else
    compose down -v --remove-orphans >"$work/down.log" 2>&1 || tail "$work/down.log" >&2
    rm -rf "$work"
  fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# wait_until SECONDS WHAT COMMAND...
wait_until() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || die "not within its time: $what"
    sleep 0.2
  done
}
wait_healthy() {  # wait_healthy SECONDS CONTAINER
  wait_until "$1" "$2 is healthy" bash -c \
    "[[ \$(docker inspect -f '{{.State.Health.Status}}' $2) == healthy ]]"
}
kill_9() { kill -KILL "$(docker inspect -f '{{.State.Pid}}' "$1")"; }  # a container's program

load() {  # load SECONDS URL: in the background, 16 connections
  wrk -t1 -c16 -d"$1" "$2" >"$work/wrk.log" 2>&1 &
  load_pid=$!
}
no_failure() {  # of the load
  wait "$load_pid" || die 'the load broke off'
  if grep -E 'Non-2xx|Socket errors' "$work/wrk.log" >&2; then die 'requests failed'; fi
  grep 'requests in' "$work/wrk.log"
}

all_down() {
  if [[ $keep ]]; then return; fi
  local mine="label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"
  compose down -v --remove-orphans >"$work/down.log" 2>&1 || die 'down failed'
  [[ -z $(docker ps -aq --filter "$mine") ]] || die 'containers are left'
  [[ -z $(docker volume ls -q --filter "$mine") ]] || die 'volumes are left'
}

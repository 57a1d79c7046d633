#!/bin/bash
# tests/e2e/compose.sh [--no-build] [--keep] [--port N]
# The containers as an operator uses them, in a project of their own that is removed at the end:
# builds, starts with three movie-services, runs the e2e suite against it, scales 1 -> 3 under load,
# kills a replica under load, stops. Needs Docker, docker-compose, wrk, curl and the built tests
# (build/release/bin/e2e_tests, from `deploy/marquee test`). Not part of CI: it takes 10 to 20 minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=--build keep='' port=18080
while (($#)); do
  case $1 in
    --no-build) build='' ;;
    --keep) keep=yes ;;
    --port) port=${2:?--port takes a number} && shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "compose.sh: unknown option $1" >&2 && exit 2 ;;
  esac
  shift
done

export COMPOSE_PROJECT_NAME=marquee-e2e MARQUEE_PORT=$port MARQUEE_HOST=127.0.0.1
rate=1000000/1s
export MARQUEE_GATEWAY_RATES=read=$rate,write=$rate,auth=$rate,refresh=$rate,search=$rate,chat=$rate,join=$rate
readonly URL=http://127.0.0.1:$port
readonly UNCACHED=$URL/api/movies/status
readonly SHARE_PERCENT=20 SHARE_SECONDS=45
tests=${MARQUEE_BUILD_DIR:-build/release}/bin/e2e_tests
work=$(mktemp -d)

# shellcheck source=tests/e2e/compose_steps.sh
source tests/e2e/compose_steps.sh
compose_with docker-compose.yml
needs docker wrk curl "$tests"

up() {
  # shellcheck disable=SC2086
  compose up -d $build --scale movie-service="$1" >"$work/up.log" 2>&1 || {
    tail -n 30 "$work/up.log" >&2
    die 'up failed'
  }
  build=''
  wait_until 120 'the gateway is ready' curl -fsS "$URL/readyz"
}
replicas() { compose ps -q movie-service; }
address() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }
calls() {  # calls CONTAINER: answered so far
  curl -fsS "http://$(address "$1"):9101/metrics" |
    awk '/^marquee_rpc_requests_total\{/ {sum += $2} END {printf "%d\n", sum}'
}

step 'build, and up with three movie-services'
up 3
(($(replicas | wc -l) == 3)) || die 'there are not three movie-services'
wait_until 60 'the sample is loaded' bash -c "curl -fsS '$URL/api/movies/popular' | grep -q title"

step 'the e2e suite'
MARQUEE_E2E_URL=$URL "$tests" >"$work/e2e.log" 2>&1 || {
  grep -B 6 -A 12 -E 'FAILED:|due to unexpected' "$work/e2e.log" | tail -n 200 >&2
  die 'the e2e suite failed'
}
tail -n 3 "$work/e2e.log"

step 'logs of one service'
compose logs --no-color --tail=5 movie-service >"$work/logs"
grep -q '"service":' "$work/logs" || die 'no logs of movie-service'

step "1 -> 3 movie-services under load: each takes $SHARE_PERCENT % within $SHARE_SECONDS s"
up 1
old=$(replicas)
load $((SHARE_SECONDS + 45)) "$UNCACHED"
sleep 2
up 3
scaled=$SECONDS
shares_fit() {
  local -A before=()
  local id sum=0 more share fit=yes
  for id in $(replicas); do before[$id]=$(calls "$id") || return 1; done
  sleep 1
  for id in "${!before[@]}"; do
    more=$(($(calls "$id") - before[$id]))
    before[$id]=$more
    sum=$((sum + more))
  done
  ((sum > 0 && ${#before[@]} == 3)) || return 1
  shares=''
  for id in "${!before[@]}"; do
    share=$((before[$id] * 100 / sum))
    shares+=" $share%"
    if [[ $id != "$old" ]] && ((share < SHARE_PERCENT)); then fit=''; fi
  done
  [[ $fit ]]
}
until shares_fit; do
  ((SECONDS < scaled + SHARE_SECONDS)) || die "the shares are${shares:- unknown}"
done
echo "shares:$shares, $((SECONDS - scaled)) s after the new ones were ready"
no_failure

step 'kill -9 of one of three under load'
load 10 "$UNCACHED"
sleep 2
victim=$(replicas | sed -n 1p)
kill_9 "$victim"
no_failure
wait_healthy 30 "$victim"

step 'down'
all_down
step 'done'

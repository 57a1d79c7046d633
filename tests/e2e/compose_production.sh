#!/bin/bash
# tests/e2e/compose_production.sh [--keep] [--port N]
# docker-compose.prod.yml as an operator uses it, in a project of its own that is removed at the end:
# secrets and a certificate for a trial, the start, HTTPS and its redirect, what no container may do,
# then under load: a gateway asked to stop, one killed, a NATS server killed. Needs Docker,
# docker-compose, wrk, curl, openssl and the images (docker-compose build). HTTPS listens on port N,
# plain HTTP on N + 1. Not part of CI.
set -euo pipefail
cd "$(dirname "$0")/../.."

keep='' port=18443
while (($#)); do
  case $1 in
    --keep) keep=yes ;;
    --port) port=${2:?--port takes a number} && shift ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "compose_production.sh: unknown option $1" >&2 && exit 2 ;;
  esac
  shift
done

work=$(mktemp -d)
export COMPOSE_PROJECT_NAME=marquee-production MARQUEE_SECRETS=$work/secrets MARQUEE_HOST=127.0.0.1
export MARQUEE_HTTPS_PORT=$port MARQUEE_HTTP_PORT=$((port + 1))
rate=1000000/1s
export MARQUEE_GATEWAY_RATES=read=$rate,write=$rate,auth=$rate,refresh=$rate,search=$rate,chat=$rate,join=$rate
readonly URL=https://localhost:$port
readonly UNCACHED=$URL/api/movies/status
readonly PROGRAMS=(auth-service movie-service notification-service room-sync-service gateway-1 gateway-2 load-balancer nats nats-2 nats-3)

# shellcheck source=tests/e2e/compose_steps.sh
source tests/e2e/compose_steps.sh
compose_with docker-compose.yml docker-compose.prod.yml
needs docker wrk curl openssl

get() { curl -fsS --max-time 10 --cacert "$MARQUEE_SECRETS/gateway/tls.crt" "$@"; }
container() { compose ps -q "$1"; }
inspect() { docker inspect -f "$2" "$(container "$1")"; }
metrics_of() {  # metrics_of SERVICE PORT, from inside its network
  local address
  address=$(inspect "$1" '{{with index .NetworkSettings.Networks "marquee-production_default"}}{{.IPAddress}}{{end}}')
  curl -fsS "http://$address:$2/metrics"
}

step 'secrets and a certificate for a trial'
deploy/compose/make_secrets.sh "$MARQUEE_SECRETS" --nats nats,nats-2,nats-3 --self-signed localhost

step 'up, with the sample'
compose --profile sample up -d >"$work/up.log" 2>&1 || { tail -n 30 "$work/up.log" >&2; die 'up failed'; }
wait_until 120 'the gateways are ready' get "$URL/readyz"
wait_until 60 'the sample is loaded' bash -c \
  "curl -fsS --cacert '$MARQUEE_SECRETS/gateway/tls.crt' '$URL/api/movies/popular' | grep -q title"

step 'HTTPS with HSTS; plain HTTP is sent there'
get -D "$work/head" -o /dev/null "$URL/api/movies/popular"
grep -qi '^strict-transport-security: max-age=31536000' "$work/head" || die 'no HSTS'
answer=$(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' "http://localhost:$((port + 1))/api/movies/popular?page=2")
echo "$answer"
[[ $answer == "301 $URL/api/movies/popular?page=2" ]] || die 'no redirect'

step 'an account'
register() {
  local name=trial$RANDOM$RANDOM
  get -H 'content-type: application/json' "$URL/api/auth/register" -d \
    "{\"username\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"enchantress\",\"confirm_password\":\"enchantress\"}"
}
register >"$work/account" || die "no account: $(<"$work/account")"

step 'what no container may do'
for program in "${PROGRAMS[@]}"; do
  posture=$(inspect "$program" '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}} {{index .HostConfig.LogConfig.Config "max-size"}}')
  echo "$program: $posture"
  [[ $posture == 'true [ALL] [no-new-privileges:true] '[1-9]*' '[1-9]*' always '*m ]] || die "$program is not hardened"
done
published=$(docker ps --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Names}} {{.Ports}}' | grep -- '->' | awk '{print $1}')
[[ $published == *load-balancer* && $(wc -l <<<"$published") == 1 ]] || die "published: $published"
for secret in postgres.password auth.password movie.password notification.password; do
  value=$(<"$MARQUEE_SECRETS/database/$secret")
  for id in $(compose ps -q); do
    if docker inspect "$id" | grep -qF "$value"; then die "$secret is in a container's settings"; fi
  done
done

step 'both gateways take connections from the balancer'
for gateway in gateway-1 gateway-2; do
  metrics_of "$gateway" 8001 >"$work/metrics"
  grep -E '^marquee_(tls_handshakes|proxy_headers_malformed)_total' "$work/metrics"
  grep -q '^marquee_tls_handshakes_total{outcome="full"} [1-9]' "$work/metrics" || die "none at $gateway"
  grep -q '^marquee_proxy_headers_malformed_total 0' "$work/metrics" || die "malformed headers at $gateway"
done

step 'a gateway stops under load: nobody notices'
load 12 "$UNCACHED"
sleep 2
compose stop -t 15 gateway-1 >/dev/null 2>&1
no_failure
compose start gateway-1 >/dev/null 2>&1
wait_healthy 30 "$(container gateway-1)"

step 'kill -9 of a gateway: the other goes on'
kill_9 "$(container gateway-2)"
wait_until 5 'the other answers' get "$UNCACHED"
wait_healthy 60 "$(container gateway-2)"

step 'kill -9 of a NATS server: writes go on, the cluster heals'
kill_9 "$(container nats-2)"
wait_until 5 'answers go on' get "$UNCACHED"
register >/dev/null || die 'no account'
wait_until 30 'nats-2 is back' bash -c "[[ \$(docker inspect -f '{{.State.Running}}' $(container nats-2)) == true ]]"

step 'down'
all_down
step 'done'

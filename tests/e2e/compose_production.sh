#!/bin/bash
# tests/e2e/compose_production.sh [--keep] [--port N]
# docker-compose.prod.yml as an operator uses it, in a project of its own that is removed at the end:
# secrets and a certificate for a trial, the start, HTTPS and its redirect, what no container may do,
# then under load: a gateway asked to stop, one killed, each NATS server killed in turn while a client
# listens. Needs Docker, docker-compose, wrk, curl, openssl and the images (docker-compose build).
# HTTPS listens on port N, plain HTTP on N + 1. Not part of CI.
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
needs docker wrk curl openssl nsenter

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
post() { get -H 'content-type: application/json' "$@"; }
account() {  # a new one's access token
  local name=trial$RANDOM$RANDOM
  post "$URL/api/auth/register" -o /dev/null -d \
    "{\"username\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"enchantress\",\"confirm_password\":\"enchantress\"}" &&
    post "$URL/api/auth/login" -d "{\"username\":\"$name\",\"password\":\"enchantress\"}" |
    grep -oP '"access_token":"\K[^"]+'
}
account >/dev/null || die 'no account'

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

# A Socket.IO client that polls, in the room of film 1: each request goes to whichever gateway.
poll() { get --max-time 35 "$URL/socket.io/?EIO=4&transport=polling${session:+&sid=$session}" "$@"; }
heard() {  # heard SECONDS TEXT: by the client, or read when it was told to, within so many seconds
  local until=$((SECONDS + $1)) packets
  while ((SECONDS < until)); do
    packets=$(poll) || return
    if [[ $packets == *"$2"* ]]; then return; fi
    if [[ $packets == *'["resync",{"stream":"movie:1"'* ]]; then
      echo '  told to read again'
      if get "$URL/api/movies/1/reviews" | grep -qF "$2"; then return; fi
    fi
    if [[ $packets == 2* ]]; then poll -d 3 >/dev/null; fi
  done
  return 1
}
review() {  # review TEXT: by a new account, as each has one of a film
  local token
  token=$(account) &&
    post -H "authorization: Bearer $token" "$URL/api/reviews" -o /dev/null \
      -d "{\"movie_id\":1,\"rating\":4,\"comment\":\"$1\"}"
}

monitor() {  # monitor NATS_SERVER PATH: from inside, where alone it listens
  nsenter -t "$(inspect "$1" '{{.State.Pid}}')" -n curl -fsS "http://127.0.0.1:8222/$2"
}

step 'a client hears what is written'
session=''
session=$(poll | grep -oP '"sid":"\K[^"]+') || die 'no session'
poll -d 40 >/dev/null
heard 5 '40{"sid"' || die 'not connected'
poll -d '42["join_notification",{"user_id":"ada","room_id":"1"}]' >/dev/null
heard 5 'has joined' || die 'not in the room'
review 'before any end' || die 'no review'
heard 5 'before any end' || die 'not heard'

for server in nats nats-2 nats-3; do
  step "kill -9 of $server: writes go on and are heard, the cluster heals"
  id=$(container "$server")
  kill_9 "$id"
  wait_until 5 'answers go on' get "$UNCACHED"
  review "without $server" || die 'no review'
  heard 20 "without $server" || die 'not heard'
  wait_until 30 "$server has caught up" monitor "$server" healthz
done

step 'down'
all_down
step 'done'

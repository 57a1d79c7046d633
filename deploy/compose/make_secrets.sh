#!/bin/bash
# make_secrets.sh DIR [--nats HOST,HOST...] [--self-signed NAME]
# Makes what is missing of the secrets that the containers read, one folder a reader:
#
#   DIR/database  the passwords of PostgreSQL's roles      DIR/bus      NATS's configuration
#   DIR/auth, DIR/movie, DIR/notification, DIR/rooms, DIR/gateway   their URLs and keys
#   DIR/notification/smtp.password                         yours, empty at first
#   DIR/gateway/tls.crt, tls.key                           yours, or --self-signed for a trial
#   DIR/gateway/tls.ticket                                 with which gateways resume each other's TLS
#
# What exists is never changed. Readable by everybody inside, so that containers without root can;
# DIR itself is its owner's alone.
set -euo pipefail

usage() { sed -n '2,13s/^# \{0,1\}//p' "$0"; }
die() { printf 'make_secrets: %s\n' "$1" >&2; exit 1; }

hosts=nats name='' dir=''
while (($#)); do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --nats) hosts=${2:?--nats takes hosts} && shift ;;
    --self-signed) name=${2:?--self-signed takes a name} && shift ;;
    -*) die "unknown option $1" ;;
    *) [[ -z $dir ]] || die 'one folder only'; dir=$1 ;;
  esac
  shift
done
[[ $dir ]] || { usage >&2; exit 2; }
[[ $hosts =~ ^[a-z0-9.,-]+$ ]] || die "not host names: $hosts"

readonly ROLES=(auth movie notification rooms)  # services with a database
umask 022
mkdir -p "$dir"/{database,bus,gateway} "${ROLES[@]/#/$dir/}"
if [[ -O $dir ]]; then chmod 700 "$dir"; fi

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

put() {  # put FILE CONTENT: unless it is there
  [[ ! -s $dir/$1 ]] || return 0
  printf '%s\n' "$2" >"$dir/$1.new"
  chmod 444 "$dir/$1.new"
  mv "$dir/$1.new" "$dir/$1"
  printf 'made %s\n' "$1"
}

put bus/token "$(random)"
put bus/routes.password "$(random)"
token=$(<"$dir/bus/token")
urls='' routes=''
for host in ${hosts//,/ }; do
  urls+=",nats://$token@$host:4222"
  routes+=", \"nats://marquee:$(<"$dir/bus/routes.password")@$host:6222\""
done

cluster=
if [[ $hosts == *,* ]]; then
  cluster="cluster {
  name: marquee, listen: \"0.0.0.0:6222\", routes: [${routes#, }]
  authorization { user: marquee, password: \"$(<"$dir/bus/routes.password")\", timeout: 2 }
}"
fi
put bus/nats.conf "listen: \"0.0.0.0:4222\"
http: \"127.0.0.1:8222\"
authorization { token: \"$token\" }
jetstream { store_dir: \"/data\", max_memory_store: 64MB, max_file_store: 2GB }
$cluster"

put database/postgres.password "$(random)"
put gateway/nats.url "${urls#,}"
put gateway/tls.ticket "$(random)"
for role in "${ROLES[@]}"; do
  put "database/$role.password" "$(random)"
  put "$role/nats.url" "${urls#,}"
  put "$role/database.url" \
    "postgresql://$role:$(<"$dir/database/$role.password")@postgres:5432/marquee"
done
put auth/key "$(random)"
put notification/smtp.password ''

if [[ $name && ! -s $dir/gateway/tls.key ]]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj "/CN=$name" -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" \
    -keyout "$dir/gateway/tls.key" -out "$dir/gateway/tls.crt" 2>/dev/null
  chmod 444 "$dir/gateway"/tls.*
  printf 'made gateway/tls.crt for %s, signed by itself\n' "$name"
fi

#!/bin/bash
# install_packages.sh PACKAGE...: installs Debian packages, as root, and starts nothing.
# A package of a server would start it, and PostgreSQL's would make a cluster: this machine's own
# servers are not ours to create, start or restart, so both are held off while apt runs.
set -euo pipefail

undo=()
clean_up() {
  if ((${#undo[@]})); then rm -f -- "${undo[@]}"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 LC_ALL=C.UTF-8

policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]] || grep -qs 'made by marquee' "$policy"; then
  undo+=("$policy")
  printf '#!/bin/sh\n# made by marquee while it installs packages\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

if ! compgen -G '/etc/postgresql/*/*' >/dev/null; then
  cluster=/etc/postgresql-common/createcluster.d/marquee.conf
  undo+=("$cluster")
  mkdir -p "${cluster%/*}"
  printf 'create_main_cluster = false\n' >"$cluster"
fi

had_nats=$(dpkg-query -W -f '${db:Status-Status}' nats-server 2>/dev/null || true)

apt-get update -q -o DPkg::Lock::Timeout=300
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -- "$@"

# Freshly installed, it would start at the next boot.
if [[ $had_nats != installed && -e /usr/sbin/nats-server ]]; then
  systemctl disable nats-server.service >/dev/null 2>&1 || true
fi

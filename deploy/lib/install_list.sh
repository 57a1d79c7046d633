#!/bin/bash
# install_list.sh LIST...: installs the packages of deploy/packages/LIST.list, as root, asking nothing.
set -euo pipefail
ROOT=$(realpath "$(dirname "$0")/../..")
LIB=$ROOT/deploy/lib
. "$LIB/say.sh"
. "$LIB/packages.sh"

find_missing_packages "$@"
if ((${#MISSING[@]})); then exec /bin/bash "$LIB/install_packages.sh" "${MISSING[@]}"; fi

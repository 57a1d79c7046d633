# Which Debian packages this machine lacks, and their installation.

# wanted_packages LIST: the lines of deploy/packages/LIST.list that apply here, one alternative set each.
wanted_packages() {
  local release line
  # shellcheck source=/dev/null
  release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  while IFS= read -r line; do
    line=${line%%#*}
    if [[ $line =~ \[(!?)([a-z]+)\] ]]; then
      local not=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
      if [[ $not ]]; then [[ $release != "$name" ]] || continue; else [[ $release == "$name" ]] || continue; fi
      line=${line%%\[*}
    fi
    line=${line//[[:space:]]/}
    [[ -z $line ]] || printf '%s\n' "$line"
  done <"$ROOT/deploy/packages/$1.list"
}

# find_missing_packages LIST...: sets MISSING.
find_missing_packages() {
  local list line name found
  local -a lines=() names=()
  local -A installed=()
  command -v dpkg-query >/dev/null ||
    die "this needs Debian 12 or 13, or Ubuntu 24.04: there is no dpkg-query here"
  for list in "$@"; do
    mapfile -t -O "${#lines[@]}" lines < <(wanted_packages "$list")
  done
  for line in "${lines[@]}"; do
    IFS='|' read -ra found <<<"$line"
    names+=("${found[@]}")
  done
  while read -r found name; do
    if [[ $found == ?i* ]]; then installed[$name]=yes; fi
  done < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${names[@]}" 2>/dev/null || true)
  MISSING=()
  for line in "${lines[@]}"; do
    IFS='|' read -ra names <<<"$line"
    for name in "${names[@]}"; do [[ ${installed[$name]:-} ]] && continue 2; done
    MISSING+=("${names[0]}")
  done
}

# ensure_packages LIST...: installs what is missing, or with NO_INSTALL set says what it is and fails.
ensure_packages() {
  local log
  step packages 'checking'
  find_missing_packages "$@"
  if ((${#MISSING[@]} == 0)); then
    step_done 'all there'
    return
  fi
  step_clear
  if [[ ${NO_INSTALL:-} ]]; then
    die "${#MISSING[@]} packages are missing: ${MISSING[*]}
Install them with: apt-get install --no-install-recommends ${MISSING[*]}"
  fi
  say "  packages           missing: ${MISSING[*]}"
  local -a as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "installing them needs root, and there is no sudo here. As root, run:
apt-get update && apt-get install --no-install-recommends ${MISSING[*]}"
    as_root=(sudo)
  fi
  if [[ " ${MISSING[*]} " == *' libboost1.81-dev '* && -e /usr/share/doc/libboost1.74-dev ]]; then
    warn "apt will replace libboost1.74-dev by libboost1.81-dev: the two cannot be installed together"
  fi
  log=$(mktemp)
  step packages "installing ${#MISSING[@]} and what they need"
  if ! "${as_root[@]}" /bin/bash "$LIB/install_packages.sh" "${MISSING[@]}" 2>&1 | apt_progress "$log"; then
    step_clear
    show_tail "$log" 15
    die "apt could not install the packages; its whole output is in $log"
  fi
  rm -f "$log"
  find_missing_packages "$@"
  ((${#MISSING[@]} == 0)) || die "still missing after the installation: ${MISSING[*]}"
  step_done 'installed'
}

apt_progress() {  # apt_progress LOG: reads apt's output
  local line total=0 fetched=0 ready=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    case $line in
      *' newly installed,'*) [[ $line =~ ([0-9]+)' newly installed' ]] && total=${BASH_REMATCH[1]} ;;
      Get:*) ((total == 0)) || fetched=$((fetched + 1)) ;;
      'Setting up '*) ready=$((ready + 1)) ;;
      *) continue ;;
    esac
    if ((ready)); then
      step_progress "set up $ready of $total"
    elif ((fetched)); then
      step_progress "fetched $fetched of $total"
    else
      step_progress 'fetching the package index'
    fi
  done
}

# The viewer at /docs, fetched with npm beside what is built, and the Postman collection. Marquee runs
# without the viewer: what fails here is a warning, and the next `up` tries again.

docs_folder() { printf '%s/docs' "${SETTINGS[BUILD_DIR]}"; }

# fetch_docs: after choose_settings.
fetch_docs() {
  local folder source=$ROOT/gateway/docs log
  folder=$(docs_folder)
  cmp -s "$source/package-lock.json" "$folder/ready" && return
  command -v npm >/dev/null || install_npm || return 0
  step docs 'fetching the viewer'
  mkdir -p "$folder"
  log=$folder/npm.log
  cp "$source"/{package.json,package-lock.json,.npmrc} "$folder"
  if ! npm ci --prefix "$folder" --no-audit --no-fund --fetch-retries=1 --fetch-timeout=30000 \
    </dev/null >"$log" 2>&1; then
    warn "the viewer for /docs could not be fetched (see $log); the next 'up' tries again"
    return
  fi
  cp "$folder/package-lock.json" "$folder/ready"
  step_done 'viewer fetched'
}

install_npm() {
  [[ ! ${NO_INSTALL:-} ]] || return 1
  (ensure_packages docs) || {
    warn 'without npm, /docs will be a plain list'
    return 1
  }
}

help_postman() {
  cat <<'H'
deploy/marquee postman [--data DIR] [BASE_URL] > FILE

Writes a Postman collection (v2.1) of the whole API: a folder a topic, example bodies, and variables for
address and token; signing in with it fills in the token. BASE_URL is this Marquee's unless given.
H
}

command_postman() {
  local host
  take_options '--data=' "$@"
  at_most 1
  choose_data "${OPTION[--data]:-}"
  load_settings
  choose_settings
  need_binaries
  host=${SETTINGS[HOST]}
  if [[ $host == 0.0.0.0 ]]; then host=localhost; fi
  exec "$(binary_of gateway)" postman "${REST[0]:-http://$host:${SETTINGS[PORT]}}"
}

# import, psql, user: what a running Marquee is asked to do.

# need_running NAME...
need_running() {
  local name
  need_data_folder
  load_ports
  load_environment_file
  locate_postgres
  for name in "$@"; do
    is_running "$name" || die "$name does not run; start it with 'deploy/marquee up$DATA_FLAG'"
  done
}

help_import() {
  cat <<'H'
deploy/marquee import [--data DIR] movielens DIR
deploy/marquee import [--data DIR] tmdb MOVIES.csv [CREDITS.csv]
deploy/marquee import [--data DIR] sample DIR

Loads films into the catalogue of a running Marquee.
  movielens   a MovieLens folder: movies.csv, links.csv, ratings.csv, tags.csv
  tmdb        the TMDb 5000 files
  sample      a catalogue in the form of deploy/sample
An import that was interrupted may be repeated; nothing is loaded twice. Lines that make no sense are
reported with file and line and kept in a reject file. Further options go to the importer.
H
}

command_import() {
  take_options '--data= stop' "$@"
  choose_data "${OPTION[--data]:-}"
  case ${REST[0]:-} in
    movielens | tmdb | sample) ((${#REST[@]} > 1)) || usage_error "import ${REST[0]} needs a path" ;;
    '') usage_error 'what shall be imported?' ;;
    *) usage_error "unknown kind of import '${REST[0]}'" ;;
  esac
  need_running postgres nats
  find_service auth
  need_running "${INSTANCES[0]}"
  run_tool movie import "${REST[@]}"
}

help_psql() {
  cat <<'H'
deploy/marquee psql [--data DIR] SERVICE [PSQL ARGUMENTS]

Opens psql as a service's database role, which sees that service's schema only.
  deploy/marquee psql movie
  deploy/marquee psql movie -c 'select count(*) from movies'
H
}

command_psql() {
  take_options '--data= stop' "$@"
  ((${#REST[@]})) || usage_error 'of which service?'
  choose_data "${OPTION[--data]:-}"
  find_service "${REST[0]}"
  [[ ${KIND[$SERVICE]} == database ]] || usage_error "$SERVICE has no database"
  need_running postgres
  client_environment "$SERVICE"
  export "${ENVIRONMENT[@]}"
  exec "$PG_BIN/psql" "${REST[@]:1}"
}

help_user() {
  cat <<'H'
deploy/marquee user [--data DIR] grant-admin NAME

Makes the account with that user name an administrator.
H
}

command_user() {
  take_options '--data=' "$@"
  case ${REST[0]:-} in
    grant-admin) ;;
    '') usage_error 'user needs a command: grant-admin NAME' ;;
    *) usage_error "unknown command 'user ${REST[0]}'" ;;
  esac
  ((${#REST[@]} > 1)) || usage_error 'grant-admin needs a user name'
  at_most 2
  choose_data "${OPTION[--data]:-}"
  need_running postgres nats
  run_tool auth grant-admin "${REST[1]}"
}

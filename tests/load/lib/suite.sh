# The two suites: started, filled, removed. Each lies in WORK under its name.

declare -A SUITE_PORT=() SUITE_NEEDED=()

# No request is refused for its rate, but each is counted as in production.
readonly RATE=1000000000/1m
readonly RATES=read=$RATE,write=$RATE,auth=$RATE,refresh=$RATE,search=$RATE

free_port() {  # sets PORT
  for _ in {1..50}; do
    PORT=$((10000 + RANDOM % 10000))
    if ! (: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then return; fi
  done
  die 'found no free port'
}

start_suite() {  # start_suite NAME SETTING...
  local name=$1 data=$WORK/$1
  local -a sample=()
  shift
  free_port
  SUITE_PORT[$name]=$PORT
  if can_generate; then sample=(--no-sample); fi
  printf 'starting the suite "%s"\n' "$name"
  if ! env MARQUEE_GATEWAY_RATES="$RATES" MARQUEE_GATEWAY_ACCESS_LOG=false "$@" \
    "$ROOT/deploy/marquee" up --data "$data" --port "$PORT" --build-dir "$BUILD" --no-build --no-install \
    "${sample[@]}" >"$WORK/$name.log" 2>&1; then
    tail -n 20 "$WORK/$name.log" >&2
    die "the suite \"$name\" did not start"
  fi
  load_films "$name"
}

start_suites() {
  local name
  for name in "${CHOSEN[@]}"; do
    describe "$name"
    SUITE_NEEDED[$SUITE]=yes
  done
  if [[ ${SUITE_NEEDED[cached]:-} ]]; then start_suite cached; fi
  if [[ ${SUITE_NEEDED[uncached]:-} ]]; then
    choose_uncached_settings
    start_suite uncached "${UNCACHED_SETTINGS[@]}"
  fi
  printf '\n'
}

# No film and no list lives to be read again. A service that can do without the memory gets none.
choose_uncached_settings() {
  UNCACHED_SETTINGS=(MARQUEE_GATEWAY_CACHE_BYTES=0 MARQUEE_MOVIE_CACHE_TTL=0s)
  if MARQUEE_MOVIE_CACHE_BYTES=0 "$BIN/movie-service" --print-config >/dev/null 2>&1; then
    UNCACHED_SETTINGS+=(MARQUEE_MOVIE_CACHE_BYTES=0)
  fi
}

# list_processes SUITE: sets PROCESSES[name] to the pids, and PROCESS_ORDER.
list_processes() {
  local file pid
  PROCESSES=()
  for file in "$WORK/$1"/run/*.pid; do
    read -r pid _ <"$file"
    file=${file##*/}
    PROCESSES[${file%.pid}]=$pid
  done
}

suite_psql() {  # suite_psql SUITE SQL: rows, columns separated by tabs
  "$ROOT/deploy/marquee" psql --data "$WORK/$1" movie -X -q -A -t -F $'\t' -v ON_ERROR_STOP=1 -c "$2"
}

remove_suites() {
  local name
  [[ $WORK ]] || return 0
  for name in cached uncached; do
    [[ -e $WORK/$name ]] || continue
    "$ROOT/deploy/marquee" reset --data "$WORK/$name" --yes >/dev/null 2>&1 || true
  done
  rm -rf -- "$WORK"
}

say_kept() {
  local name
  printf '\nKept:\n'
  for name in "${!SUITE_PORT[@]}"; do
    printf '  %-9s http://127.0.0.1:%s   remove with: deploy/marquee reset --yes --data %s\n' \
      "$name" "${SUITE_PORT[$name]}" "$WORK/$name"
  done
  printf 'then remove %s\n' "$WORK"
}

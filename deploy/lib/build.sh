# Configures and builds with CMake and Ninja, one build at a time in a folder.

# build_tree PRESET DIR [TARGET...]: without a target, everything.
build_tree() {
  local preset=$1 dir=$2 log=$2/marquee-build.log
  shift 2
  mkdir -p "$dir"
  step build 'looking at what changed'
  local fd
  exec {fd}>"$dir/.marquee-lock"
  if ! flock -n "$fd"; then
    step_progress 'waiting for another build in the same folder'
    flock "$fd"
  fi
  if [[ ! -e $dir/build.ninja ]]; then
    step_progress 'configuring'
    if ! (cd "$ROOT" && cmake --preset "$preset" -B "$dir") >"$log" 2>&1; then
      step_clear
      show_tail "$log" 30
      die "CMake could not configure $dir"
    fi
  fi
  if ! NINJA_STATUS='[%f/%t] ' cmake --build "$dir" -j "${JOBS:-$(build_jobs)}" ${1:+--target "$@"} 2>&1 |
    build_progress "$log"; then
    step_clear
    printf '  the end of %s:\n' "$log" >&2
    grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n 60 | sed 's/^/    /' >&2 || true
    die 'the build failed'
  fi
  exec {fd}>&-
  step_done "$([[ -s $log ]] && tail -n 1 "$log" | grep -q '^ninja: no work to do' && echo 'up to date' || echo 'built')"
}

build_progress() {  # build_progress LOG: reads Ninja's output
  local line
  : >"$1"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      step_progress "${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}  ${BASH_REMATCH[3]##*/}"
    fi
  done
}

# One job a core, fewer where memory is short: a Beast or gRPC source takes up to 1 GB to compile.
build_jobs() {
  local cores memory_kb key value
  cores=$(nproc)
  while read -r key value _; do
    if [[ $key == MemAvailable: ]]; then memory_kb=$value; fi
  done </proc/meminfo
  local jobs=$((${memory_kb:-2000000} / 1000000))
  if ((jobs > cores)); then jobs=$cores; fi
  if ((jobs < 1)); then jobs=1; fi
  printf '%d' "$jobs"
}

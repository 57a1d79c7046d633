# test: everything from a fresh clone to CTest's verdict.

help_test() {
  cat <<'H'
deploy/marquee test [OPTIONS] [CTEST ARGUMENTS]

Installs what the tests need, builds everything and runs all tests; they start a PostgreSQL and a NATS
of their own and need nothing that runs. Other arguments go to CTest:
  deploy/marquee test -L unit        by label: unit, integration, e2e, fuzz; faults, which run only so
  deploy/marquee test -R transcode   by name

  --preset NAME      release (default), debug, asan or tsan, built in build/NAME
  --build-dir DIR    another build folder
  --no-install       only check for packages; fail and name what is missing
  -j N               compile with N jobs, and run N tests at a time
H
}

command_test() {
  local preset dir
  take_options '--preset= --build-dir= --no-install -j= pass' "$@"
  preset=${OPTION[--preset]:-release}
  [[ $preset == @(release|debug|asan|tsan) ]] || usage_error "unknown preset '$preset'"
  NO_INSTALL=${OPTION[--no-install]:-}
  choose_jobs
  choose_build_folder "$preset"
  dir=${SETTINGS[BUILD_DIR]}
  ensure_packages build run test
  command -v npm >/dev/null || install_npm || true
  reconfigure_without_tests "$dir"
  build_tree "$preset" "$dir"
  cd "$ROOT"
  # Faults have times to keep that a busy machine does not.
  ((${#REST[@]})) || REST=(-LE '^faults$')
  exec ctest --test-dir "$dir" --output-on-failure --no-tests=error ${JOBS:+-j "$JOBS"} "${REST[@]}"
}

# A folder that `up` configured before the test library was installed knows of no tests.
reconfigure_without_tests() {
  if [[ -e $1/CMakeCache.txt ]] && grep -q '^Catch2_DIR:PATH=.*NOTFOUND' "$1/CMakeCache.txt"; then
    rm -f "$1/build.ninja"
  fi
}

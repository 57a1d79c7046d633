# logs: what the processes wrote.

help_logs() {
  cat <<'H'
deploy/marquee logs [--data DIR] [-f] [-n LINES] [SERVICE]
deploy/marquee logs [--data DIR] --request ID

Shows the last lines (100) of a process's log, or of all. SERVICE may also be postgres or nats.
  -f            goes on with what is written from now on
  -n LINES      so many lines
  --request ID  all that every process wrote about one request, in the order of time, also from logs
                that were put aside; ID is what the answer's X-Request-Id says, or a trace id
H
}

command_logs() {
  local name
  local -a files=() follow=()
  take_options '--data= -f -n= --request=' "$@"
  at_most 1
  choose_data "${OPTION[--data]:-}"
  need_data_folder
  if [[ ${OPTION[--request]:-} ]]; then
    [[ ! ${OPTION[-f]:-}${OPTION[-n]:-}${REST[0]:-} ]] || usage_error '--request goes alone'
    follow_request "${OPTION[--request]}"
    return
  fi
  if [[ ${OPTION[-n]:-} ]]; then positive_number -n "${OPTION[-n]}" 999999; fi
  if [[ ${REST[0]:-} == @(postgres|nats) ]]; then
    files=("$DATA/log/${REST[0]}.log")
  elif ((${#REST[@]})); then
    find_service "${REST[0]}"
    for name in "${INSTANCES[@]}"; do files+=("$DATA/log/$name.log"); done
  else
    files=("$DATA"/log/*.log)
  fi
  for name in "${files[@]}"; do [[ -e $name ]] || die "there is no log ${name##*/} yet"; done
  if [[ ${OPTION[-f]:-} ]]; then follow=(-F); fi
  exec tail -n "${OPTION[-n]:-100}" "${follow[@]}" "${files[@]}"
}

# follow_request ID: the lines that name it, or a trace that one of them belongs to.
follow_request() {
  local id=$1 trace
  local -a files=() wanted=()
  [[ $id =~ ^[A-Za-z0-9._-]{1,64}$ ]] || usage_error "that is no request id: $id"
  mapfile -t files < <(compgen -G "$DATA/log/*.log*" | sort -r)
  ((${#files[@]})) || die 'there are no logs yet'
  wanted=(-e "\"request_id\":\"$id\"" -e "\"trace_id\":\"$id\"")
  while read -r trace; do wanted+=(-e "\"trace_id\":\"$trace\""); done < <(
    grep -haF "${wanted[@]}" -- "${files[@]}" | sed -n 's/.*"trace_id":"\([0-9a-f]*\)".*/\1/p' | sort -u
  )
  # Sorted by the time in front, which is then taken away again: it is in the line.
  grep -HaF "${wanted[@]}" -- "${files[@]}" |
    sed -n 's|^.*/\([^/]*\)\.log[.0-9]*:\({"time":"\([^"]*\)".*\)$|\3 \1 \2|p' |
    LC_ALL=C sort -s -k 1,1 |
    while read -r _ name line; do printf '%-22s %s\n' "$name" "$line"; done |
    grep . || die "no log says anything of $id (yet: lines are written every 100 ms)"
}

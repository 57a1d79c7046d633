# What the person in front of the terminal sees: plain lines, errors, and steps with their time.
# A step is one line that changes on a terminal, and a few lines with pauses anywhere else.

if [[ -t 1 ]]; then TERMINAL=yes; else TERMINAL=; fi

say() { printf '%s\n' "$*"; }

warn() {
  step_clear
  printf 'marquee: %s\n' "$*" >&2
}

die() {
  warn "$@"
  exit 1
}

# usage_error MESSAGE: what was typed is wrong; COMMAND says whose --help to read.
usage_error() {
  printf "marquee: %s\nTry 'deploy/marquee%s --help'.\n" "$1" "${COMMAND:+ $COMMAND}" >&2
  exit 2
}

STEP_OPEN='' STEP_LABEL='' STEP_STARTED=0 STEP_SHOWN=0

step() {  # step LABEL TEXT: begins a step
  STEP_OPEN=yes STEP_LABEL=$1 STEP_STARTED=${EPOCHREALTIME/./} STEP_SHOWN=${EPOCHREALTIME/./}
  if [[ $TERMINAL ]]; then printf '\r\033[K  %-22s %s' "$1" "$2"; fi
}

step_progress() {  # step_progress TEXT: says how far it is; off a terminal at most every 15 s
  local now=${EPOCHREALTIME/./}
  if [[ $TERMINAL ]]; then
    ((now - STEP_SHOWN < 100000)) && return
    printf '\r\033[K  %-22s %s' "$STEP_LABEL" "${1:0:${COLUMNS:-80}-26}"
  else
    ((now - STEP_SHOWN < 15000000)) && return
    printf '  %-22s %s\n' "$STEP_LABEL" "$1"
  fi
  STEP_SHOWN=$now
}

step_done() {  # step_done TEXT [plain]: ends it; "plain" leaves the time out
  step_clear
  local took=''
  [[ ${2:-} == plain ]] || took=" ($(seconds_since "$STEP_STARTED"))"
  printf '  %-22s %s%s\n' "$STEP_LABEL" "$1" "$took"
}

step_clear() {
  if [[ $STEP_OPEN && $TERMINAL ]]; then printf '\r\033[K'; fi
  STEP_OPEN=
}

seconds_since() {  # seconds_since MICROSECONDS: "1.4 s"
  local spent=$((${EPOCHREALTIME/./} - $1))
  printf '%d.%d s' $((spent / 1000000)) $((spent / 100000 % 10))
}

show_tail() {  # show_tail FILE LINES [FROM_BYTE]: the end of a log, indented
  [[ -s $1 ]] || return 0
  printf '  the end of %s:\n' "$1" >&2
  tail -c "+$((${3:-0} + 1))" "$1" | tail -n "$2" | sed 's/^/    /' >&2
}

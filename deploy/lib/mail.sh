# mail: what went to the mail folder, where mails are files unless a mail server is configured.

help_mail() {
  cat <<'H'
deploy/marquee mail [--data DIR] [-n NUMBER]
deploy/marquee mail [--data DIR] [--raw] show FILE

Lists the last mails (20) in the data folder's mail/, the latest last: file, time, To and Subject.
  -n NUMBER  so many
  show FILE  the text of one of them, as the list names it; `last` is the latest
  --raw      the whole file as it is
H
}

command_mail() {
  take_options '--data= -n= --raw' "$@"
  choose_data "${OPTION[--data]:-}"
  need_data_folder
  case ${REST[0]:-list} in
    list)
      at_most 1
      if [[ ${OPTION[-n]:-} ]]; then positive_number -n "${OPTION[-n]}" 999999; fi
      list_mails "${OPTION[-n]:-20}"
      ;;
    show)
      ((${#REST[@]} > 1)) || usage_error "mail show needs a mail's file name, or 'last'"
      at_most 2
      show_mail "${REST[1]}"
      ;;
    *) usage_error "unknown command 'mail ${REST[0]}'" ;;
  esac
}

# last_mails NUMBER: time and name of each, the latest last.
last_mails() {
  find "$DATA/mail" -maxdepth 1 -name '*.eml' -printf '%T@ %TY-%Tm-%TdT%TH:%TM %f\n' | sort -n | tail -n "$1" |
    cut -d ' ' -f 2-
}

# header_of FILE NAME: its text in one line, readable.
header_of() {
  mail_text <"$DATA/mail/$1" | awk -v name="$2:" '
    /^$/ {exit}
    /^[ \t]/ {if (inside) {sub(/^[ \t]+/, " "); printf "%s", $0}; next}
    {inside = index($0, name) == 1}
    inside {sub(/^[^:]*: */, ""); printf "%s", $0}' | decode_words
}

# Nothing of a mail does anything to a terminal.
mail_text() { tr -d '\000-\010\013-\037\177'; }

# decode_words: encoded words of a header (RFC 2047) as their text.
decode_words() {
  local text rest
  IFS= read -r -d '' text || true
  text=${text//'?= =?'/'?==?'}
  while [[ $text =~ ^(.*)=\?UTF-8\?B\?([A-Za-z0-9+/=]+)\?=(.*)$ ]]; do
    rest=${BASH_REMATCH[3]}
    text=${BASH_REMATCH[1]}$(base64 -d <<<"${BASH_REMATCH[2]}" 2>/dev/null | mail_text)$rest
  done
  printf '%s' "$text"
}

# text_of FILE: the first part of its body, readable.
text_of() {
  if part_of "$1" head | grep -qi '^Content-Transfer-Encoding: quoted-printable'; then
    # Lines that end in = go on; =XX is a byte.
    printf '%b\n' "$(part_of "$1" body | sed -e ':next' -e '/=$/{N;s/=\n//;b next' -e '}' \
      -e 's/\\/\\\\/g' -e 's/=\([0-9A-F][0-9A-F]\)/\\x\1/g')" | mail_text
  else
    part_of "$1" body
  fi
}

part_of() {  # part_of FILE head|body: of the first part
  mail_text <"$DATA/mail/$1" | awk -v wanted="$2" '
    !inside && /^--/ {inside = 1; next}
    !inside {next}
    /^--/ {exit}
    !body && /^$/ {body = 1; next}
    (wanted == "body") == (body == 1) {print}'
}

list_mails() {
  local time name found=''
  while read -r time name; do
    [[ $found ]] || printf '%-42s %-17s %-40s %s\n' MAIL TIME TO SUBJECT
    found=yes
    printf '%-42s %-17s %-40s %s\n' "$name" "$time" "$(header_of "$name" To)" "$(header_of "$name" Subject)"
  done < <(last_mails "$1")
  if [[ ! $found ]]; then say "There are no mails in $DATA/mail."; fi
}

show_mail() {
  local name=$1 header
  if [[ $name == last ]]; then name=$(last_mails 1) name=${name#* }; fi
  [[ $name != */* && $name == *.eml && -r $DATA/mail/$name ]] ||
    die "there is no mail $1; 'deploy/marquee mail$DATA_FLAG' lists them"
  if [[ ${OPTION[--raw]:-} ]]; then
    cat "$DATA/mail/$name"
    return
  fi
  for header in Date From To Subject; do printf '%-9s%s\n' "$header:" "$(header_of "$name" "$header")"; done
  printf '\n'
  text_of "$name"
}

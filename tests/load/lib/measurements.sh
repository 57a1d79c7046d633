# What can be measured. A new measurement is one case of describe() and a word in KNOWN.

# Writes come last: what PostgreSQL still does for them then falls on the cached reads, which don't notice.
readonly -a KNOWN=(cached popular alone uncached rpc call search search-narrow search-broad search-pair
  search-typo login review told rating)
readonly LOGIN_CONNECTIONS=4
declare -a CHOSEN=()

# describe NAME: sets LABEL, SUITE, AT_ONCE (connections), CLIENT_KIND (read, write, login, grpc), and for
# a read ASK (the path; {id} or {title} stands for a line of the files VALUES) and SIGNED_IN.
describe() {
  SUITE=uncached AT_ONCE=$CONNECTIONS CLIENT_KIND=read ASK='' VALUES='' SIGNED_IN=''
  case $1 in
    cached) LABEL='cached read' SUITE=cached ASK=/api/movies/popular ;;
    popular) LABEL='popular cards' SUITE=cached ASK=/api/movies/popular/ SIGNED_IN=yes ;;
    uncached) LABEL='uncached read' ASK=/api/movies/{id} VALUES=$WORK/uncached.ids ;;
    alone) LABEL='one read alone' ASK=/api/movies/{id} VALUES=$WORK/uncached.ids AT_ONCE=1 ;;
    search) LABEL='search' && describe_search narrow broad pair typo ;;
    search-*) LABEL="search: ${1#*-}" && describe_search "${1#*-}" ;;
    review) LABEL='review write' SUITE=cached CLIENT_KIND=write ;;
    told) LABEL='review told of' SUITE=cached CLIENT_KIND=write ;;
    rating) LABEL='rating write' SUITE=cached CLIENT_KIND=write ;;
    login) LABEL='login' SUITE=cached CLIENT_KIND=login AT_ONCE=$LOGIN_CONNECTIONS ;;
    rpc) LABEL='unary gRPC call' CLIENT_KIND=grpc ;;
    call) LABEL='streamed call' CLIENT_KIND=grpc ;;
    *) return 1 ;;
  esac
}

describe_search() {  # describe_search KIND...
  local kind
  ASK='/api/movies/search?title={title}'
  for kind in "$@"; do VALUES+=${VALUES:+,}$WORK/terms.$kind; done
}

is_read() { describe "$1" && [[ $CLIENT_KIND == read ]]; }

choose_measurements() {
  local name
  for name in "${ONLY[@]}"; do
    [[ " ${KNOWN[*]} " == *" $name "* ]] || usage_error "there is no measurement '$name' (there are: ${KNOWN[*]})"
  done
  for name in "${KNOWN[@]}"; do
    if is_wanted "$name"; then CHOSEN+=("$name"); fi
  done
  ((${#CHOSEN[@]})) || die 'nothing to measure'
}

is_wanted() {
  if ((${#ONLY[@]})); then
    [[ " ${ONLY[*]} " == *" $1 "* || ($1 == search-* && $SEARCH_KINDS && " ${ONLY[*]} " == *' search '*) ]] || return 1
    [[ $1 != @(rpc|call) || -x $BIN/$1_bench ]] || die "$BIN/$1_bench is not built"
    return
  fi
  case $1 in
    search-*) [[ $SEARCH_KINDS ]] ;;
    rpc | call) [[ -x $BIN/$1_bench ]] ;;
  esac
}

# What clients need to know: tokens, words to search for, which pair of user and film comes next.
declare -A NEXT_PAIR=([review]=0 [told]=0 [rating]=0)
TOKEN=''

prepare_measurements() {
  local name
  if [[ ${SUITE_NEEDED[cached]:-} ]]; then make_accounts; fi
  for name in "${CHOSEN[@]}"; do
    if [[ $name == search* ]]; then list_terms && break; fi
  done
  for name in "${CHOSEN[@]}"; do
    if is_read "$name"; then probe "$name"; fi
  done
}

# probe NAME: asks once, so that what does not work at all is said with the answer.
probe() {
  local server value='' target
  for server in marquee "${SERVERS[@]}"; do
    locate "$1" "$server"
    if [[ $VALUES ]]; then read -r value <"${VALUES%%,*}"; fi
    target=$URL${ASK/\{*\}/$value}
    curl -s --max-time 30 -f -o /dev/null -H "Authorization: Bearer $TOKEN" "$target" || {
      curl -s --max-time 30 -i "$target" | awk 'NR <= 20' >&2 || true
      die "$server does not answer GET $target as it should"
    }
  done
}

# locate NAME SERVER: describe(), and sets URL and the server's own path.
locate() {
  describe "$1"
  if [[ $2 == marquee ]]; then
    URL=http://127.0.0.1:${SUITE_PORT[$SUITE]}
  else
    URL=${SERVER_URL[$2]}
    ASK=${SERVER_PATH[$2/$1]:-$ASK}
  fi
}

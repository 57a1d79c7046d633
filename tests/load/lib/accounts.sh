# Accounts of the suite "cached", made through its API: some for each kind of write that is measured.
# Those of `told` want to hear of reviews of films that they have reviewed, those of `review` do not. These two
# write of different films.

readonly PASSWORD=a-long-enough-passphrase
readonly READERS=4 WRITERS_MIN=32 WRITERS_MAX=256
readonly WRITES_PER_SECOND_GUESS=15000

# How many writers of a kind, so that pairs of user and film last for all rounds.
choose_writers() {
  local films pairs
  WRITERS=$READERS
  [[ " ${CHOSEN[*]} " == *' review '* || " ${CHOSEN[*]} " == *' told '* || " ${CHOSEN[*]} " == *' rating '* ]] || return 0
  films=$(($(wc -l <"$WORK/cached.ids") / 2))
  pairs=$((WRITES_PER_SECOND_GUESS * (SECONDS_EACH * ROUNDS + WARM_UP_SECONDS + PROFILE_SECONDS)))
  WRITERS=$((pairs / films + 1))
  ((WRITERS >= WRITERS_MIN)) || WRITERS=$WRITERS_MIN
  ((WRITERS <= WRITERS_MAX)) || WRITERS=$WRITERS_MAX
}

sign_up() {  # sign_up NAME: prints its access token
  curl -s --max-time 30 -o /dev/null -D - -H 'Content-Type: application/json' \
    -d "{\"username\":\"$1\",\"email\":\"$1@load.example\",\"password\":\"$PASSWORD\",\"birth_date\":\"1990-01-01\"}" \
    "http://127.0.0.1:${SUITE_PORT[cached]}/api/user/signup/" |
    sed -n 's/^[Ss]et-[Cc]ookie: access_token=\([^;]*\).*/\1/p'
}

films_of() {  # films_of KIND: a file of ids
  case $1 in
    review) echo "$WORK/films.review" ;;
    told) echo "$WORK/films.told" ;;
    *) echo "$WORK/cached.ids" ;;
  esac
}

# Nothing of others' reviews.
want_quiet() {  # want_quiet TOKEN
  curl -fsS --max-time 30 -o /dev/null -X PUT -H 'Content-Type: application/json' -H "Authorization: Bearer $1" \
    -d '{"matrix":{"review":{"inbox":false}}}' \
    "http://127.0.0.1:${SUITE_PORT[cached]}/api/notifications/settings" || die 'a setting was not taken'
}

make_accounts() {
  local kind number name token
  choose_writers
  printf 'making %d accounts\n' $((3 * WRITERS))
  : >"$WORK/emails"
  awk -v review="$WORK/films.review" -v told="$WORK/films.told" '{print > (NR % 2 ? review : told)}' "$WORK/cached.ids"
  for kind in review told rating; do
    for ((number = 1; number <= WRITERS; number++)); do
      name=$kind-$number
      token=$(sign_up "$name")
      [[ $token ]] || die "could not make the account $name"
      if [[ $kind == review ]]; then want_quiet "$token"; fi
      printf '%s\n' "$token" >>"$WORK/tokens.$kind"
      printf '%s@load.example\n' "$name" >>"$WORK/emails"
    done
  done
  read -r TOKEN <"$WORK/tokens.review"
}

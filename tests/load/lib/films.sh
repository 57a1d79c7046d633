# Films: generated into a suite's database, and what is asked of them: ids and words to search for.

readonly GENERATE=$LOAD/generate_films
readonly GENERATE_SECONDS_MAX=3600

can_generate() { [[ -x $GENERATE ]]; }

load_films() {  # load_films SUITE
  local count
  if can_generate; then
    printf 'loading %d films\n' "$FILMS"
    timeout "$GENERATE_SECONDS_MAX" "$GENERATE" --films "$FILMS" \
      --database-url "$(<"$WORK/$1/secrets/movie.database_url")" >"$WORK/$1.films.log" 2>&1 || {
      tail -n 20 "$WORK/$1.films.log" >&2
      die "the films could not be loaded into \"$1\""
    }
  else
    printf 'tests/load/generate_films is missing: only the sample films are loaded\n'
  fi
  vacuum_filled "$1"
  suite_psql "$1" 'SELECT id FROM movies ORDER BY id' >"$WORK/$1.ids"
  count=$(wc -l <"$WORK/$1.ids")
  ((count > 0)) || die "there are no films in \"$1\""
}

# As after a night's autovacuum: statistics and visibility known. It leaves tables alone that nothing was
# ever written to; planned for as empty for certain, they would be read from end to end when they fill.
vacuum_filled() {  # vacuum_filled SUITE
  local tables
  tables=$(suite_psql "$1" "SELECT string_agg(format('%I', relname), ', ') FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0")
  suite_psql "$1" "VACUUM (ANALYZE) $tables"
}

# list_terms: what searches ask for, taken from the titles that exist, the same on every run.
#   broad  the words of most titles    narrow  words of at most three titles
#   pair   two neighbouring words      typo    narrow words with two letters swapped
list_terms() {
  local kind
  suite_psql uncached "
    WITH words AS MATERIALIZED (
      SELECT word, count(*) AS films FROM movies, regexp_split_to_table(title_fold, '[^a-z]+') word
       WHERE length(word) >= 4 GROUP BY word),
    narrow AS (SELECT word FROM words WHERE films <= 3 AND length(word) >= 6 ORDER BY md5(word) LIMIT 1000)
    SELECT 'broad', word FROM (SELECT word FROM words ORDER BY films DESC, word LIMIT 20) b
    UNION ALL SELECT 'narrow', word FROM narrow
    UNION ALL SELECT 'typo', left(word, 2) || substr(word, 4, 1) || substr(word, 3, 1) || substr(word, 5)
      FROM narrow
    UNION ALL SELECT 'pair', pair FROM (
      SELECT DISTINCT substring(title_fold FROM '[a-z]{3,} [a-z]{3,}') AS pair
        FROM (SELECT title_fold FROM movies ORDER BY md5(id::text) LIMIT 4000) t) p
       WHERE pair IS NOT NULL" | sed 's/ /%20/g' >"$WORK/terms"
  for kind in narrow broad pair typo; do
    awk -v kind=$kind '$1 == kind {print $2}' "$WORK/terms" >"$WORK/terms.$kind"
    [[ -s $WORK/terms.$kind ]] || die "the titles give no words for searches of the kind \"$kind\""
  done
}

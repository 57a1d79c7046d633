# The table, and with -v json=FILE the same for programs, from the records of round.sh:
# name label server round requests us p50 p99 failed client others process=ns...
# Medians over rounds; the sum is the median of sums, so that columns need not add up exactly.

function median(list,    value, n, i, j, t) {
  n = split(list, value, " ")
  if (n == 0) return "-"
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && value[j - 1] + 0 > value[j] + 0; j--) { t = value[j]; value[j] = value[j - 1]; value[j - 1] = t }
  low = value[1]; high = value[n]
  return n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
}
function add(key, value) { if (value != "-") lists[key] = lists[key] " " value }
function shown(us) { return us == "-" ? "-" : us < 10000 ? sprintf("%.0f us", us) : sprintf("%.1f ms", us / 1000) }
function cost(us) { return us == "-" ? "-" : us < 0.05 ? "." : sprintf(us < 1000 ? "%.1f" : "%.0f", us) }
function number(value) { return value == "-" ? "null" : sprintf("%.3f", value) }
function object(row,    text, p) {
  for (p = 1; p <= processes; p++)
    if ((row, process[p]) in seen) text = text (text ? ", " : "") "\"" process[p] "\": " number(median(lists[row, process[p]]))
  return "{" text "}"
}

{
  row = $1 SUBSEP $3
  if (!(row in label)) { order[++rows] = row; label[row] = $2; name[row] = $1; server[row] = $3 }
  n = $5 > 0 ? $5 : 1
  total = 0
  for (i = 12; i <= NF; i++) {
    split($i, pair, "=")
    us = pair[2] / 1000 / n
    total += us
    if (!(pair[1] in known)) { known[pair[1]] = 1; process[++processes] = pair[1]; ours[pair[1]] = $3 == "marquee" }
    seen[row, pair[1]] = 1
    add(row SUBSEP pair[1], us)
  }
  add(row SUBSEP "/rate", $5 * 1e6 / $6)
  add(row SUBSEP "/p50", $7)
  add(row SUBSEP "/p99", $8)
  add(row SUBSEP "/client", $10)
  if (NF > 11) add(row SUBSEP "/cpu", total)
  if ($3 == "marquee") others = others " " $11 / 10
  failed[row] += $9
  failures += $9
  requests[row] += $5
}

END {
  # The order of a request's way, whatever order they came in.
  wanted = split("gateway auth-service movie-service postgres nats", way, " ")
  for (i = 1; i <= wanted; i++) if (way[i] in known) sorted[++k] = way[i]
  for (i = 1; i <= processes; i++) {
    for (j = 1; j <= k && sorted[j] != process[i]; j++);
    if (j > k) sorted[++k] = process[i]
  }
  for (i = 1; i <= processes; i++) process[i] = sorted[i]

  printf "%-26s %9s %9s %9s %7s   %8s %5s", "", "req/s", "p50", "p99", "failed", "CPU us", "+-%"
  for (i = 1; i <= processes; i++) if (ours[process[i]]) printf "  %*s", length(process[i]) < 7 ? 7 : length(process[i]), process[i]
  print ""
  for (r = 1; r <= rows; r++) {
    row = order[r]
    cpu = median(lists[row, "/cpu"])
    spread = cpu == "-" || cpu == 0 ? "-" : sprintf("%.0f", (high - low) / 2 / cpu * 100)
    printf "%-26s %9.0f %9s %9s %7d   %8s %5s", label[row] (server[row] == "marquee" ? "" : ", " server[row]),
      median(lists[row, "/rate"]), shown(median(lists[row, "/p50"])), shown(median(lists[row, "/p99"])),
      failed[row], cost(cpu), spread
    for (i = 1; i <= processes; i++) if (ours[process[i]])
      printf "  %*s", length(process[i]) < 7 ? 7 : length(process[i]), (row, process[i]) in seen ? cost(median(lists[row, process[i]])) : ""
    print ""
  }
  print ""
  for (r = 1; r <= rows; r++) {
    row = order[r]
    if (lists[row, "/client"]) printf "%s: the client itself costs %s us a call\n", label[row], cost(median(lists[row, "/client"]))
    base = name[row] SUBSEP "marquee"
    if (server[row] != "marquee" && lists[row, "/cpu"] && lists[base, "/cpu"])
      printf "%s: Marquee costs %.2f of the CPU of %s\n", label[row], median(lists[base, "/cpu"]) / median(lists[row, "/cpu"]), server[row]
  }
  printf "CPU us: microseconds per request of all processes together, from %s; +-: half the range over the rounds.\n", clock
  printf "Other processes had %.0f %% of this machine.\n", median(others)
  if (failures) printf "%d requests failed.\n", failures
  if (json) write_json()
  exit failures > 0
}

function write_json(    r, row) {
  split(settings, s, " ")
  printf "{\"films\": %d, \"connections\": %d, \"rounds\": %d, \"seconds\": %d, \"measurements\": [", s[1], s[2], s[3], s[4] >json
  for (r = 1; r <= rows; r++) {
    row = order[r]
    printf "%s\n  {\"name\": \"%s\", \"server\": \"%s\", \"requests\": %d, \"failed\": %d, \"per_second\": %s, \"p50_us\": %s, \"p99_us\": %s, \"cpu_us\": %s, \"client_cpu_us\": %s,\n   \"cpu_us_of\": %s,\n   \"cpu_us_rounds\": [%s], \"per_second_rounds\": [%s]}",
      (r > 1 ? "," : ""), name[row], server[row], requests[row], failed[row], number(median(lists[row, "/rate"])),
      number(median(lists[row, "/p50"])), number(median(lists[row, "/p99"])), number(median(lists[row, "/cpu"])),
      number(median(lists[row, "/client"])), object(row), series(lists[row, "/cpu"]), series(lists[row, "/rate"]) >json
  }
  print "\n]}" >json
  close(json)
}
function series(list,    value, n, i, text) {
  n = split(list, value, " ")
  for (i = 1; i <= n; i++) text = text (i > 1 ? ", " : "") number(value[i])
  return text
}

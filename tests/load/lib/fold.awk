# Stacks of `perf script -F pid,ip,sym,dso` folded to "process;outermost;...;innermost COUNT". The first
# file says "PID PROCESS"; pids that it does not name are backends that PostgreSQL has forked since.
# Functions without a name go by their library; a run of them is one frame.

function end_stack() {
  if (depth > 0) count[owner stack]++
  depth = 0
  stack = last = ""
}
FNR == NR && NF == 2 && $1 ~ /^[0-9]+$/ && FILENAME != "-" { process[$1] = $2; next }
NF == 0 { end_stack(); next }
/^[ ]*[0-9]+[:]?[ ]*$/ {
  end_stack()
  owner = ($1 + 0) in process ? process[$1 + 0] : "postgres"
  next
}
{
  where = $NF
  line = $0
  sub(/^[ \t]*[0-9a-f]+ /, "", line)
  sub(/ \([^()]*\)[ \t]*$/, "", line)
  if (line == "[unknown]") {
    gsub(/^.*\/|[()]/, "", where)
    line = "[" (where == "[unknown]" ? "unknown" : where) "]"
  }
  if (line == last && line ~ /^\[/) next
  last = line
  gsub(/;/, ":", line)
  stack = ";" line stack
  depth++
}
END {
  end_stack()
  for (s in count) print s, count[s]
}

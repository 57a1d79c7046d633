# CPU time of processes, in nanoseconds, so that none is lost when threads or children end.
#
# A process's own time is the sum of its threads' schedstat (nanoseconds; of live threads only) or its
# clock ticks (10 ms; ended threads too), whichever is more. With that of its live children and the
# ticks of those it has reaped, the sum for a tree never falls, whoever ends: a PostgreSQL backend's
# time moves from the child to the postmaster.

NS_PER_TICK=$((1000000000 / $(getconf CLK_TCK)))
readonly NS_PER_TICK

declare -A CHILDREN=()

# Who is whose child: not every kernel has /proc/PID/task/TID/children.
list_children() {
  local file stat
  local -a fields
  CHILDREN=()
  for file in /proc/[0-9]*/stat; do
    { read -r stat <"$file"; } 2>/dev/null || continue
    read -ra fields <<<"${stat##*) }"
    CHILDREN[${fields[1]}]+=" ${stat%% *}"
  done
}

# cpu_of_tree PID: adds its time and that of all its descendants to NS.
cpu_of_tree() {
  local pid=$1 stat task ns threads=0 child
  local -a fields
  { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 0
  read -ra fields <<<"${stat##*) }"
  for task in "/proc/$pid/task/"*; do
    if { read -r ns _ <"$task/schedstat"; } 2>/dev/null; then threads=$((threads + ns)); fi
  done
  ns=$(((fields[11] + fields[12]) * NS_PER_TICK))
  NS=$((NS + (threads > ns ? threads : ns) + (fields[13] + fields[14]) * NS_PER_TICK))
  for child in ${CHILDREN[$pid]:-}; do cpu_of_tree "$child"; done
}

# cpu_snapshot MAP: sets MAP[name] to the time of each process in PROCESSES, with its descendants, and
# MAP[others] to that of all processes but them and us with our clients.
cpu_snapshot() {
  local -n map=$1
  local name user nice system rest
  list_children
  read -r _ user nice system _ _ rest </proc/stat
  map[others]=0
  for name in $((user + nice + system)) ${rest% * *}; do map[others]=$((map[others] + name * NS_PER_TICK)); done
  for name in "${!PROCESSES[@]}"; do
    NS=0
    cpu_of_tree "${PROCESSES[$name]}"
    map[$name]=$NS
    map[others]=$((map[others] - NS))
  done
  NS=0
  cpu_of_tree $$
  map[others]=$((map[others] - NS))
}

# descendants PID: prints it and all below it, after list_children.
descendants() {
  local child
  printf '%s\n' "$1"
  for child in ${CHILDREN[$1]:-}; do descendants "$child"; done
}

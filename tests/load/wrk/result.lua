-- What tests/load/lib/round.sh reads after a run: one line, separated by tabs. `sent` is how many
-- requests the script's own counter has reached, 0 where it keeps none.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("result\t%d\t%d\t%d\t%d\t%d\t%d\t-\n",
    threads[1]:get("sent") or 0, summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end

function lines_of(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

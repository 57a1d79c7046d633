-- GET of a path in which {...} stands for a line of a file, each drawn evenly; of several files, one
-- after the other. Arguments: path, files separated by commas, seed, access token or "".
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

local head, tail
local files = {}
local turn = 0

function init(args)
  if args[4] ~= "" then
    wrk.headers["Authorization"] = "Bearer " .. args[4]
  end
  math.randomseed(tonumber(args[3]) + 1)
  for path in args[2]:gmatch("[^,]+") do
    files[#files + 1] = lines_of(path)
  end
  head, tail = wrk.format("GET", args[1]):match("^(.-){%a+}(.*)$")
end

function request()
  turn = turn % #files + 1
  local values = files[turn]
  return head .. values[math.random(#values)] .. tail
end

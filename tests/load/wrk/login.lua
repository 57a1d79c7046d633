-- POST of sign-ins, one account after the other. Arguments: file of e-mail addresses, their password.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

local requests = {}
local turn = 0

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  for _, email in ipairs(lines_of(args[1])) do
    requests[#requests + 1] = wrk.format("POST", "/api/auth/login", nil,
      '{"email":"' .. email .. '","password":"' .. args[2] .. '"}')
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

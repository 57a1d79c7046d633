-- GET of one path. Arguments as for read.lua.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

function init(args)
  wrk.path = args[1]
  if args[4] ~= "" then
    wrk.headers["Authorization"] = "Bearer " .. args[4]
  end
end

-- POST of reviews or ratings, each by another user of another film, no pair twice. Arguments: "review",
-- "told" (a review) or "rating", file of access tokens, file of film ids, the pair to begin with.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

local kStride = 15485863  -- a prime: neighbours in time are not neighbours in the table
local kText = "Better than the book, and the music stays with you for days. The second hour drags a little."

local review, users, films, heads
sent = 0  -- global: read by result.lua

function init(args)
  review = args[1] ~= "rating"
  users, films, heads = lines_of(args[2]), lines_of(args[3]), {}
  sent = tonumber(args[4])
  if #films % kStride == 0 then
    kStride = 1
  end
  for i, token in ipairs(users) do
    heads[i] = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nAuthorization: Bearer " .. token ..
      "\r\nContent-Type: application/json\r\nContent-Length: "
  end
end

function request()
  local block = math.floor(sent / #films)
  local film = sent * kStride % #films
  local head = heads[(film + block) % #users + 1]
  local path, body
  if review then
    path = "/api/reviews"
    body = '{"movie_id":' .. films[film + 1] .. ',"rating":' .. sent % 11 / 2 .. ',"comment":"' .. kText .. '"}'
  else
    path = "/api/movie/" .. films[film + 1] .. "/rate/"
    body = '{"rating":' .. (sent % 10 + 1) / 2 .. "}"
  end
  sent = sent + 1
  return "POST " .. path .. head .. #body .. "\r\n\r\n" .. body
end

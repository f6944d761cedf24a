-- One kind of request, over and over, for wrk: METHOD BODY-FILE COOKIE come after `--`. Ends with one line of JSON.
-- A `@` in the body becomes a number that no other request of this thread has.
local body, many = nil, false
local count = 0

function init(args)
  wrk.method = args[1]
  wrk.headers["Cookie"] = args[3]
  wrk.headers["Accept"] = "application/json"
  if args[2] ~= "-" then
    body = io.open(args[2]):read("*a")
    wrk.headers["Content-Type"] = "application/json"
    many = body:find("@") ~= nil
    if not many then wrk.body = body end
  end
end

function request()
  if not many then return wrk.format() end
  count = count + 1
  return wrk.format(nil, nil, nil, (body:gsub("@", count)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"failed":%d,"p50":%.3f,"p99":%.3f,"max":%.3f}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end

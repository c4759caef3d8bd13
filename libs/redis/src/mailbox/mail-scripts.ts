import { Script } from '../script/script.js';

/** All mail, as an array of its parts, and the bytes of what has not expired. */
const MAIL = `
local function number(value) return string.format('%.0f', value) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * KEYS: mail, bytes. ARGV: body, expiresAt and what its clock says now, size, maxMessages, maxBytes.
 * Kept for as long by the clock of the server, where the other is off by more than the way there takes.
 * Only when a bound is reached is all mail looked at: what has expired goes first, then the oldest.
 * Numbers are of the time, so that they do not go back on a server that came back empty.
 * Reply: number, how much had to go.
 */
export const PUSH = new Script(`${MAIL}
local size, max_messages, max_bytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local expires, skew = tonumber(ARGV[2]), now - tonumber(ARGV[3])
if math.abs(skew) > 2000 then expires = expires + skew end
expires = number(expires)
local count = redis.call('XLEN', KEYS[1])
local known = tonumber(redis.call('GET', KEYS[2]) or nil)
local bytes = known or 0
local dropped = 0
if count + 1 > max_messages or bytes + size > max_bytes or (count > 0 and not known) then
  local live = {}
  bytes = 0
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
    local fields = entry[2]
    if (tonumber(fields[4]) or 0) <= now then
      redis.call('XDEL', KEYS[1], entry[1])
    else
      live[#live + 1] = entry
      bytes = bytes + (tonumber(fields[6]) or 0)
    end
  end
  while dropped < #live and (#live - dropped + 1 > max_messages or bytes + size > max_bytes) do
    dropped = dropped + 1
    bytes = bytes - (tonumber(live[dropped][2][6]) or 0)
    redis.call('XDEL', KEYS[1], live[dropped][1])
  end
  count = #live - dropped
end
local id = number(now * 4096)
local added = redis.pcall('XADD', KEYS[1], id .. '-0', 'b', ARGV[1], 'e', expires, 's', ARGV[4])
if type(added) == 'table' and added.err then
  if not string.find(added.err, 'equal or smaller', 1, true) then
    return redis.error_reply(added.err)
  end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      id = number(tonumber(string.match(info[i + 1], '^%d+')) + 1)
    end
  end
  redis.call('XADD', KEYS[1], id .. '-0', 'b', ARGV[1], 'e', expires, 's', ARGV[4])
end
redis.call('SET', KEYS[2], number(bytes + size), 'KEEPTTL')
for i = 1, 2 do
  if count == 0 or redis.call('PTTL', KEYS[i]) < 0 then
    redis.call('PEXPIREAT', KEYS[i], expires)
  else
    redis.call('PEXPIREAT', KEYS[i], expires, 'GT')
  end
end
return { id, dropped }
`);

/** KEYS: mail, bytes. Reply: what the clock of the server says, entries. */
export const LIST = new Script(`${MAIL}
return { number(now), redis.call('XRANGE', KEYS[1], '-', '+') }
`);

/**
 * KEYS: mail, bytes. ARGV: numbers, each once. Reply: 1 when all were there, and are gone now; 0 when
 * one was not, and nothing was done.
 */
export const REMOVE = new Script(`${MAIL}
local size = 0
for i = 1, #ARGV do
  local id = ARGV[i] .. '-0'
  local found = redis.call('XRANGE', KEYS[1], id, id)[1]
  if not found or (tonumber(found[2][4]) or 0) <= now then return 0 end
  size = size + (tonumber(found[2][6]) or 0)
end
for i = 1, #ARGV do redis.call('XDEL', KEYS[1], ARGV[i] .. '-0') end
local bytes = tonumber(redis.call('GET', KEYS[2]) or nil)
if bytes then redis.call('SET', KEYS[2], number(math.max(0, bytes - size)), 'KEEPTTL') end
return 1
`);

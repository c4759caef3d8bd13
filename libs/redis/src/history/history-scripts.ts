import { Script } from '../script/script.js';

/**
 * How much longer than its `maxAge` a list is kept without being told so again: then an append has to
 * tell only every tenth of it, and what expires was too old before.
 */
const META = `
-- 1 epoch generation last bytes count renew expires
local function read_meta(text)
  if not text then return nil end
  local epoch, generation, last, bytes, count, renew, expires =
    string.match(text, '^1 (%S+) (%S+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
  if not epoch then return nil end
  return {
    epoch = epoch, generation = generation, last = tonumber(last), bytes = tonumber(bytes),
    count = tonumber(count), renew = tonumber(renew), expires = tonumber(expires)
  }
end
local function number(value) return string.format('%.0f', value) end
local function text_of(meta)
  return table.concat({
    '1', meta.epoch, meta.generation, number(meta.last), number(meta.bytes), number(meta.count),
    number(meta.renew), number(meta.expires)
  }, ' ')
end
local function begin(epoch, generation)
  return {
    epoch = epoch, generation = generation, last = 0, bytes = 0, count = 0, renew = 0, expires = 0
  }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local meta = read_meta(redis.call('GET', KEYS[1]))
`;

/**
 * KEYS: meta, list, producers, and with an id of the application what it became.
 * ARGV: generation, an epoch nobody else has, producer, its sequence, maxMessages, maxBytes, maxAge,
 * channel, then bodies.
 * Another generation or no meta begins another epoch, as does a list that is not as long as it was
 * left. All bodies are appended or none; what a producer appended already is not appended again.
 * Reply: epoch, offset of the first, time.
 */
export const APPEND = new Script(`${META}
local generation, epoch, producer, sequence = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local max_messages, max_bytes, max_age = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local length = redis.call('LLEN', KEYS[2])
local expired = meta and meta.expires <= now
if not meta or meta.generation ~= generation or (not expired and length ~= meta.count) then
  meta = begin(epoch, generation)
  redis.call('DEL', KEYS[2], KEYS[3])
else
  local had = redis.call('HGET', KEYS[3], producer)
  if had then
    local last, offset, at = string.match(had, '^(%d+) (%d+) (%d+)$')
    if last and sequence <= tonumber(last) then return { meta.epoch, offset, at } end
  end
  if KEYS[4] then
    local became = redis.call('GET', KEYS[4])
    if became then
      local of, offset, at = string.match(became, '^(%S+) (%d+) (%d+)$')
      if of == meta.epoch then return { of, offset, at } end
    end
  end
  if expired then
    if length > 0 then redis.call('DEL', KEYS[2]) end
    meta.count = 0
    meta.bytes = 0
  end
end

local stamp = string.format('%013.0f:', now)
local entries, lengths, size = {}, {}, 0
for i = 9, #ARGV do
  local body = ARGV[i]
  entries[#entries + 1] = stamp .. body
  lengths[#lengths + 1] = #body
  size = size + #body
end
redis.call('RPUSH', KEYS[2], unpack(entries))
local first = meta.last + 1
local renew = now >= meta.renew or meta.count == 0 or meta.expires < now + max_age
meta.last = meta.last + #entries
meta.count = meta.count + #entries
meta.bytes = meta.bytes + size

local over = meta.count - math.max(1, max_messages)
if over > 0 then
  for _, entry in ipairs(redis.call('LPOP', KEYS[2], over)) do
    meta.bytes = meta.bytes - #entry + 14
  end
  meta.count = meta.count - over
end
while meta.bytes > max_bytes and meta.count > 1 do
  meta.bytes = meta.bytes - #redis.call('LPOP', KEYS[2]) + 14
  meta.count = meta.count - 1
end

if renew then
  meta.expires = now + math.ceil(max_age * 1.2)
  meta.renew = now + math.floor(max_age * 0.1)
  redis.call('PEXPIREAT', KEYS[2], number(meta.expires))
end
local offset = number(first)
local at = number(now)
if redis.call('HSET', KEYS[3], producer, ARGV[4] .. ' ' .. offset .. ' ' .. at) == 1 then
  renew = true
  -- Producers of processes that are long gone.
  if redis.call('HLEN', KEYS[3]) > 128 then
    local all = redis.call('HGETALL', KEYS[3])
    for i = 1, #all, 2 do
      local seen = string.match(all[i + 1], ' (%d+)$')
      if not seen or tonumber(seen) < now - 300000 then redis.call('HDEL', KEYS[3], all[i]) end
    end
  end
end
if renew then
  redis.call('PEXPIRE', KEYS[3], number(max_age * 10))
  redis.call('SET', KEYS[1], text_of(meta), 'PX', number(max_age * 10))
else
  redis.call('SET', KEYS[1], text_of(meta), 'KEEPTTL')
end
if KEYS[4] then
  redis.call('SET', KEYS[4], meta.epoch .. ' ' .. offset .. ' ' .. at, 'PX', 300000)
end
redis.call('PUBLISH', ARGV[8],
  '1 ' .. meta.epoch .. ' ' .. offset .. ' ' .. at .. ' ' .. table.concat(lengths, ' ') .. '\\n' ..
  table.concat(ARGV, '', 9))
return { meta.epoch, offset, at }
`);

/**
 * KEYS: meta, list, producers. ARGV: generation, an epoch nobody else has, milliseconds to keep the
 * epoch from now on, an offset behind which entries are read, or -1 for none.
 * Writes the epoch with which a room begins, so that all who read it say the same. One that is kept for
 * less than half of what it should is kept longer; never shorter.
 * Reply: epoch, last offset, offset of the first entry, time, entries.
 */
export const READ = new Script(`${META}
local after = tonumber(ARGV[4])
local length = redis.call('LLEN', KEYS[2])
local expired = meta and meta.expires <= now
if not meta or meta.generation ~= ARGV[1] or (not expired and length ~= meta.count) then
  meta = begin(ARGV[2], ARGV[1])
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('SET', KEYS[1], text_of(meta), 'PX', ARGV[3])
elseif redis.call('PTTL', KEYS[1]) < ARGV[3] / 2 then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local first = meta.last - meta.count + 1
local entries = {}
if after >= 0 and not expired and meta.count > 0 and after < meta.last then
  first = math.max(first, after + 1)
  entries = redis.call('LRANGE', KEYS[2], number(first - meta.last - 1), -1)
end
return { meta.epoch, number(meta.last), number(first), number(now), entries }
`);

import { createHash } from 'node:crypto';

export interface RedisScript {
  readonly text: string;
  /** SHA-1 of the text in hexadecimal: how EVALSHA names a script. */
  readonly digest: string;
}

/**
 * One atomic step: marker, epoch, expiry, one unit. Nothing is spent unless nothing speaks against the key.
 * The counter's name ends with the end of its window and it expires with it: no counter without an end can exist,
 * because the increment and the expiry are one script.
 * KEYS: marker, epoch, counter prefix. ARGV: known epoch, expiry in Unix ms or '', window length in ms.
 */
export const admissionScript = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return {'revoked'} end
local epoch = redis.call('GET', KEYS[2])
if not epoch then return {'untrusted'} end
if tonumber(epoch) > tonumber(ARGV[1]) then return {'stale'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] ~= '' and now >= tonumber(ARGV[2]) then return {'expired'} end
local window = tonumber(ARGV[3])
local windowEnd = now - now % window + window
local counter = KEYS[3] .. string.format('%d', windowEnd)
local count = redis.call('INCR', counter)
if count == 1 then redis.call('PEXPIREAT', counter, windowEnd) end
return {'spent', count, windowEnd, now}
`);

/** An epoch only rises. KEYS: epoch. ARGV: epoch. */
export const raiseEpochScript = script(`
local epoch = redis.call('GET', KEYS[1])
if not epoch or tonumber(ARGV[1]) > tonumber(epoch) then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
`);

function script(text: string): RedisScript {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

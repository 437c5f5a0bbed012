import { createHash } from 'node:crypto';
import { markerRetentionMs } from './admission-store.ts';
import type { Generation } from './generation.ts';
import { redisKeys } from './redis-keys.ts';
import type { Mark } from './revocation-store.ts';

/** A script of one generation: called by its digest only, so that a process which has not loaded it answers NOSCRIPT. */
export interface GenerationScript {
  readonly text: string;
  /** SHA-1 of the text in hexadecimal: how EVALSHA names a script. */
  readonly digest: string;
}

export interface GenerationScripts {
  readonly generation: Generation;
  readonly spend: GenerationScript;
  readonly pulse: GenerationScript;
  readonly time: GenerationScript;
  readonly markUnderWitness: GenerationScript;
  readonly extendWitness: GenerationScript;
  readonly claim: GenerationScript;
  readonly markUnderClaim: GenerationScript;
  readonly setWitness: GenerationScript;
}

/** Milliseconds. A gateway whose last pulse is older is not counted as live. */
const gatewaySilenceMaxMs = 3_000;

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** ARGV from the given index on: kind, name and value of each mark. An epoch is only ever raised. */
const writeMarksFrom = (first: number) => `
for i = ${first}, #ARGV, 3 do
  local higher = true
  if ARGV[i] == 'epoch' then
    local epoch = redis.call('GET', ARGV[i + 1])
    higher = not epoch or tonumber(ARGV[i + 2]) >= tonumber(epoch)
  end
  if higher then redis.call('SET', ARGV[i + 1], ARGV[i + 2], 'PX', ${markerRetentionMs}) end
end
return 1`;

/**
 * The scripts of a generation. The text of each contains the generation. A script that says "trusted" reads the witness
 * first and writes before it answers, so that a primary which was demoted meanwhile answers READONLY instead.
 */
export function scriptsOf(generation: Generation): GenerationScripts {
  const g = `'${generation}'`;
  // Not among KEYS: a key named there must be writable by the caller, and a gateway may only read these.
  const untrusted = `if redis.call('GET', '${redisKeys.witness}') ~= ${g} then return {'untrusted'} end`;
  const noWitness = `if redis.call('GET', KEYS[1]) ~= ${g} then return 0 end`;
  const noClaim = noWitness;
  return {
    generation,
    // KEYS: counter prefix. ARGV: marker, epoch, known epoch, expiry in Unix ms or '', window length in ms, carried
    // window end or 0, carried count, unreported units, units.
    // The counter's name ends with its window, and increment and expiry are one step: no counter lives for ever.
    spend: script(`${untrusted}
if redis.call('EXISTS', ARGV[1]) == 1 then return {'revoked'} end
local epoch = redis.call('GET', ARGV[2])
if epoch and tonumber(epoch) > tonumber(ARGV[3]) then return {'stale'} end
${now}
if ARGV[4] ~= '' and now >= tonumber(ARGV[4]) then return {'expired'} end
local window = tonumber(ARGV[5])
local windowEnd = now - now % window + window
local counter = KEYS[1] .. string.format('%d', windowEnd)
local units = tonumber(ARGV[9])
if tonumber(ARGV[6]) == windowEnd then
  local count = tonumber(redis.call('GET', counter) or '0')
  units = units + tonumber(ARGV[8]) + math.max(0, tonumber(ARGV[7]) - count)
end
local count = redis.call('INCRBY', counter, units)
if count == units then redis.call('PEXPIREAT', counter, windowEnd) end
return {'spent', count, windowEnd, now}`),
    // KEYS: gateways. ARGV: gateway, then per open key: marker name, epoch name, known epoch, expiry or ''.
    pulse: script(`${untrusted}
${now}
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${gatewaySilenceMaxMs})
local reply = {'trusted', now, redis.call('ZCARD', KEYS[1])}
for i = 2, #ARGV, 4 do
  local epoch = redis.call('GET', ARGV[i + 1])
  local state = 'live'
  if redis.call('EXISTS', ARGV[i]) == 1 then state = 'revoked'
  elseif epoch and tonumber(epoch) > tonumber(ARGV[i + 2]) then state = 'stale'
  elseif ARGV[i + 3] ~= '' and now >= tonumber(ARGV[i + 3]) then state = 'expired' end
  reply[#reply + 1] = state
end
return reply`),
    time: script(`${noWitness}${now}
return now`),
    // KEYS: witness. ARGV: marks.
    markUnderWitness: script(`${noWitness}${writeMarksFrom(1)}`),
    // KEYS: witness. ARGV: until, Unix ms. The key exists, so a later end than its present one lies in the future.
    extendWitness: script(`${noWitness}
redis.call('PEXPIREAT', KEYS[1], ARGV[1], 'GT')
return 1`),
    // KEYS: claim.
    claim: script(`redis.call('SET', KEYS[1], ${g})${now}
return now`),
    // KEYS: claim. ARGV: marks.
    markUnderClaim: script(`${noClaim}${writeMarksFrom(1)}`),
    // KEYS: claim, witness. ARGV: until, Unix ms.
    setWitness: script(`${noClaim}${now}
if tonumber(ARGV[1]) <= now then return 0 end
redis.call('SET', KEYS[2], ${g}, 'PXAT', ARGV[1])
return 1`),
  };

  function script(body: string): GenerationScript {
    const text = `-- ${generation}\n${body}`;
    return { text, digest: createHash('sha1').update(text).digest('hex') };
  }
}

/** Every script of a generation, as a reload loads them. */
export function allScriptsOf(scripts: GenerationScripts): readonly GenerationScript[] {
  const { generation: _generation, ...byName } = scripts;
  return Object.values(byName);
}

/** Marks as the scripts take them: kind, name and value each. */
export function markArguments(marks: readonly Mark[]): readonly (string | number)[] {
  return marks.flatMap(argumentsOf);
}

function argumentsOf(mark: Mark): (string | number)[] {
  switch (mark.kind) {
    case 'key_revoked':
      return ['revoked', redisKeys.revoked(mark.keyId), 1];
    case 'organization_changed':
      return ['epoch', redisKeys.epoch(mark.organizationId), mark.epoch];
  }
}

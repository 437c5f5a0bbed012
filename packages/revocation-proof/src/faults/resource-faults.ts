import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { armed, type Fault, type FaultGround, redisAway } from './fault.ts';

const run = promisify(execFile);
const prlimit = '/usr/bin/prlimit';
/** Files. More than a gateway needs to answer at all, and fewer than its connections need. */
const filesLeft = 3;
const floodConcurrency = 8;

export const resourceFaults: readonly Fault[] = [
  {
    id: 'F18.files',
    what: 'a gateway has no file descriptor left',
    holdMs: [3_000, 1_500],
    promises: {},
    aftermath: 'none',
    missing: () => (existsSync(prlimit) ? undefined : `there is no ${prlimit} (Debian, Ubuntu: part of util-linux)`),
    arm: armed(({ product, random }) => {
      const { pid } = random.pick(product.gateways).running;
      const setMax = (max: number | string) => run(prlimit, [`--pid=${pid}`, `--nofile=${max}:`]);
      let before = '';
      return {
        inject: async () => {
          const { stdout } = await run(prlimit, [`--pid=${pid}`, '--nofile', '--output=SOFT', '--noheadings']);
          before = stdout.trim();
          await setMax(readdirSync(`/proc/${pid}/fd`).length + filesLeft);
        },
        heal: async () => void (await setMax(before)),
      };
    }),
  },
  {
    id: 'F21.flood',
    what: 'keys that nobody has, in a flood, while Redis is killed',
    holdMs: [3_000, 1_500],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed((ground) => {
      const over = new AbortController();
      let flood: Promise<unknown> | undefined;
      return {
        inject: async () => {
          flood = Promise.all(Array.from({ length: floodConcurrency }, () => sendGarbage(ground, over.signal)));
          await ground.redis.kill();
        },
        heal: async () => {
          await ground.redis.restart({ keepData: true });
          over.abort();
          await flood;
        },
      };
    }),
  },
];

/** Sends one well-formed unknown key after the other to every gateway in turn. */
async function sendGarbage({ product, random }: FaultGround, signal: AbortSignal): Promise<void> {
  const { gateways, owner } = product;
  for (let n = 0; !signal.aborted; n += 1) {
    const key = Array.from({ length: 32 }, () => Math.floor(random.between(0, 16)).toString(16)).join('');
    const url = `${gateways[n % gateways.length]?.address('api')}/api/v1/organizations/${owner.organizationId}/sites`;
    await fetch(url, { headers: { authorization: `Bearer et_live_${key}` }, signal })
      .then((answer) => answer.text())
      .catch(() => undefined);
  }
}

import { families } from './families/index.ts';
import { type PlantedHole, plantedHoles } from './planted-holes.ts';
import { runFamily } from './run-family.ts';
import type { Target } from './start-target.ts';
import { keepUpstreamLedger } from './upstream-ledger.ts';

export interface HoleResult {
  readonly hole: PlantedHole;
  /** The number of inputs until the first finding; undefined when the suite found nothing. */
  readonly foundAfter: number | undefined;
  readonly why: string;
}

const inputsMax = 6_000;
const plantHole = new URL('./plant-hole.mjs', import.meta.url).href;

/** Runs a gateway without each guard in turn, until the family of that hole finds it. */
export async function* findPlantedHoles(target: Target, seed: number): AsyncGenerator<HoleResult> {
  for (const hole of plantedHoles) yield await find(hole, target, seed);
}

async function find(hole: PlantedHole, target: Target, seed: number): Promise<HoleResult> {
  const family = families.find(({ name }) => name === hole.family);
  if (family === undefined) throw new Error(`There is no family ${hole.family}`);
  const { file, from, to } = hole;
  const gateway = await target.startGateway({
    NODE_OPTIONS: `--import=${plantHole}`,
    PLANTED_HOLE: JSON.stringify({ file, from, to }),
  });
  try {
    const port = Number(new URL(gateway.address('api')).port);
    const ledger = keepUpstreamLedger(target.upstream);
    const { inputs, findings } = await runFamily(family, {
      target: { ...target, gateway, port },
      ledger,
      seed,
      inputsMax,
      findingsMax: 1,
    });
    const [first] = findings;
    return {
      hole,
      foundAfter: first === undefined ? undefined : inputs,
      why: first === undefined ? '' : `${first.kind}: ${first.why}`,
    };
  } finally {
    await gateway.running.stop();
  }
}

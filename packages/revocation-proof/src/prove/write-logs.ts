import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Product } from '@engagetrack/test-ground';

/** What each service that runs now has printed, a file each, for whoever looks for the reason of a broken promise. */
export function writeLogs({ gateways, keyServices }: Product, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const services of [gateways, keyServices])
    for (const [n, { name, running }] of services.entries())
      writeFileSync(join(folder, `${name}-${n}.log`), running.output());
}

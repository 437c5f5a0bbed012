import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Product } from '@engagetrack/test-ground';

/**
 * Writes the output of each running service to a file of its own, so that the cause of a broken promise can be found.
 */
export function writeLogs({ gateways, keyServices }: Product, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const services of [gateways, keyServices])
    for (const [n, { name, running }] of services.entries())
      writeFileSync(join(folder, `${name}-${n}.log`), running.output());
}

import { createSeededRandom } from '@engagetrack/test-ground';
import { type HeadOptions, type InputKit, sites, type TestKeys } from './hostile-input.ts';

/** @param seed determines every random choice of the kit. */
export function createInputKit(keys: TestKeys, seed: number, family: string): InputKit {
  let inputs = 0;
  return {
    random: createSeededRandom(seed).fork(family),
    keys,
    next: () => {
      inputs += 1;
      return `${family}/${inputs}`;
    },
    head: (options) => requestHead({ authorization: `Bearer ${keys.full}`, ...options }),
  };
}

function requestHead(options: HeadOptions): string {
  const { nonce, method = 'GET', target = sites, version = 'HTTP/1.1', lines = [] } = options;
  const { host = 'api.test', authorization = null, connection = 'close' } = options;
  const fields = [
    ...(host === null ? [] : [`Host: ${host}`]),
    `User-Agent: ${nonce}`,
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...(connection === null ? [] : [`Connection: ${connection}`]),
    ...lines,
  ];
  return `${[`${method} ${target} ${version}`, ...fields].join('\r\n')}\r\n\r\n`;
}

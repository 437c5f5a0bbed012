import { addressIn, type Testbed } from './start-testbed.ts';

const answerDeadlineMs = 5_000;

/**
 * A ratio has a meaning only while the gateway does its whole job and the reference none of it. The check also makes
 * the gateway look up every key: at saturation from the first moment, the key service and its database would get no
 * time to answer.
 * @throws Error that names the proxy and its fault.
 */
export async function checkFullJob({ gateway, passThrough, references, path, keys }: Testbed): Promise<void> {
  const ask = async (proxy: typeof gateway, bearer: string | undefined): Promise<Response> => {
    const response = await fetch(addressIn(proxy.addresses, 'api') + path, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    await response.arrayBuffer();
    return response;
  };
  const refused = await ask(gateway, undefined);
  if (refused.status !== 401)
    throw new Error(`The gateway answered ${refused.status} to a request without a key, not 401`);
  const remaining = async (key: string): Promise<number> => {
    const admitted = await ask(gateway, key);
    if (admitted.status !== 200) throw new Error(`The gateway answered ${admitted.status} to a live key, not 200`);
    return Number(admitted.headers.get('x-ratelimit-remaining') ?? Number.NaN);
  };
  for (const key of keys) await remaining(key);
  const [key = ''] = keys;
  const first = await remaining(key);
  const second = await remaining(key);
  // Otherwise the window ended between the two answers.
  if (!(second < first) && !(first - second < 0)) throw new Error('The gateway counts no quota');
  for (const proxy of [passThrough, ...references]) {
    const passed = await ask(proxy, key);
    if (passed.status !== 200) throw new Error(`${proxy.name} answered ${passed.status}, not 200`);
  }
}

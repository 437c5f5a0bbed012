import { addressIn, type Testbed } from './start-testbed.ts';

const answerDeadlineMs = 5_000;

/**
 * A ratio means something only while the gateway does its whole job and the reference none of it.
 * @throws Error that says which of them does not.
 */
export async function checkFullJob({ gateway, passThrough, path, keys: [key] }: Testbed): Promise<void> {
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
  const remaining = async (): Promise<number> => {
    const admitted = await ask(gateway, key);
    if (admitted.status !== 200) throw new Error(`The gateway answered ${admitted.status} to a live key, not 200`);
    return Number(admitted.headers.get('x-ratelimit-remaining') ?? Number.NaN);
  };
  const first = await remaining();
  const second = await remaining();
  // Or the window ended between the two.
  if (!(second < first) && !(first - second < 0)) throw new Error('The gateway counts no quota');
  const passed = await ask(passThrough, undefined);
  if (passed.status !== 200) throw new Error(`The pass-through answered ${passed.status}, not 200`);
}

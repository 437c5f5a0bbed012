import type { RunningProxy } from './start-proxy.ts';
import { addressIn, type Testbed } from './start-testbed.ts';

const answerDeadlineMs = 5_000;

/**
 * A ratio has a meaning only while those that do the job do all of it, and the pass-throughs none. The check also makes
 * the gateway look up every key: at saturation from the first moment, the key service and its database would get no
 * time to answer.
 * @throws Error that names the proxy and its fault.
 */
export async function checkFullJob(testbed: Testbed): Promise<void> {
  const { gateway, passThrough, undiciPassThrough, sameJob, path, keys } = testbed;
  for (const proxy of [gateway, sameJob]) {
    const refused = await ask(proxy, undefined);
    if (refused.status !== 401)
      throw new Error(`${proxy.name} answered ${refused.status} to a request without a key, not 401`);
    for (const key of keys) await remaining(proxy, key);
    const [key = ''] = keys;
    const first = await remaining(proxy, key);
    const second = await remaining(proxy, key);
    // A larger number means that the window ended between the two answers.
    if (!(second < first) && !(first - second < 0)) throw new Error(`${proxy.name} counts no quota`);
  }
  for (const proxy of [passThrough, undiciPassThrough]) {
    const passed = await ask(proxy, undefined);
    if (passed.status !== 200) throw new Error(`${proxy.name} answered ${passed.status}, not 200`);
  }

  async function remaining(proxy: RunningProxy, key: string): Promise<number> {
    const admitted = await ask(proxy, key);
    if (admitted.status !== 200) throw new Error(`${proxy.name} answered ${admitted.status} to a live key, not 200`);
    return Number(admitted.headers.get('x-ratelimit-remaining') ?? Number.NaN);
  }

  async function ask(proxy: RunningProxy, bearer: string | undefined): Promise<Response> {
    const response = await fetch(addressIn(proxy.addresses, 'api') + path, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    await response.arrayBuffer();
    return response;
  }
}

import { openStores } from './open-stores.ts';

/** After the last suite: nothing of the run's stores is left. */
export default async function stopRunStores(): Promise<void> {
  await Promise.all(openStores.splice(0).map((store) => store.stop()));
}

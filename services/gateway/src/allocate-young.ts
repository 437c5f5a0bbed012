import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 allocate every object young.
 *
 * Where most objects of a kind live on for a while, as those of refusals that wait for their turn do, V8 begins to
 * allocate that kind old at once. A dead object among them then keeps whatever it refers to, which is the whole request,
 * until the next full collection: every young collection moves all of them, and full ones come every second.
 */
export function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

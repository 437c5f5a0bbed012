/**
 * The run's Redis, in a logical database of the suite's own: a product's key service vouches for the markers of its
 * own database and no other.
 */
export function redisDatabaseUrl(index: number): string {
  const { TEST_REDIS_URL } = process.env;
  if (TEST_REDIS_URL === undefined)
    throw new Error('There is no Redis in this run; wrap the suite in describeWithRedis');
  const url = new URL(TEST_REDIS_URL);
  url.pathname = `/${index}`;
  return url.href;
}

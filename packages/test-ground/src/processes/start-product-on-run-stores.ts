import { createRedisDatabaseUrl } from '../stores/run-store-url.ts';
import { createTestDatabase } from '../stores/test-database.ts';
import { type Product, type ProductOptions, startProduct } from './start-product.ts';

export interface ProductOnRunStores extends Product {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/**
 * The product on the stores of the run, in its own Redis database and its own Postgres database; `stop` drops the
 * latter.
 */
export async function startProductOnRunStores(
  options: Omit<ProductOptions, 'redisUrl' | 'databaseUrl'>,
): Promise<ProductOnRunStores> {
  const redisUrl = await createRedisDatabaseUrl();
  const database = await createTestDatabase();
  const product = await startProduct({ ...options, redisUrl, databaseUrl: database.url });
  return {
    ...product,
    redisUrl,
    databaseUrl: database.url,
    stop: async () => {
      await product.stop();
      await database.drop();
    },
  };
}

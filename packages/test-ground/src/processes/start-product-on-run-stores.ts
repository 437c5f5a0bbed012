import { createRedisDatabaseUrl } from '../stores/run-store-url.ts';
import { createTestDatabase } from '../stores/test-database.ts';
import { type Product, type ProductOptions, startProduct } from './start-product.ts';

export interface ProductOnRunStores extends Product {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

/** The product on the stores of the run, in a database of its own of each; `stop` drops the one of Postgres. */
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

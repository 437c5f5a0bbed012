import axe from 'axe-core';
import type { Page } from 'playwright-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Lists every accessibility violation on the page in its present state, as sentences. */
export async function violations(page: Page): Promise<readonly string[]> {
  // The debugger injects the script, because the page's own policy forbids it.
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
       violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => [id, help, target.join(' '), failureSummary].join(' | '))))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe did not answer'];
}

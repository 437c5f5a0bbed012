import axe from 'axe-core';
import type { Page } from 'playwright-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Every violation of the rules for accessibility on the page as it stands, as sentences; none is what is wanted. */
export async function violations(page: Page): Promise<readonly string[]> {
  // Told to the page by the debugger: the page's own policy lets no such script in.
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
       violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => [id, help, target.join(' '), failureSummary].join(' | '))))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe did not answer'];
}

import { readFileSync } from 'node:fs';
import { StartupError } from '@engagetrack/service-chassis';
import { parseRouteTable, type RouteFileContext } from './parse-route-table.ts';
import type { RouteTable } from './route-table.ts';

/**
 * Reads the route table that a gateway serves.
 * @throws StartupError with `file:line:column: fault and correct form`, one fault a line.
 */
export function readRouteTableFile(file: string, context: RouteFileContext): RouteTable {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new StartupError(
      `ROUTES_FILE: cannot read ${file}; it must be a readable route table such as config/routes.yaml`,
    );
  }
  const parsed = parseRouteTable(text, context);
  if (parsed.ok) return parsed.table;
  throw new StartupError(
    parsed.faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
  );
}

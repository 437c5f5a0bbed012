import {
  type Action,
  type Resource,
  type ResourceWords,
  resources,
  resourceWords,
  type Scope,
  type ScopeRow,
  scopeTable,
} from '@engagetrack/contracts';

/** A resource, and the scopes that there are for it. */
export interface MatrixRow extends ResourceWords {
  readonly resource: Resource;
  readonly scopes: readonly ScopeRow[];
}

export const matrixRows: readonly MatrixRow[] = resources.map((resource) => ({
  resource,
  ...resourceWords[resource],
  scopes: scopeTable.filter((row) => row.resource === resource),
}));

/** @returns undefined where there is no such scope, such as for writing analytics. */
export function scopeFor({ scopes }: MatrixRow, action: Action): Scope | undefined {
  return scopes.find((each) => each.action === action)?.scope;
}

/** A row of which something is ticked and reading is not. */
export interface RowWithoutRead extends MatrixRow {
  readonly ticked: Action;
  readonly read: Scope;
}

/** Rows that can be written but not read: rarely what was meant, since write never implies read. */
export function rowsWithoutRead(chosen: ReadonlySet<Scope>): readonly RowWithoutRead[] {
  return matrixRows.flatMap((row) => {
    const read = scopeFor(row, 'read');
    const ticked = row.scopes.find(({ scope }) => chosen.has(scope));
    if (read === undefined || ticked === undefined || chosen.has(read)) return [];
    return [{ ...row, read, ticked: ticked.action }];
  });
}

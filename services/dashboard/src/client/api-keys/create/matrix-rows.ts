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

/** A resource and its scopes. */
export interface MatrixRow extends ResourceWords {
  readonly resource: Resource;
  readonly scopes: readonly ScopeRow[];
}

export const matrixRows: readonly MatrixRow[] = resources.map((resource) => ({
  resource,
  ...resourceWords[resource],
  scopes: scopeTable.filter((row) => row.resource === resource),
}));

/** @returns undefined for a scope that does not exist, such as writing analytics. */
export function scopeFor({ scopes }: MatrixRow, action: Action): Scope | undefined {
  return scopes.find((each) => each.action === action)?.scope;
}

/** A row with a ticked scope but without its read scope. */
export interface RowWithoutRead extends MatrixRow {
  readonly ticked: Action;
  readonly read: Scope;
}

/** Rows that can be written but not read. That is rarely intended, since write never implies read. */
export function rowsWithoutRead(chosen: ReadonlySet<Scope>): readonly RowWithoutRead[] {
  return matrixRows.flatMap((row) => {
    const read = scopeFor(row, 'read');
    const ticked = row.scopes.find(({ scope }) => chosen.has(scope));
    if (read === undefined || ticked === undefined || chosen.has(read)) return [];
    return [{ ...row, read, ticked: ticked.action }];
  });
}

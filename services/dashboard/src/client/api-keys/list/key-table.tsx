import { UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { ArrowDownIcon, ArrowUpIcon } from '../../parts/icons.tsx';
import type { Usage } from '../usage/key-usage.ts';
import { UsageCell } from '../usage/usage-cell.tsx';
import { ExpiresCell, KeyPreview, LastUsedCell, NameCell, StatusCell } from './cells.tsx';
import type { ListedKey } from './key-status.ts';
import classes from './key-table.module.css';
import { isDescendingAtFirst, type ListView, type SortColumn } from './list-view.ts';
import { RowMenu } from './row-menu.tsx';
import { ScopeChips } from './scope-chips.tsx';

export interface KeysProps {
  /** The keys of one page. */
  readonly keys: readonly ListedKey[];
  readonly view: ListView;
  readonly usage: Usage;
  readonly apiAccess: boolean;
  readonly nowMs: number;
  readonly onChange: (options: Partial<ListView>) => void;
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
  readonly onRevokeIntent: () => void;
}

export function KeyTable({ keys, view, usage, apiAccess, nowMs, onChange, onRevoke, onRevokeIntent }: KeysProps) {
  const head = { view, onChange };
  // Where columns of their own do not fit, the usage stands below the last use and the scopes below the name.
  const roomy = useMediaQuery('(min-width: 1152px)', true, { getInitialValueInEffect: false });
  const tight = useMediaQuery('(max-width: 819.98px)', false, { getInitialValueInEffect: false });
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <caption className="visually-hidden">API keys</caption>
        <thead>
          <tr>
            <SortHead columns={nameColumns} {...head} />
            <th scope="col" className={classes.keyColumn}>
              Key
            </th>
            {!tight && <th scope="col">Scopes</th>}
            <SortHead columns={usedColumns} {...head} />
            {roomy && <th scope="col">Usage 24 h</th>}
            <SortHead columns={expiresColumns} {...head} />
            <th scope="col">Status</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id} data-key-id={key.id} data-revoked={key.revoked_at === null ? undefined : true}>
              <th scope="row" className={classes.nameColumn}>
                <NameCell apiKey={key} />
                <span className={classes.withName}>
                  <KeyPreview preview={key.preview} />
                </span>
                {tight && <ScopeChips scopes={key.scopes} keyName={key.name} />}
              </th>
              <td className={classes.keyColumn}>
                <KeyPreview preview={key.preview} />
              </td>
              {!tight && (
                <td>
                  <ScopeChips scopes={key.scopes} keyName={key.name} />
                </td>
              )}
              <td>
                <LastUsedCell apiKey={key} nowMs={nowMs} onRevoke={onRevoke} />
                {!roomy && <UsageCell apiKey={key} usage={usage} />}
              </td>
              {roomy && (
                <td>
                  <UsageCell apiKey={key} usage={usage} />
                </td>
              )}
              <td>
                <ExpiresCell apiKey={key} nowMs={nowMs} />
              </td>
              <td className={classes.statusColumn}>
                <StatusCell apiKey={key} nowMs={nowMs} apiAccess={apiAccess} />
              </td>
              <td className={classes.menuColumn}>
                <RowMenu apiKey={key} onRevoke={onRevoke} onRevokeIntent={onRevokeIntent} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nameColumns = [
  { column: 'name', label: 'Name' },
  { column: 'created', label: 'Created' },
] as const;
const usedColumns = [{ column: 'used', label: 'Last used' }] as const;
const expiresColumns = [{ column: 'expires', label: 'Expires' }] as const;

interface SortProps {
  readonly view: ListView;
  readonly onChange: (options: Partial<ListView>) => void;
}

interface SortColumnName {
  readonly column: SortColumn;
  readonly label: string;
}

/** The head of a column, which may offer two values to sort by. */
function SortHead({ columns, ...props }: SortProps & { readonly columns: readonly SortColumnName[] }) {
  const { view } = props;
  const sorted = columns.some(({ column }) => column === view.sort);
  return (
    <th scope="col" aria-sort={sorted ? (view.descending ? 'descending' : 'ascending') : undefined}>
      <span className={classes.heads}>
        {columns.map((column) => (
          <SortButton key={column.column} {...column} {...props} />
        ))}
      </span>
    </th>
  );
}

function SortButton({ column, label, view, onChange }: SortProps & SortColumnName) {
  const sorted = view.sort === column;
  const next = sorted ? !view.descending : isDescendingAtFirst(column);
  return (
    <UnstyledButton
      className={classes.sort ?? ''}
      data-sorted={sorted || undefined}
      onClick={() => onChange({ sort: column, descending: next })}
    >
      {label}
      <span className={classes.arrow}>
        {(sorted ? view.descending : next) ? <ArrowDownIcon size={13} /> : <ArrowUpIcon size={13} />}
      </span>
    </UnstyledButton>
  );
}

import { UsageCell } from '../usage/usage-cell.tsx';
import { ExpiresCell, KeyPreview, LastUsedCell, NameCell, StatusCell } from './cells.tsx';
import classes from './key-cards.module.css';
import type { KeysProps } from './key-table.tsx';
import { RowMenu } from './row-menu.tsx';

/** The list where a table does not fit: name, status, last use and menu come first. */
export function KeyCards({ keys, usage, apiAccess, nowMs, onRevoke, onRevokeIntent }: KeysProps) {
  return (
    <ul className={classes.cards} aria-label="API keys">
      {keys.map((key) => (
        <li key={key.id} className={classes.card} data-key-id={key.id}>
          <div className={classes.head}>
            <NameCell apiKey={key} />
            <RowMenu apiKey={key} onRevoke={onRevoke} onRevokeIntent={onRevokeIntent} />
          </div>
          <StatusCell apiKey={key} nowMs={nowMs} apiAccess={apiAccess} />
          <dl className={classes.facts}>
            <dt>Last used</dt>
            <dd>
              <LastUsedCell apiKey={key} nowMs={nowMs} onRevoke={onRevoke} />
            </dd>
            <dt>Usage 24 h</dt>
            <dd>
              <UsageCell apiKey={key} usage={usage} />
            </dd>
            <dt>Expires</dt>
            <dd>
              <ExpiresCell apiKey={key} nowMs={nowMs} />
            </dd>
            <dt>Key</dt>
            <dd>
              <KeyPreview preview={key.preview} />
            </dd>
            <dt>Scopes</dt>
            <dd className={classes.scopes}>{key.scopes.join(', ')}</dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}

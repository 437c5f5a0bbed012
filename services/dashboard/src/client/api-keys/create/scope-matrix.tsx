import { type Action, actions, actionWords, type Scope } from '@engagetrack/contracts';
import { Button, Checkbox } from '@mantine/core';
import classes from './fields.module.css';
import { type MatrixRow, matrixRows, rowsWithoutRead, scopeFor } from './matrix-rows.ts';

export interface ScopeMatrixProps {
  readonly chosen: ReadonlySet<Scope>;
  readonly onChosen: (scopes: ReadonlySet<Scope>) => void;
}

/**
 * Every permission by itself. A scope that does not exist, such as writing analytics, has no cell rather than a
 * disabled one.
 */
export function ScopeMatrix({ chosen, onChosen }: ScopeMatrixProps) {
  const set = (scope: Scope, wanted: boolean) => {
    const next = new Set(chosen);
    if (wanted) next.add(scope);
    else next.delete(scope);
    onChosen(next);
  };
  return (
    <>
      <table className={classes.matrix}>
        <caption className="visually-hidden">Permissions of the key</caption>
        <thead>
          <tr>
            <th scope="col">Resource</th>
            {actions.map((action) => (
              <th key={action} scope="col">
                {actionWords[action].label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrixRows.map((row) => (
            <tr key={row.resource}>
              <th scope="row">
                {row.label}
                {row.note !== undefined && <span className={classes.note}>{row.note}</span>}
              </th>
              {actions.map((action) => (
                <td key={action}>
                  <ScopeBox row={row} action={action} chosen={chosen} onChange={set} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div aria-live="polite">
        {rowsWithoutRead(chosen).map(({ resource, label, ticked, read }) => (
          <p key={resource} className={classes.hint}>
            <span>
              {actionWords[ticked].label} does not include read. Also allow reading {label.toLowerCase()}?
            </span>
            <Button variant="default" size="xs" onClick={() => set(read, true)}>
              Add {read}
            </Button>
          </p>
        ))}
      </div>
    </>
  );
}

interface ScopeBoxProps {
  readonly row: MatrixRow;
  readonly action: Action;
  readonly chosen: ReadonlySet<Scope>;
  readonly onChange: (scope: Scope, wanted: boolean) => void;
}

function ScopeBox({ row, action, chosen, onChange }: ScopeBoxProps) {
  const scope = scopeFor(row, action);
  if (scope === undefined) return null;
  return (
    <Checkbox
      size="md"
      aria-label={`${actionWords[action].label} ${row.label.toLowerCase()}`}
      checked={chosen.has(scope)}
      onChange={(event) => onChange(scope, event.currentTarget.checked)}
    />
  );
}

import type { Scope } from '@engagetrack/contracts';
import { Button, Checkbox } from '@mantine/core';
import classes from './fields.module.css';
import { type MatrixRow, matrixRows, rowsWithoutRead } from './scope-presets.ts';

export interface ScopeMatrixProps {
  readonly chosen: ReadonlySet<Scope>;
  readonly onChosen: (scopes: ReadonlySet<Scope>) => void;
}

/** Every permission by itself. What does not exist, such as writing analytics, has no cell rather than a dead one. */
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
            <th scope="col">Read</th>
            <th scope="col">Write</th>
          </tr>
        </thead>
        <tbody>
          {matrixRows.map((row) => (
            <tr key={row.resource}>
              <th scope="row">
                {row.label}
                {row.note !== undefined && <span className={classes.note}>{row.note}</span>}
              </th>
              <td>
                <ScopeBox scope={row.read} row={row} access="Read" chosen={chosen} onChange={set} />
              </td>
              <td>
                {row.write !== undefined && (
                  <ScopeBox scope={row.write} row={row} access="Write" chosen={chosen} onChange={set} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div aria-live="polite">
        {rowsWithoutRead(chosen).map(({ resource, label, read }) => (
          <p key={resource} className={classes.hint}>
            <span>Write does not include read. Also allow reading {label.toLowerCase()}?</span>
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
  readonly scope: Scope;
  readonly row: MatrixRow;
  readonly access: 'Read' | 'Write';
  readonly chosen: ReadonlySet<Scope>;
  readonly onChange: (scope: Scope, wanted: boolean) => void;
}

function ScopeBox({ scope, row, access, chosen, onChange }: ScopeBoxProps) {
  return (
    <Checkbox
      size="md"
      aria-label={`${access} ${row.label.toLowerCase()}`}
      checked={chosen.has(scope)}
      onChange={(event) => onChange(scope, event.currentTarget.checked)}
    />
  );
}

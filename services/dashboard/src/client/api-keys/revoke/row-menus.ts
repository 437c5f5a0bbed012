/** The menu of a key's row, or of the row after it: the focus goes there when the dialog about the key has closed. */
export function findOwnMenu(keyId: string): HTMLElement | null {
  return menuIn(findRow(keyId));
}

export function findNextMenu(keyId: string): HTMLElement | null {
  const rows = [...document.querySelectorAll('[data-key-id]')];
  const index = rows.findIndex((row) => row.getAttribute('data-key-id') === keyId);
  const [next] = [...rows.slice(index + 1), ...rows.slice(0, Math.max(0, index)).reverse()].flatMap(
    (row) => menuIn(row) ?? [],
  );
  return next ?? document.querySelector<HTMLElement>('h1');
}

function findRow(keyId: string): Element | undefined {
  return [...document.querySelectorAll('[data-key-id]')].find((row) => row.getAttribute('data-key-id') === keyId);
}

function menuIn(row: Element | undefined): HTMLElement | null {
  return row?.querySelector<HTMLElement>('[data-row-menu]') ?? null;
}

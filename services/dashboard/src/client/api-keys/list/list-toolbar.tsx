import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { ArrowDownIcon, ArrowUpIcon, SearchIcon, UpDownIcon } from '../../parts/icons.tsx';
import { useShortcuts } from '../../parts/use-shortcuts.ts';
import classes from './list-toolbar.module.css';
import {
  isDescendingAtFirst,
  type ListFilter,
  type ListView,
  listFilters,
  type SortColumn,
  sortColumns,
} from './list-view.ts';

export interface ListToolbarProps {
  readonly view: ListView;
  /** Whether the list has no column heads to sort by. */
  readonly narrow: boolean;
  readonly onChange: (options: Partial<ListView>) => void;
}

const filterNames: Readonly<Record<ListFilter, string>> = {
  active: 'Active',
  expiring: 'Expiring soon',
  idle: 'Idle',
  expired: 'Expired',
  revoked: 'Revoked',
};

const sortNames: Readonly<Record<SortColumn, string>> = {
  name: 'Name',
  used: 'Last used',
  expires: 'Expires',
  created: 'Created',
};

export function ListToolbar({ view, narrow, onChange }: ListToolbarProps) {
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  return (
    <search className={classes.toolbar}>
      <TextInput
        ref={search}
        className={classes.search ?? ''}
        aria-label="Search by name or last four characters"
        aria-keyshortcuts="/"
        placeholder="Search name or last 4"
        type="search"
        leftSection={<SearchIcon />}
        value={view.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
      />
      <NativeSelect
        className={classes.choice ?? ''}
        rightSection={<UpDownIcon />}
        aria-label="Show"
        value={view.filter}
        onChange={(event) => {
          const chosen = listFilters.find((filter) => filter === event.currentTarget.value);
          if (chosen !== undefined) onChange({ filter: chosen });
        }}
      >
        {listFilters.map((filter) => (
          <option key={filter} value={filter}>
            {filterNames[filter]}
          </option>
        ))}
      </NativeSelect>
      {narrow && <SortChoice view={view} onChange={onChange} />}
    </search>
  );
}

function SortChoice({ view, onChange }: Pick<ListToolbarProps, 'view' | 'onChange'>) {
  return (
    <>
      <NativeSelect
        className={classes.choice ?? ''}
        rightSection={<UpDownIcon />}
        aria-label="Sort by"
        value={view.sort}
        onChange={(event) => {
          const chosen = sortColumns.find((column) => column === event.currentTarget.value);
          if (chosen !== undefined) onChange({ sort: chosen, descending: isDescendingAtFirst(chosen) });
        }}
      >
        {sortColumns.map((column) => (
          <option key={column} value={column}>
            {sortNames[column]}
          </option>
        ))}
      </NativeSelect>
      <Button
        variant="default"
        px="sm"
        aria-label="Descending order"
        aria-pressed={view.descending}
        onClick={() => onChange({ descending: !view.descending })}
      >
        {view.descending ? <ArrowDownIcon /> : <ArrowUpIcon />}
      </Button>
    </>
  );
}

import { ActionIcon, Menu } from '@mantine/core';
import { useAnnounce } from '../../parts/announcer.tsx';
import { copyText } from '../../parts/copy-text.ts';
import { DotsIcon } from '../../parts/icons.tsx';
import type { ListedKey } from './key-status.ts';

export interface RowMenuProps {
  readonly apiKey: ListedKey;
  readonly onRevoke: ((key: ListedKey) => void) | undefined;
  readonly onRevokeIntent: () => void;
}

/** What can be done with one key. A revoked one has no menu: there is nothing left to do. */
export function RowMenu({ apiKey, onRevoke, onRevokeIntent }: RowMenuProps) {
  const announce = useAnnounce();
  if (apiKey.revoked_at !== undefined) return null;
  const copyId = async () => {
    announce((await copyText(apiKey.id)) ? 'Copied the key id' : `The key id is ${apiKey.id}`);
  };
  return (
    <Menu position="bottom-end" width={180} withInitialFocusPlaceholder={false} onOpen={onRevokeIntent}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions for ${apiKey.name}`} data-row-menu>
          <DotsIcon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={copyId}>Copy key id</Menu.Item>
        {onRevoke !== undefined && (
          <Menu.Item color="red" onClick={() => onRevoke(apiKey)}>
            Revoke
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

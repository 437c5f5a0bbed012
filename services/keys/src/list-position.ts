import { apiKeyIdSchema } from '@engagetrack/contracts';
import type { ListPosition } from './api-key-store.ts';

/** A position as an opaque cursor. */
export function cursorFor({ createdAt, id }: ListPosition): string {
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** @returns the position that a cursor stands for, or undefined when this service did not make the cursor. */
export function parseCursor(cursor: string): ListPosition | undefined {
  const [, timeText, idText] = /^(\d{1,15}) (key_\w+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const id = apiKeyIdSchema.safeParse(idText);
  return id.success ? { createdAt: new Date(Number(timeText)), id: id.data } : undefined;
}

import type { Announcement } from '@engagetrack/contracts';
import { organizationIdSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AnnouncementBus } from '../src/index.ts';
import { newKeyId } from './admission-store-contract.ts';

/** The bus as the key service and as a gateway have it; in one process they may be the same object. */
export interface TwoEnds {
  readonly announcer: AnnouncementBus;
  readonly gateway: AnnouncementBus;
  close(): Promise<void>;
}

const hearDeadlineMs = 5_000;
const organizationId = organizationIdSchema.parse('org_announcements');

export function newAnnouncement(): Announcement {
  return { kind: 'key_revoked', key_id: newKeyId(), organization_id: organizationId };
}

/** Announces again until the listener has heard one of these announcements: a subscription takes a moment. */
export async function announceUntilHeard(
  announcer: AnnouncementBus,
  heard: readonly Announcement[],
): Promise<Announcement> {
  const announcement = newAnnouncement();
  await waitFor(
    async () => {
      await announcer.announce(announcement);
      return waitFor(() => hears(heard, announcement), { deadlineMs: 50, what: 'the announcement just made' });
    },
    { deadlineMs: hearDeadlineMs, what: 'any announcement' },
  );
  return announcement;
}

export function hears(heard: readonly Announcement[], announcement: Announcement): boolean {
  return heard.some((each) => JSON.stringify(each) === JSON.stringify(announcement));
}

/** What every adapter of the port promises. */
export function itKeepsTheAnnouncementPromises(openTwoEnds: () => Promise<TwoEnds>): void {
  let ends: TwoEnds;
  beforeAll(async () => {
    ends = await openTwoEnds();
  });
  afterAll(() => ends.close());

  it('delivers every kind of announcement as it was made', async () => {
    const heard: Announcement[] = [];
    const unsubscribe = ends.gateway.subscribe((announcement) => heard.push(announcement));
    await announceUntilHeard(ends.announcer, heard);
    const made: Announcement[] = [
      newAnnouncement(),
      { kind: 'organization_changed', organization_id: organizationId, epoch: 7 },
    ];
    for (const announcement of made) await ends.announcer.announce(announcement);
    for (const announcement of made)
      await waitFor(() => hears(heard, announcement), { deadlineMs: hearDeadlineMs, what: announcement.kind });
    unsubscribe();
  });

  it('delivers to every listener, and no more to one that has unsubscribed', async () => {
    const [left, stayed]: [Announcement[], Announcement[]] = [[], []];
    const leave = ends.gateway.subscribe((announcement) => left.push(announcement));
    const unsubscribe = ends.gateway.subscribe((announcement) => stayed.push(announcement));
    const first = await announceUntilHeard(ends.announcer, stayed);
    await waitFor(() => hears(left, first), { deadlineMs: hearDeadlineMs, what: 'the other listener' });
    leave();
    const second = await announceUntilHeard(ends.announcer, stayed);
    expect(hears(left, second)).toBe(false);
    unsubscribe();
  });
}

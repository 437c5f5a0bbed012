import { waitFor } from '@engagetrack/test-ground/stores';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violations } from './axe.ts';
import { type Browser, logIn, openBrowser } from './browser.ts';
import { atEveryWidth, keepPicture } from './screenshots.ts';
import { createKey, type System, startSystem } from './system.ts';

/** The product with keys in every state, and its owner logged in: in a demo organization, one on Maker and an empty one. */
export interface Showcase {
  readonly system: System;
  readonly browser: Browser;
  readonly page: Page;
  open(organizationId: string, path?: string): Promise<unknown>;
  /**
   * Judges the page in its present state, at every width and in both schemes: nothing overflows and axe finds nothing.
   * Keeps a picture of each.
   */
  lookAt(name: string): Promise<void>;
  /** Undoes changes that a test may have left in the browser. */
  startAfresh(): Promise<void>;
  close(): Promise<void>;
}

export async function openShowcase(): Promise<Showcase> {
  const system = await startSystem();
  await fill(system);
  // No page is judged in the middle of an animation.
  const browser = await openBrowser({ reducedMotion: 'reduce' });
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { page } = browser;
  await logIn(page, system.url, system.owner);

  const lookAt = async (name: string) => {
    await atEveryWidth(page, async (width) => {
      await waitFor(
        () => page.evaluate<boolean>('document.documentElement.scrollWidth === document.documentElement.clientWidth'),
        { deadlineMs: 5_000, what: `${name} without anything beyond the edge at ${width} px` },
      );
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
        expect([name, width, colorScheme, await violations(page)]).toEqual([name, width, colorScheme, []]);
        await keepPicture(page, `${name}-${width}-${colorScheme}`);
      }
      await page.emulateMedia({ colorScheme: 'light' });
    });
  };

  return {
    system,
    browser,
    page,
    open: (organizationId, path = '/settings/api-keys') => page.goto(`${system.url}${path}?org=${organizationId}`),
    lookAt,
    startAfresh: async () => {
      await page.unrouteAll();
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
    },
    close: async () => {
      await browser.close();
      await browser.removeProfile();
      await system.stop();
    },
  };
}

/** 1,204 requests; none in the oldest hour, which may be over before the test looks. */
const busyDay = [0, 9, 6, 5, 4, 8, 20, 45, 70, 88, 92, 85, 80, 77, 90, 95, 84, 66, 58, 52, 47, 41, 38, 44];

async function fill(system: System): Promise<void> {
  const { email, organizationId } = system.owner;
  await system.addOrganization({ id: 'org_hobby', name: 'Hobby Blog', plan: 'startup' });
  await system.addOrganization({ id: 'org_fresh', name: 'Fresh Start', plan: 'agency' });
  await system.addMember({ organizationId: 'org_hobby', email, role: 'owner' });
  await system.addMember({ organizationId: 'org_fresh', email, role: 'admin' });
  await system.addMember({ organizationId, email: 'member@example.com', role: 'member' });
  await createKey(system, {
    name: 'Data warehouse sync',
    usedMinutesAgo: 3,
    createdDaysAgo: 40,
    requestsByHour: busyDay,
    limited: 3,
  });
  await createKey(system, {
    name: 'Looker dashboards',
    scopes: ['analytics:read', 'sites:read', 'goals:read', 'funnels:read', 'annotations:read', 'visitors:read'],
    expiresInDays: 240,
    usedMinutesAgo: 26 * 60,
  });
  await createKey(system, { name: 'Goal automation', scopes: ['goals:read', 'goals:write'], expiresInDays: 12 });
  await createKey(system, { name: 'Zapier annotations', scopes: ['annotations:write'], expiresInDays: 2 });
  await createKey(system, { name: 'Trial', createdDaysAgo: 33, usedMinutesAgo: 4 * 24 * 60, expiredDaysAgo: 3 });
  await createKey(system, { name: 'Retired export', createdDaysAgo: 200, revokedDaysAgo: 5 });
  await createKey(system, { name: 'Long gone', createdDaysAgo: 300, revokedDaysAgo: 91 });
  await createKey(system, { name: 'Old importer', usedMinutesAgo: 45 * 24 * 60, createdDaysAgo: 400 });
  await createKey(system, { name: 'Left over', organizationId: 'org_hobby' });
  await system.sql("update organizations set plan = 'maker' where id = 'org_hobby'");
}

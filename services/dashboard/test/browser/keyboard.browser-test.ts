import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { type Browser, isFocused, openBrowser } from './browser.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { createKey, type System, startSystem } from './system.ts';

describeInBrowser('the whole way by keyboard alone', () => {
  let system: System;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    system = await startSystem();
    await createKey(system, { name: 'Data warehouse sync', usedMinutesAgo: 3 });
    await createKey(system, { name: 'Looker dashboards' });
    browser = await openBrowser();
    page = browser.page;
  });
  afterAll(async () => {
    await browser?.close();
    await browser?.removeProfile();
    await system?.stop();
  });

  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focusComesTo = (locator: Locator, what: string) =>
    waitFor(() => isFocused(locator), { deadlineMs: 5_000, what: `the focus on ${what}` });
  /** Presses Tab until the element has the focus; every stop on the way must show where the focus is. */
  const tabTo = async (locator: Locator, what: string) => {
    for (let stops = 0; stops < 60; stops += 1) {
      await press('Tab');
      if ((await locator.count()) === 1 && (await isFocused(locator))) {
        const outline = await locator.evaluate((node) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(node);
          const beside = node.nextElementSibling === null ? '' : getComputedStyle(node.nextElementSibling).outlineStyle;
          return outlineStyle !== 'none' && outlineWidth !== '0px' ? 'seen' : beside;
        });
        expect([what, outline]).toEqual([what, 'seen']);
        return;
      }
    }
    throw new Error(`Sixty stops do not lead to ${what}`);
  };

  it('logs in', async () => {
    await page.goto(`${system.url}/login`);
    await tabTo(page.getByLabel('Email'), 'the email');
    await page.keyboard.type(system.owner.email);
    await press('Tab');
    await page.keyboard.type(system.owner.password);
    await press('Enter');
    await page.getByRole('table').waitFor();
  });

  it('skips to the content, and finds the search and back', async () => {
    await page.reload();
    await page.getByRole('table').waitFor();
    await press('Tab');
    expect(await isFocused(page.getByRole('link', { name: 'Skip to content' }))).toBe(true);
    await press('Enter');
    await focusComesTo(page.getByRole('main'), 'the content');
    await press('/');
    await focusComesTo(page.getByRole('searchbox'), 'the search');
    // In a field, a letter is text and no shortcut.
    await press('c');
    expect(await page.getByRole('searchbox').inputValue()).toBe('c');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await press('Backspace');
  });

  it('sorts by a column', async () => {
    await tabTo(page.getByRole('button', { name: 'Name', exact: true }), 'the head of the names');
    await press('Enter');
    await page.waitForURL(/sort=name/);
    await page.locator('th[aria-sort=ascending]').filter({ hasText: 'Name' }).waitFor();
  });

  it('creates a key: one key opens the dialog, arrows choose, Enter submits, and focus stays inside', async () => {
    await page.getByRole('main').focus();
    await press('c');
    const dialog = page.getByRole('dialog', { name: 'Create API key' });
    await focusComesTo(dialog.getByRole('textbox', { name: 'Name' }), 'the name');
    await page.keyboard.type('Made without a mouse');
    await press('Tab');
    expect(await isFocused(dialog.getByRole('radio', { name: 'Reporting' }))).toBe(true);
    await press('ArrowDown', 'ArrowDown');
    expect(await dialog.getByRole('radio', { name: 'Custom', exact: true }).isChecked()).toBe(true);
    await tabTo(dialog.getByRole('checkbox', { name: 'Write goals' }), 'a permission');
    await press('Space');
    await tabTo(dialog.getByRole('button', { name: 'Add goals:read' }), 'the missing read');
    await press('Enter');
    expect(await dialog.getByRole('checkbox', { name: 'Read goals' }).isChecked()).toBe(true);

    const outside = await page.evaluate(`(() => {
      const behind = document.querySelector('header button');
      behind.focus();
      return document.activeElement === behind;
    })()`);
    expect(outside).toBe(false);
    await dialog.getByRole('textbox', { name: 'Name' }).focus();
    await press('Enter');
    await focusComesTo(page.getByRole('heading', { name: 'Save your API key' }), 'the heading of the key');
  });

  it('is asked before an uncopied key is lost, copies it, tries it out, and is led back', async () => {
    const reveal = page.getByRole('dialog', { name: 'Save your API key' });
    await press('Escape');
    const guard = page.getByRole('alertdialog', { name: 'Close without copying?' });
    await focusComesTo(guard.getByRole('button', { name: 'Go back' }), 'the way back');
    // A second Escape gives the safe answer, too.
    await press('Escape');
    await guard.waitFor({ state: 'detached' });
    expect(await reveal.isVisible()).toBe(true);

    await tabTo(reveal.getByRole('textbox', { name: 'API key' }), 'the key');
    expect(await page.evaluate('getSelection().toString().length')).toBe(40);
    await tabTo(reveal.getByRole('tab', { name: '.env' }), 'the examples');
    await press('ArrowRight');
    expect(await reveal.getByRole('tab', { name: 'curl' }).getAttribute('aria-selected')).toBe('true');
    await tabTo(reveal.getByRole('button', { name: 'Send a test request' }), 'the test request');
    await press('Enter');
    await reveal.getByText('The key works.').waitFor();
    await tabTo(reveal.getByRole('checkbox', { name: 'I have stored this key' }), 'the box');
    await press('Space');
    await tabTo(reveal.getByRole('button', { name: 'Done' }), 'the end');
    await press('Enter');
    await reveal.waitFor({ state: 'detached' });
    await focusComesTo(page.getByRole('main'), 'what had the focus before');
    await page.getByRole('row', { name: /Made without a mouse/ }).waitFor();
  });

  it('revokes from the row’s menu, and goes on with the next row', async () => {
    const menuOf = (name: string) => page.getByRole('button', { name: `Actions for ${name}` });
    await tabTo(menuOf('Data warehouse sync'), 'the menu of a row');
    await press('ArrowDown');
    const copy = page.getByRole('menuitem', { name: 'Copy key id' });
    const revoke = page.getByRole('menuitem', { name: 'Revoke' });
    await focusComesTo(copy, 'the first item');
    await press('End');
    expect(await isFocused(revoke)).toBe(true);
    await press('Home');
    expect(await isFocused(copy)).toBe(true);
    await press('ArrowDown');
    expect(await isFocused(revoke)).toBe(true);
    await press('Escape');
    await focusComesTo(menuOf('Data warehouse sync'), 'the button of the menu');
    await press('Enter');
    await focusComesTo(copy, 'the first item');
    await page.keyboard.type('r');
    expect(await isFocused(revoke)).toBe(true);
    await press('Enter');

    const dialog = page.getByRole('alertdialog', { name: "Revoke 'Data warehouse sync'?" });
    await focusComesTo(dialog.getByRole('button', { name: 'Cancel' }), 'Cancel');
    await press('Escape');
    await focusComesTo(menuOf('Data warehouse sync'), 'the button of the menu');
    await press('Enter');
    await focusComesTo(copy, 'the first item');
    await press('End', 'Enter');
    await tabTo(dialog.getByRole('textbox'), 'the name to type');
    await page.keyboard.type('Data warehouse sync');
    await press('Enter');
    await page.getByText('Revoked just now').waitFor();
    await focusComesTo(menuOf('Looker dashboards'), 'the menu of the next row');
    expect(await page.getByRole('status').filter({ hasText: 'Data warehouse sync is revoked.' }).count()).toBe(1);
  });

  it('switches the single-key shortcuts off, and they stay off', async () => {
    await tabTo(page.getByRole('link', { name: 'Skip to content' }), 'the beginning');
    await tabTo(page.getByRole('button', { name: /Account of/ }), 'the account');
    await press('Enter');
    const shortcuts = page.getByRole('menuitemcheckbox', { name: /Shortcuts/ });
    await focusComesTo(page.getByRole('menuitemradio', { name: 'System' }), 'the first choice');
    await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter');
    expect(await shortcuts.getAttribute('aria-checked')).toBe('false');
    await press('Escape');
    await page.reload();
    await page.getByRole('table').waitFor();
    await press('c', '/');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await isFocused(page.getByRole('searchbox'))).toBe(false);
  });

  it('moves the focus to the heading of a new page', async () => {
    await tabTo(page.getByRole('link', { name: 'Billing' }), 'the way to billing');
    await press('Enter');
    await focusComesTo(page.getByRole('heading', { name: 'Billing' }), 'the heading of billing');
    expect(await page.title()).toBe('Billing · EngageTrack');
    expect(browser.complaints).toEqual([]);
  });

  it('stops all motion when the person prefers that', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByRole('button', { name: 'Move to Agency' }).press('Enter');
    const dialog = page.getByRole('alertdialog');
    await dialog.waitFor();
    expect(await dialog.evaluate((node) => getComputedStyle(node).animationDuration)).toBe('1e-05s');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await dialog.evaluate((node) => getComputedStyle(node).animationDuration)).toBe('0.14s');
  });
});

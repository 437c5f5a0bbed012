import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { flushAll, generationIn, isExtension, isReloadMarking, isWitnessSetting } from './messages.ts';

/** Milliseconds after which every renewer has finished a cycle whose snapshot shows a change. */
const confirmedMs = 1_200;

/** FLUSHALL when every marker had been confirmed, and requests before and after the reload. */
export const flush: Scenario = {
  kind: 'scenario',
  what: 'FLUSHALL, a while after the DELETE',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, ground } = scene;
    const [asked, askedLater] = [await scene.createKnownKey(), await scene.createKnownKey()];
    await scene.silenceAnnouncements();
    for (const key of [asked, askedLater]) await scene.revokeOnce(key, 0);
    await delay(confirmedMs);
    const before = await generationIn(ground.redis);
    await flushAll(ground.redis);
    await client.callEverywhere(asked);
    await generationIn(ground.redis, before);
    await Promise.all([scene.relearn(0), scene.relearn(1)]);
    await client.callEverywhere(askedLater);
  },
};

/** A single renewer, so that no other one reloads meanwhile. */
export const flushWithinReload: Scenario = {
  kind: 'scenario',
  what: 'FLUSHALL between the markers and the witness of a reload',
  bothKeyServices: false,
  play: async (scene) => {
    const { client, ground } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(key, 0);
    const before = await generationIn(ground.redis);
    const held = scene.hold('keys 0 to redis', isWitnessSetting);
    await flushAll(ground.redis);
    await held.whenReached();
    await flushAll(ground.redis);
    held.release();
    await generationIn(ground.redis, before);
    await scene.relearn(0);
    await client.callEverywhere(key);
  },
};

export const flushWithinExtension: Scenario = {
  kind: 'scenario',
  what: 'FLUSHALL just before a witness is extended',
  bothKeyServices: false,
  play: async (scene) => {
    const { client, ground } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(key, 0);
    // The next cycle may have to mark the key once more; the one after it has nothing to write.
    await delay(confirmedMs);
    const held = scene.hold('keys 0 to redis', isExtension);
    await held.whenReached();
    await flushAll(ground.redis);
    const extended = scene.passed('keys 0 to redis', ({ leg, question }) => leg === 'answer' && / \d+$/.test(question));
    held.release();
    await extended;
    await client.callEverywhere(key);
  },
};

export const callWithinReload: Scenario = {
  kind: 'scenario',
  what: 'a request while a reload writes its markers',
  bothKeyServices: false,
  play: async (scene) => {
    const { client, ground } = scene;
    const key = await scene.createKnownKey();
    await scene.silenceAnnouncements();
    await scene.revokeOnce(key, 0);
    const held = scene.hold('keys 0 to redis', isReloadMarking);
    await flushAll(ground.redis);
    await held.whenReached();
    await scene.relearn(0);
    await client.call(key, 0);
    held.release();
  },
};

import { oldRevocation } from '../scenarios/deletes.ts';
import { flush } from '../scenarios/flushed-redis.ts';
import { promotedCopy } from '../scenarios/promoted-copy.ts';
import { slowAnswers, slowAuthority } from '../scenarios/slow-authority.ts';
import { change, faultRow, type SwitchedOffRule } from '../switched-off-rule.ts';

const gateway = 'services/gateway/src';
const store = 'packages/admission-store/src';

/** Rules of the markers, and of the knowledge that a gateway may use. */
export const admissionRules: readonly SwitchedOffRule[] = [
  {
    rule: 'processBinding',
    changes: [
      change(
        `${store}/redis-admission-store.ts`,
        "        scripts = undefined;\n        return ['untrusted'];",
        "        return await withinDeadline(redis.eval(script.text, 1, ...args), deadlineMs, 'Redis');",
      ),
      change(
        `${store}/redis-revocation-store.ts`,
        'if (isNoScript(error)) return 0;',
        'if (isNoScript(error)) return redis.eval(script.text, keys.length, ...keys, ...args);',
      ),
    ],
    seenBy: faultRow('F23.last-second'),
  },
  {
    rule: 'markBoundToProcess',
    changes: [
      change(
        `${store}/redis-revocation-store.ts`,
        'if (isNoScript(error)) return 0;',
        'if (isNoScript(error)) return redis.eval(script.text, keys.length, ...keys, ...args);',
      ),
    ],
    seenBy: promotedCopy,
  },
  {
    rule: 'markChecksWitness',
    changes: [
      change(
        `${store}/redis-revocation-store.ts`,
        '    return (await callOrZero(redis, scriptsOf(g).markUnderWitness, [redisKeys.witness], args)) === 1;',
        '    for (let n = 1; n < args.length; n += 3) await redis.set(String(args[n]), String(args[n + 1])); return true;',
      ),
    ],
    seenBy: promotedCopy,
  },
  {
    rule: 'markersOutliveMemory',
    changes: [change(`${store}/generation-scripts.ts`, `'PX', \${markerRetentionMs})`, "'PX', 500)")],
    seenBy: oldRevocation,
  },
  {
    rule: 'witnessRead',
    changes: [
      change(
        `${store}/generation-scripts.ts`,
        `const untrusted = \`if redis.call('GET', '\${redisKeys.witness}') ~= \${g} then return {'untrusted'} end\`;`,
        "const untrusted = '';",
      ),
    ],
    seenBy: flush,
  },
  {
    rule: 'authorityWithoutWitness',
    changes: [change(`${gateway}/admission/admit.ts`, 'await directory.refresh(hash);', 'known;')],
    seenBy: faultRow('F22.side'),
  },
  {
    rule: 'fallbackReadAfterArrival',
    changes: [
      change(
        `${gateway}/keys/key-directory.ts`,
        '      current.next ??= current.result.then(readAfter, readAfter);\n      return current.next;',
        '      return current.result;',
      ),
    ],
    seenBy: slowAuthority,
  },
  {
    rule: 'oldDecisionsRefused',
    changes: [
      change(
        `${gateway}/admission/admit.ts`,
        'if (nowMs - decidedAtMs > decisionAgeMaxMs)',
        'if (nowMs < decidedAtMs)',
      ),
    ],
    seenBy: slowAnswers,
  },
];

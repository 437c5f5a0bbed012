import { commitBehindSnapshots } from '../scenarios/deletes.ts';
import { eviction } from '../scenarios/eviction.ts';
import { callWithinReload, flush, flushWithinExtension, flushWithinReload } from '../scenarios/flushed-redis.ts';
import { gatewayLeftBehind, reloadDuringDelete } from '../scenarios/two-redis.ts';
import { change, faultRow, type SwitchedOffRule } from '../switched-off-rule.ts';

const keys = 'services/keys/src';
const store = 'packages/admission-store/src';

/** Rules of a reload and of an extension. */
export const renewalRules: readonly SwitchedOffRule[] = [
  {
    rule: 'rowBeforeSnapshot',
    changes: [
      change(
        `${keys}/witness-renewer.ts`,
        '    await ledger.addRow({ instance, generation, finishedSnapshotAt });\n    const snapshot = await ledger.takeSnapshot();\n',
        '    const snapshot = await ledger.takeSnapshot();\n    await ledger.addRow({ instance, generation, finishedSnapshotAt });\n',
      ),
    ],
    seenBy: reloadDuringDelete,
  },
  {
    rule: 'markersUntilConfirmed',
    changes: [
      change(
        `${keys}/witness-renewer.ts`,
        'const since = confirmed?.generation === generation ? confirmed.cursor : undefined;',
        'const since = confirmed?.cursor;',
      ),
      change(
        `${keys}/witness-renewer.ts`,
        'const snapshot = await ledger.takeSnapshot();',
        'const snapshot = await ledger.takeSnapshot(confirmed?.cursor);',
      ),
    ],
    seenBy: flush,
  },
  {
    rule: 'noSequenceCursor',
    changes: [change(`${keys}/ledger-store.ts`, 'pg_snapshot_xmin(', 'pg_snapshot_xmax(')],
    seenBy: commitBehindSnapshots,
  },
  {
    rule: 'changeInOutbox',
    changes: [
      change(
        `${keys}/api-key-store.ts`,
        "        await noteChange(transaction, organizationId, { kind: 'key_revoked', keyId });\n        return 'revoked';",
        "        return 'revoked';",
      ),
    ],
    seenBy: faultRow('F23.flushall'),
  },
  {
    rule: 'freshGeneration',
    changes: [
      change(
        `${store}/generation.ts`,
        "toGeneration(randomBytes(16).toString('hex'))",
        "toGeneration('0123456789abcdef0123456789abcdef')",
      ),
    ],
    seenBy: gatewayLeftBehind,
  },
  {
    rule: 'reloadToken',
    changes: [change(`${store}/generation-scripts.ts`, 'const noClaim = noWitness;', "const noClaim = '';")],
    seenBy: flushWithinReload,
  },
  {
    rule: 'markersBeforeWitness',
    changes: [
      change(
        `${keys}/witness-renewer.ts`,
        'const snapshot = await ledger.takeSnapshot();\n',
        'const snapshot = await ledger.takeSnapshot();\n    await cycle.setWitness(generation, timeMs + leaseMs);\n',
      ),
    ],
    seenBy: callWithinReload,
  },
  {
    rule: 'extensionChecksWitness',
    changes: [
      change(
        `${store}/generation-scripts.ts`,
        `extendWitness: script(\`\${noWitness}\nredis.call('PEXPIREAT', KEYS[1], ARGV[1], 'GT')`,
        `extendWitness: script(\`redis.call('SET', KEYS[1], \${g}, 'PXAT', ARGV[1])`,
      ),
    ],
    seenBy: flushWithinExtension,
  },
  {
    rule: 'noEviction',
    changes: [change(`${keys}/witness-renewer.ts`, '      await refuseEviction(cycle);\n', '')],
    seenBy: eviction,
  },
];

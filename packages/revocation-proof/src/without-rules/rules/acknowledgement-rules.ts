import { repeatedDelete } from '../scenarios/deletes.ts';
import { partition, partitionWithinCycle } from '../scenarios/partition.ts';
import { gatewayLeftBehind, reloadBeforeCommit } from '../scenarios/two-redis.ts';
import { change, faultRow, type SwitchedOffRule } from '../switched-off-rule.ts';

const keys = 'services/keys/src';

/** Rules of the acknowledgement, and of the ledger that it reads. */
export const acknowledgementRules: readonly SwitchedOffRule[] = [
  {
    rule: 'acknowledgementNeedsProof',
    changes: [
      change(
        `${keys}/acknowledgement.ts`,
        'while (monotonicNow() - committedAtMs < patienceMs) {',
        'while (monotonicNow() - committedAtMs < patienceMs) { return;',
      ),
    ],
    seenBy: faultRow('F07.dropped'),
  },
  {
    rule: 'ledgerChecked',
    changes: [
      change(
        `${keys}/acknowledgement.ts`,
        'return generation !== undefined && (await readRenewals()).onlyGenerationIs(generation);',
        'return generation !== undefined;',
      ),
    ],
    seenBy: faultRow('F06.failover'),
  },
  {
    rule: 'ledgerAfterCommit',
    changes: [
      change(
        `${keys}/routes/revoke-api-key.ts`,
        'const outcome = await store.revoke(organizationId, keyId, revokedBy);',
        'await acknowledge([]); const outcome = await store.revoke(organizationId, keyId, revokedBy);',
      ),
      change(
        `${keys}/acknowledgement.ts`,
        '(await readRenewals()).onlyGenerationIs(generation)',
        '(marks.length > 0 || (await readRenewals()).onlyGenerationIs(generation))',
      ),
    ],
    seenBy: reloadBeforeCommit,
  },
  {
    rule: 'ledgerNamesGenerations',
    changes: [
      change(
        `${keys}/ledger-store.ts`,
        'AND generation IS NOT NULL\n',
        'AND instance <> (SELECT instance FROM witness_ledger WHERE generation IS NOT NULL ORDER BY id DESC LIMIT 1)\n',
      ),
    ],
    seenBy: gatewayLeftBehind,
  },
  {
    rule: 'rowsInserted',
    changes: [
      change(
        `${keys}/ledger-store.ts`,
        "    await renewal\n      .insertInto('witness_ledger')",
        "    await renewal.deleteFrom('witness_ledger').where('instance', '=', instance).execute();\n    await renewal\n      .insertInto('witness_ledger')",
      ),
    ],
    seenBy: gatewayLeftBehind,
  },
  {
    rule: 'fastPathWindowOfOutage',
    changes: [
      change(
        `${keys}/ledger-store.ts`,
        `\${ledgerWindowMs} * interval '1 millisecond'\n            AND generation IS NOT NULL`,
        `\${slowPathMs} * interval '1 millisecond'\n            AND generation IS NOT NULL`,
      ),
    ],
    seenBy: partition,
  },
  {
    rule: 'slowPathAsksInstances',
    changes: [
      change(
        `${keys}/acknowledgement.ts`,
        'if (isLeaseOver && (await readCommittedAt()) < (await readRenewals()).allMovedOnBefore) return;',
        'if (isLeaseOver) return;',
      ),
    ],
    seenBy: partition,
  },
  {
    rule: 'movedOnByFinishedCycle',
    changes: [change(`${keys}/ledger-store.ts`, 'max(finished_snapshot_at)', 'max(started_at)')],
    seenBy: partitionWithinCycle,
  },
  {
    rule: 'repeatedDeleteWaits',
    changes: [
      change(
        `${keys}/routes/revoke-api-key.ts`,
        "const change = { kind: 'key_revoked', keyId } as const;",
        "if (outcome === 'already') return; const change = { kind: 'key_revoked', keyId } as const;",
      ),
    ],
    seenBy: repeatedDelete,
  },
];

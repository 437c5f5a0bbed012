import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml';

/** A way into a document: keys and indexes from the top. */
export type Path = readonly PropertyKey[];

/**
 * @returns the offset of the value at a path; for a missing value, that of the nearest value around it. With `key`, the
 * offset of the last key instead.
 */
export function offsetOf(root: Node | null, path: Path, of: 'key' | 'value' = 'value'): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    node = childOf(node, step);
    if (isPair(node)) {
      if (isScalar(node.key)) offset = node.key.range?.[0] ?? offset;
      if (of === 'key' && depth === path.length - 1) return offset;
      node = node.value;
    }
    if (node === undefined || node === null) break;
    if (hasRange(node)) offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): unknown {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && pair.key.value === step);
  if (isSeq(node) && typeof step === 'number') return node.items[step];
  return undefined;
}

function hasRange(node: unknown): node is { readonly range?: readonly number[] | null } {
  return typeof node === 'object' && node !== null && 'range' in node;
}

/** Nested groups of values by dotted path. A list is a value, not a group. */

/** A group of keys as it comes out of YAML. */
export type Tree = { [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every value with its path. An empty group has no values. */
export function leaves(tree: Tree, prefix = ""): [path: string, value: unknown][] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return isTree(value) ? leaves(value, path) : [[path, value] as [string, unknown]];
  });
}

export function valueAt(tree: Tree, path: string): unknown {
  let at: unknown = tree;
  for (const key of path.split(".")) {
    if (!isTree(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** Sets a value, creating the groups on the way; a value in the way of a group is replaced. */
export function setAt(tree: Tree, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? path;
  let at = tree;
  for (const key of keys) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined;
    if (isTree(next)) at = next;
    else at = define(at, key, {}) as Tree;
  }
  define(at, last, value);
}

/** Plain data even for a key called `__proto__`. */
function define(tree: Tree, key: string, value: unknown): unknown {
  Object.defineProperty(tree, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return value;
}

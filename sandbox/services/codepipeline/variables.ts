/** `#{namespace.name}` in action configurations. */

const pattern = /#\{([^{}.]+)\.([^{}]+)\}/g;

export interface Reference {
  readonly text: string;
  readonly namespace: string;
  readonly name: string;
}

export function references(text: string): Reference[] {
  return [...text.matchAll(pattern)].map(([whole, namespace = "", name = ""]) => ({
    text: whole,
    namespace,
    name,
  }));
}

/** A reference that no action has given a value for. */
export class UnresolvedVariable extends Error {}

/** Replaces every reference. Throws {@link UnresolvedVariable}. */
export function resolve(
  configuration: Readonly<Record<string, string>>,
  namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Record<string, string> {
  const one = (text: string): string =>
    text.replace(pattern, (whole, namespace: string, name: string) => {
      const value = namespaces.get(namespace)?.[name];
      if (value === undefined)
        throw new UnresolvedVariable(`The variable reference ${whole} could not be resolved.`);
      return value;
    });
  return Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, one(value)]));
}

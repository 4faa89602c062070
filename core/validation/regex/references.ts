import type { Node } from "./syntax.ts";

/**
 * References to groups that do not take part in every match before them. Python fails there, JavaScript takes the
 * empty text, so they cannot be handed on.
 */
export function uncertainReferences(node: Node): string[] {
  const found: string[] = [];
  visit(node, new Set(), found);
  return found;
}

/** `certain`: names and numbers of the groups that have matched whenever the matcher comes here; grows along the way. */
function visit(node: Node, certain: Set<string>, found: string[]): void {
  switch (node.kind) {
    case "sequence":
      for (const part of node.parts) visit(part, certain, found);
      return;
    case "group":
      visit(node.body, certain, found);
      certain.add(String(node.number));
      if (node.name !== undefined) certain.add(node.name);
      return;
    case "choice":
      for (const option of node.options) visit(option, new Set(certain), found);
      return;
    case "repeat":
      visit(node.body, node.min > 0 ? certain : new Set(certain), found);
      return;
    case "look":
      visit(node.body, new Set(certain), found);
      return;
    case "reference":
      if (!certain.has(node.to)) found.push(node.to);
  }
}

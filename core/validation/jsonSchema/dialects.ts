/** Dialects that differ where this matters: of 2020-12 `items` is what follows `prefixItems`; up to 7 a `$ref` stands alone. */
export interface Dialect {
  readonly hasPrefixItems: boolean;
  readonly isRefAlone: boolean;
}

export const DIALECTS: Readonly<Record<string, Dialect>> = {
  "https://json-schema.org/draft/2020-12/schema": { hasPrefixItems: true, isRefAlone: false },
  "https://json-schema.org/draft/2019-09/schema": { hasPrefixItems: false, isRefAlone: false },
  "http://json-schema.org/draft-07/schema": { hasPrefixItems: false, isRefAlone: true },
  "http://json-schema.org/draft-06/schema": { hasPrefixItems: false, isRefAlone: true },
};
export const LATEST = DIALECTS["https://json-schema.org/draft/2020-12/schema"] as Dialect;

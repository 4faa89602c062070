/** Drafts by their name; of 2020-12 `items` is what follows `prefixItems`; up to 7 a `$ref` stands alone. */
export const DRAFTS: Readonly<Record<string, number>> = {
  "https://json-schema.org/draft/2020-12/schema": 2020,
  "https://json-schema.org/draft/2019-09/schema": 2019,
  "http://json-schema.org/draft-07/schema": 7,
  "http://json-schema.org/draft-06/schema": 6,
};
export const LATEST = 2020;

// What a test database is, and how the template that all are cloned from gets its tables.

export type DatabaseSettings =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'pglite'; readonly folder: string };

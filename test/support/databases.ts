// A database for each test file: a clone of the template that the project's setup made.
import { randomUUID } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseSettings } from './template.js';
import { removeFolder } from './temporary-folder.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the project's template is; missing in the project `unit`. */
    database: DatabaseSettings;
  }
}

export interface FreshDatabase {
  readonly settings: DatabaseSettings;
  /** To be called when nothing has it open any more. */
  drop(): Promise<void>;
}

/** Opening what the settings name is the store's job. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const template = inject('database');
  return template.kind === 'postgres' ? freshPostgres(template.url) : freshPglite(template.folder);
}

async function freshPostgres(templateUrl: string): Promise<FreshDatabase> {
  const template = new URL(templateUrl).pathname.slice(1);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(templateUrl, `create database ${name} template ${template}`);
  const url = withDatabase(templateUrl, name);
  return {
    settings: { kind: 'postgres', url },
    drop: () => administer(templateUrl, `drop database ${name} with (force)`),
  };
}

async function freshPglite(template: string): Promise<FreshDatabase> {
  const folder = join(template, '..', randomUUID());
  await cp(template, folder, { recursive: true });
  return { settings: { kind: 'pglite', folder }, drop: async () => removeFolder(folder) };
}

/** Nobody may be connected to a template while it is cloned, hence the database `postgres`. */
async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(url, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

// One PostgreSQL server for all files of the project `postgres`.
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('create database template');
  await client.end();
  project.provide('database', { kind: 'postgres', url: server.url.replace(/postgres$/, 'template') });
  return () => server.remove();
}

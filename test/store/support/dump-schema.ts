// The schema as SQL that makes it again, from the catalogs. Names its parts in a fixed order, so that texts compare.
import type { Cells } from '../../../src/store/statement.js';

export type Ask = (text: string) => Promise<readonly Cells[]>;

/** Relations of the schema without partitions of days; tables of extensions and of others are not there. */
const RELATIONS =
  "from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public' where not c.relispartition";

const queries: readonly (readonly [name: string, text: string])[] = [
  [
    'Types',
    "select format('create type %s as enum (%s);', t.typname, string_agg(quote_literal(e.enumlabel), ', ' " +
      'order by e.enumsortorder)) from pg_type t join pg_enum e on e.enumtypid = t.oid group by t.typname order by t.typname',
  ],
  [
    'Sequences',
    "select format('create sequence %s as %s;', c.relname, format_type(s.seqtypid, null)) " +
      `from (select c.* ${RELATIONS} and c.relkind = 'S') c join pg_sequence s on s.seqrelid = c.oid ` +
      "where not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i') order by c.relname",
  ],
  [
    'Functions',
    "select pg_get_functiondef(p.oid) || ';' from pg_proc p join pg_namespace n on n.oid = p.pronamespace " +
      "and n.nspname = 'public' order by p.proname",
  ],
  [
    'Tables',
    "select format(e'create table %s (\\n%s\\n)%s%s;', c.relname, (select string_agg(format('  %s %s%s%s%s', " +
      'quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), ' +
      "case when a.attidentity = 'a' then ' generated always as identity' else '' end, " +
      "coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''), " +
      "case when a.attnotnull then ' not null' else '' end), e',\\n' order by a.attnum) " +
      'from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum ' +
      'where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), ' +
      "coalesce(' partition by ' || pg_get_partkeydef(c.oid), ''), " +
      "coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')) " +
      `from (select c.* ${RELATIONS} and c.relkind in ('r', 'p')) c order by c.relname`,
  ],
  [
    'Keys and checks',
    "select format('alter table %s add constraint %s %s;', c.relname, k.conname, pg_get_constraintdef(k.oid)) " +
      `from (select c.* ${RELATIONS}) c join pg_constraint k on k.conrelid = c.oid ` +
      "where k.contype in ('p', 'u', 'c', 'f') order by array_position(array['p', 'u', 'c', 'f'], k.contype::text), " +
      'c.relname, k.conname',
  ],
  [
    'Indexes',
    "select pg_get_indexdef(c.oid) || ';' " +
      `from (select c.* ${RELATIONS} and c.relkind in ('i', 'I')) c ` +
      'where not exists (select from pg_constraint k where k.conindid = c.oid) order by c.relname',
  ],
  [
    'Rows',
    "select 'insert into ' || t || ' default values;' from unnest(array['element_counter', 'engine']) t order by t",
  ],
];

export async function dumpSchema(ask: Ask): Promise<string> {
  const parts = ['-- The schema as the migrations make it. Written by a test; the migrations are the source.'];
  for (const [name, text] of queries) {
    const statements = (await ask(text)).map(([statement]) => (statement ?? '').replaceAll('public.', ''));
    parts.push(`-- ${name}\n\n${statements.join('\n\n')}`);
  }
  return `${parts.join('\n\n')}\n`;
}

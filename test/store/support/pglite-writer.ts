// A process that commits one row after the other into the PGlite in the folder that it is given, until it is killed.
import { run } from '../../../src/store/database.js';
import { Pglite } from '../../../src/store/pglite.js';
import { unprepared } from '../../../src/store/statement.js';

const database = await Pglite.open(process.argv[2] ?? '');
const write = async (text: string) => run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
await write('create table if not exists kept (number integer generated always as identity)');
for (;;) {
  const [result] = await write('insert into kept default values returning number');
  process.stdout.write(`${result?.rows[0]?.[0]}\n`);
}

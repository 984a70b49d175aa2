/** What a server can not read, made in its database. */
import { run } from '../../src/store/database.js';
import { unprepared } from '../../src/store/statement.js';
import { openDatabase } from '../../src/store/store.js';
import type { DatabaseSettings } from './template.js';

/** How many rows the statement changed. No server uses the database meanwhile. */
export async function alter(database: DatabaseSettings, text: string): Promise<number> {
  const opened = await openDatabase({ database, lanes: 1, migrations: 'run', warn: console.error });
  const [result] = await run(opened, 'lists', [{ statement: unprepared(text), values: [] }]);
  await opened.close();
  return result?.count ?? 0;
}

/** As if it had been stored by a version that took more: one element is none that this version knows. */
export async function breakModel(database: DatabaseSettings, bpmnProcessId: string): Promise<void> {
  const changed = await alter(
    database,
    "update bpmn_xml set text = replace(text, 'serviceTask', 'unheardOfTask') " +
      `where id = (select bpmn_xml_id from process where bpmn_process_id = '${bpmnProcessId}')`,
  );
  if (changed !== 1) throw new Error(`there is no process ${bpmnProcessId}`);
}

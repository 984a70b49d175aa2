/** What call activities have called, for who reads them: the caller's row does not name it. */

/** `at` is the call activity's element instance; the latest, since an incident may have ended an earlier call. */
export function calledBy(alias: string, at: string): string {
  return (
    `(select max(c.id) from process_instance c where c.partition = ${alias}.partition ` +
    `and c.parent_element_instance_id = ${at} and c.root_id = ${alias}.root_id and c.parent_id is not null)`
  );
}

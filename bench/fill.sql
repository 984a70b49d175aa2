-- Rows as a server leaves them, for instances of one-task.bpmn in bulk: ended ones, or such whose job waits.
-- $1: how many; $2: the first counter of an id (id = counter * 256 + shard), 7 for each instance; $3: the day, at whose
-- beginning all happened; $4: ended. The process is the first that was deployed. A test compares them to a server's own.

-- fill
insert into process_instance (partition, id, shard, root_id, process_id, tenant_id, state, tags, start_variables, created_at, created_by, started_at, ended_at, change_number)
  select $3::date, i, i & 255, i, 1, '', case when $4 then 'COMPLETED' else 'STARTED' end::instance_state, '{}', '[{"name":"order","encoding":"json","value":"{\"id\":12345,\"total\":99.5,\"city\":\"Bern\"}","encrypted":false}]', $3::date, 'anonymous', $3::date, case when $4 then $3::date end, case when $4 then 2 else 1 end
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n) rows;
insert into element_instance (partition, id, shard, root_id, process_instance_id, parent_id, element_id, state, live_children, attempt, ended_by_element, created_at, started_at, ended_at, change_number)
  select $3::date, i + 256 * k, i & 255, i, i, case when k > 0 then i end, 1 + k, case when $4 or k = 1 then 'COMPLETED' else 'STARTED' end::instance_state, case when k = 0 and not $4 then 1 else 0 end, 1, case when k = 0 and $4 then i + 256 * 3 end, $3::date, $3::date, case when $4 or k = 1 then $3::date end, case when $4 and k <> 1 then 2 else 1 end
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n) rows, generate_series(0, case when $4 then 3 else 2 end) k;
insert into arrival (partition, id, shard, root_id, process_instance_id, scope_id, flow, element_id, produced_by, consumed_by, created_at, change_number)
  select $3::date, i + 256 * (4 + 2 * k), i & 255, i, i, i, k, 3 + k, i + 256 * (1 + k), i + 256 * (2 + k), $3::date, 1 + k
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n) rows, generate_series(0, case when $4 then 1 else 0 end) k;
insert into variable (partition, scope_id, name, shard, root_id, process_instance_id, encoding, value, encrypted, created_at, created_by, updated_at, updated_by, change_number)
  select $3::date, i, 'order', i & 255, i, i, 'json', '{"id":12345,"total":99.5,"city":"Bern"}', false, $3::date, 'anonymous', $3::date, 'anonymous', 1
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n) rows;
insert into job (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, process_id, tenant_id, type, topic, state, priority, retry_count, retry_limit, attempt, attempt_key, effect_key, due_at, created_at, created_by, lock_token, locked_at, locked_by, completed_at, completed_by, change_number)
  select $3::date, i + 256 * 5, i & 255, i, i, i + 256 * 2, 3, 1, '', 'EXECUTE', 'work', case when $4 then 'DONE' else 'CREATED' end::job_state, 0, 0, 2, 1, $3 || '/' || (i + 256 * 2), $3 || '/' || (i + 256 * 2), $3::date, $3::date, 'anonymous', case when $4 then gen_random_uuid()::text end, case when $4 then $3::date end, case when $4 then 'worker-1' end, case when $4 then $3::date end, case when $4 then 'worker-1' end, case when $4 then 2 else 1 end
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n) rows;
insert into open_job (partition, id, shard, root_id, process_id, process_instance_id, element_instance_id, tenant_id, topic, type, priority, due_at, suspended)
  select $3::date, i + 256 * 5, i & 255, i, 1, i, i + 256 * 2, '', 'work', 'EXECUTE', 0, $3::date, false
  from (select ($2 + 7 * n) * 256 + (n & 255) i from generate_series(0, $1 - 1) n where not $4) rows;
-- Request rows are kept for a day.
insert into request (tenant_id, principal, rpc, request_id, hash, partition, reference)
  select '', 'anonymous', 'CreateProcessInstance', gen_random_uuid()::text, 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15', $3::date, ($2 + 7 * n) * 256 + (n & 255)
  from generate_series(0, $1 - 1) n where $3::date > now() - interval '1 day';

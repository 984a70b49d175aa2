-- The yardstick: the row changes of one instance of start -> service task -> end with one variable, as bare bulk SQL.
-- The benchmark runs both transactions on 4 connections, 200 instances each ($1: how many, $2: the first id, $3: the day)
-- on the schema of the server, without a server. It changes only with the schema.

-- start
begin;
insert into process_instance (partition, id, shard, root_id, process_id, tenant_id, state, tags, start_variables, created_at, created_by, started_at, change_number)
  select $3::date, $2 + 16 * n, ($2 + 16 * n) & 255, $2 + 16 * n, 1, '', 'STARTED', '{}', '[{"name":"order","encoding":"json","value":"{\"id\":12345,\"total\":99.5}","encrypted":false}]', now(), 'bench', now(), 1 from generate_series(0, $1 - 1) n;
insert into element_instance (partition, id, shard, root_id, process_instance_id, parent_id, element_id, state, live_children, attempt, created_at, started_at, ended_at, change_number)
  select $3::date, i + k, i & 255, i, i, case when k > 0 then i end, 1 + k, case when k = 1 then 'COMPLETED' else 'STARTED' end::instance_state, case when k = 0 then 1 else 0 end, 1, now(), now(), case when k = 1 then now() end, 1
  from (select $2 + 16 * n i, k from generate_series(0, $1 - 1) n, generate_series(0, 2) k) rows;
insert into arrival (partition, id, shard, root_id, process_instance_id, scope_id, flow, element_id, produced_by, consumed_by, created_at, change_number)
  select $3::date, i + 4, i & 255, i, i, i, 0, 3, i + 1, i + 2, now(), 1 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
insert into variable (partition, scope_id, name, shard, root_id, process_instance_id, encoding, value, encrypted, created_at, created_by, updated_at, updated_by, change_number)
  select $3::date, i, 'order', i & 255, i, i, 'json', '{"id":12345,"total":99.5}', false, now(), 'bench', now(), 'bench', 1 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
insert into job (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, process_id, tenant_id, type, topic, state, priority, retry_count, retry_limit, attempt, attempt_key, effect_key, due_at, created_at, created_by, change_number)
  select $3::date, i + 5, i & 255, i, i, i + 2, 3, 1, '', 'EXECUTE', 'work', 'CREATED', 0, 0, 2, 1, $3 || '/' || (i + 2), $3 || '/' || (i + 2), now(), now(), 'bench', 1 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
insert into open_job (partition, id, shard, root_id, process_id, process_instance_id, element_instance_id, tenant_id, topic, type, priority, due_at, suspended, lock_token, locked_by, locked_at, server_id, server_epoch, session_id, session_generation)
  select $3::date, i + 5, i & 255, i, 1, i, i + 2, '', 'work', 'EXECUTE', 0, now(), false, gen_random_uuid()::text, 'bench', now(), 'bench', 1, '6d1f3f0e-8f5c-4a6c-9d1e-2b7f3a5c1d0e', 1 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
-- The row of the start's request id, which the client gives to every start.
insert into request (tenant_id, principal, rpc, request_id, hash, partition, reference)
  select '', 'anonymous', 'CreateProcessInstance', gen_random_uuid()::text, 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15', $3::date, $2 + 16 * n from generate_series(0, $1 - 1) n;
insert into commit_mark (mark) values (gen_random_uuid()::text);
commit;

-- complete
begin;
select id from process_instance where id = any(array(select $2 + 16 * n from generate_series(0, $1 - 1) n)) and partition = $3::date for update;
select * from element_instance where id = any(array(select $2 + 16 * n + 2 * k from generate_series(0, $1 - 1) n, generate_series(0, 1) k)) and partition = $3::date;
select * from job join open_job using (id, partition, shard) where id = any(array(select $2 + 16 * n + 5 from generate_series(0, $1 - 1) n)) and partition = $3::date;
update process_instance set state = 'COMPLETED', ended_at = now(), change_number = 2 where id = any(array(select $2 + 16 * n from generate_series(0, $1 - 1) n)) and partition = $3::date;
update element_instance set state = 'COMPLETED', ended_at = now(), live_children = 0, change_number = 2 where id = any(array(select $2 + 16 * n + 2 * k from generate_series(0, $1 - 1) n, generate_series(0, 1) k)) and partition = $3::date;
insert into element_instance (partition, id, shard, root_id, process_instance_id, parent_id, element_id, state, live_children, attempt, created_at, started_at, ended_at, change_number)
  select $3::date, i + 3, i & 255, i, i, i, 4, 'COMPLETED', 0, 1, now(), now(), now(), 2 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
insert into arrival (partition, id, shard, root_id, process_instance_id, scope_id, flow, element_id, produced_by, consumed_by, created_at, change_number)
  select $3::date, i + 6, i & 255, i, i, i, 1, 4, i + 2, i + 3, now(), 2 from (select $2 + 16 * n i from generate_series(0, $1 - 1) n) rows;
update job set state = 'DONE', lock_token = gen_random_uuid()::text, locked_at = now(), locked_by = 'bench', completed_at = now(), completed_by = 'bench', change_number = 2 where id = any(array(select $2 + 16 * n + 5 from generate_series(0, $1 - 1) n)) and partition = $3::date;
delete from open_job where id = any(array(select $2 + 16 * n + 5 from generate_series(0, $1 - 1) n)) and partition = $3::date;
insert into commit_mark (mark) values (gen_random_uuid()::text);
commit;

-- The schema as the migrations make it. Written by a test; the migrations are the source.

-- Types

create type element_type as enum ('PROCESS', 'SUB_PROCESS', 'EVENT_SUB_PROCESS', 'TRANSACTION', 'AD_HOC_SUB_PROCESS', 'MULTI_INSTANCE_BODY', 'CALL_ACTIVITY', 'TASK', 'MANUAL_TASK', 'SERVICE_TASK', 'SEND_TASK', 'RECEIVE_TASK', 'SCRIPT_TASK', 'BUSINESS_RULE_TASK', 'USER_TASK', 'EXCLUSIVE_GATEWAY', 'PARALLEL_GATEWAY', 'INCLUSIVE_GATEWAY', 'EVENT_BASED_GATEWAY', 'COMPLEX_GATEWAY', 'NONE_START_EVENT', 'MESSAGE_START_EVENT', 'TIMER_START_EVENT', 'SIGNAL_START_EVENT', 'CONDITIONAL_START_EVENT', 'ERROR_START_EVENT', 'ESCALATION_START_EVENT', 'COMPENSATION_START_EVENT', 'MULTIPLE_START_EVENT', 'MESSAGE_CATCH_EVENT', 'TIMER_CATCH_EVENT', 'SIGNAL_CATCH_EVENT', 'CONDITIONAL_CATCH_EVENT', 'LINK_CATCH_EVENT', 'MULTIPLE_CATCH_EVENT', 'NONE_THROW_EVENT', 'MESSAGE_THROW_EVENT', 'SIGNAL_THROW_EVENT', 'ESCALATION_THROW_EVENT', 'COMPENSATION_THROW_EVENT', 'LINK_THROW_EVENT', 'MULTIPLE_THROW_EVENT', 'MESSAGE_BOUNDARY_EVENT', 'TIMER_BOUNDARY_EVENT', 'SIGNAL_BOUNDARY_EVENT', 'CONDITIONAL_BOUNDARY_EVENT', 'ERROR_BOUNDARY_EVENT', 'ESCALATION_BOUNDARY_EVENT', 'COMPENSATION_BOUNDARY_EVENT', 'CANCEL_BOUNDARY_EVENT', 'MULTIPLE_BOUNDARY_EVENT', 'NONE_END_EVENT', 'MESSAGE_END_EVENT', 'SIGNAL_END_EVENT', 'ERROR_END_EVENT', 'ESCALATION_END_EVENT', 'COMPENSATION_END_EVENT', 'CANCEL_END_EVENT', 'TERMINATE_END_EVENT', 'MULTIPLE_END_EVENT');

create type held_key_kind as enum ('MESSAGE', 'START', 'JOINT_START');

create type incident_phase as enum ('ENTER', 'LEAVE', 'JOB', 'CONTINUE', 'LISTENER');

create type incident_reason as enum ('JOB_RETRIES_EXHAUSTED', 'UNCAUGHT_ERROR', 'UNCAUGHT_ESCALATION', 'JOB_TOO_LARGE', 'EXPRESSION_FAILED', 'EXPRESSION_LIMIT', 'VARIABLE_MISSING', 'NO_FLOW_TAKEN', 'CORRELATION_FAILED', 'TIMER_FAILED', 'STEP_LIMIT', 'CALLED_PROCESS_NOT_FOUND', 'CALL_DEPTH_LIMIT', 'PROCESS_DISABLED');

create type instance_state as enum ('CREATED', 'QUEUED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED', 'CANCELED');

create type job_state as enum ('CREATED', 'DONE', 'CAUSED_RETRY', 'CAUSED_INCIDENT', 'CANCELED');

create type job_type as enum ('EXECUTE', 'EVALUATE_EXCLUSIVE_GATEWAY', 'EVALUATE_INCLUSIVE_GATEWAY', 'CALL_PROCESS', 'PASS_VARIABLES', 'SET_ERROR_CODE', 'SET_ESCALATION_CODE', 'SET_SIGNAL_NAME', 'SET_TIMER', 'SUBSCRIBE_MESSAGE', 'SET_MESSAGE_CORRELATION_KEY', 'SUBSCRIBE_SIGNAL', 'START_LISTENER', 'END_LISTENER', 'SELECT_AD_HOC_ACTIVITIES');

create type partition_state as enum ('OPEN', 'CLOSED');

create type task_type as enum ('ACTIVATE_JOB', 'ACTIVATED', 'CODE', 'COMPENSATION', 'CONDITION', 'CONTINUE', 'HAPPENED', 'MATCH_MESSAGE', 'FIND_MESSAGES', 'TRIGGER_TIMER', 'START_PROCESS_INSTANCE', 'SEND_SIGNAL', 'DELIVER_SIGNAL', 'TRIGGER_EVENT');

-- Sequences

create sequence id_block as bigint;

create sequence server_epoch as bigint;

-- Functions

CREATE OR REPLACE FUNCTION expect_rows(actual bigint, expected bigint)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  if actual <> expected then
    raise exception 'changed % rows instead of %', actual, expected using errcode = 'BT001';
  end if;
  return actual;
end
$function$
;

-- Tables

create table arrival (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  scope_id bigint not null,
  flow integer not null,
  element_id integer not null,
  produced_by bigint not null,
  consumed_by bigint,
  withdrawn_by bigint,
  created_at timestamp with time zone not null,
  change_number bigint not null
) partition by LIST (partition);

create table bpmn_xml (
  id integer generated always as identity not null,
  sha256 bytea not null,
  text text not null
);

create table commit_mark (
  mark text not null,
  settled boolean default false not null,
  created_at timestamp with time zone default now() not null
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table disabled_process (
  tenant_id text not null,
  bpmn_process_id text not null,
  created_at timestamp with time zone not null,
  created_by text not null
);

create table element (
  id integer not null,
  process_id integer not null,
  bpmn_element_id text not null,
  type element_type not null,
  name text
);

create table element_counter (
  one boolean default true not null,
  next integer default 1 not null
);

create table element_instance (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  parent_id bigint,
  element_id integer not null,
  state instance_state not null,
  live_children integer not null,
  attempt integer not null,
  replaces bigint,
  cancelled_by bigint,
  superseded_by bigint,
  ended_by_element bigint,
  inputs text,
  loop text,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  change_number bigint not null
) partition by LIST (partition);

create table engine (
  one boolean default true not null,
  incarnation uuid default gen_random_uuid() not null,
  time_offset_ms bigint default 0 not null
);

create table held_key (
  kind held_key_kind not null,
  tenant_id text not null,
  name text not null,
  correlation_key text not null,
  unique_key text not null,
  holder bigint not null,
  message_id bigint,
  shard smallint not null
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table incident (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  job_id bigint,
  task_id bigint,
  reason incident_reason not null,
  message text not null,
  phase incident_phase not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  resolved_at timestamp with time zone,
  resolved_by text,
  change_number bigint not null
) partition by LIST (partition);

create table job (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  process_id integer not null,
  tenant_id text not null,
  type job_type not null,
  topic text not null,
  state job_state not null,
  priority integer not null,
  retry_count integer not null,
  retry_limit integer not null,
  attempt integer not null,
  attempt_key text not null,
  effect_key text not null,
  listener integer,
  due_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  lock_token text,
  locked_at timestamp with time zone,
  locked_by text,
  completed_at timestamp with time zone,
  completed_by text,
  error text,
  change_number bigint not null
) partition by LIST (partition);

create table message (
  id bigint not null,
  shard smallint not null,
  tenant_id text not null,
  name text not null,
  correlation_key text not null,
  unique_key text not null,
  one_per_process boolean not null,
  unique_start boolean not null,
  variables text,
  trace_parent text,
  thrown_by bigint,
  created_at timestamp with time zone not null,
  created_by text not null,
  expires_at timestamp with time zone,
  ended_at timestamp with time zone
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table message_delivery (
  message_id bigint not null,
  bpmn_process_id text not null,
  partition date not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  started boolean not null,
  created_at timestamp with time zone not null,
  shard smallint not null
);

create table message_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null,
  name text not null,
  created_at timestamp with time zone not null,
  created_by text not null
);

create table message_subscription (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  process_id integer not null,
  bpmn_process_id text not null,
  tenant_id text not null,
  name text not null,
  correlation_key text not null,
  path text not null,
  suspended boolean not null,
  created_at timestamp with time zone not null,
  created_by text not null
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table open_job (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_id integer not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  tenant_id text not null,
  topic text not null,
  type job_type not null,
  priority integer not null,
  due_at timestamp with time zone not null,
  suspended boolean not null,
  lock_token text,
  locked_by text,
  locked_at timestamp with time zone,
  server_id text,
  server_epoch bigint,
  session_id text,
  session_generation integer,
  lock_until timestamp with time zone
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000, autovacuum_vacuum_cost_delay=0);

create table open_user_task (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  process_id integer not null,
  tenant_id text not null,
  correlation_key text,
  state instance_state not null,
  revision integer not null,
  assignee text,
  candidate_users jsonb not null,
  candidate_groups jsonb not null,
  due_at timestamp with time zone,
  follow_up_at timestamp with time zone,
  priority integer not null,
  form_key text,
  tags jsonb not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  ended_at timestamp with time zone,
  ended_by text,
  change_number bigint not null
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table partition (
  day date not null,
  state partition_state default 'OPEN'::partition_state not null
);

create table process (
  id integer generated always as identity not null,
  tenant_id text not null,
  bpmn_process_id text not null,
  version text not null,
  version_tag text,
  name text,
  bpmn_xml_id integer not null,
  first_element_id integer not null,
  element_count integer not null,
  tags jsonb not null,
  definitions jsonb,
  created_at timestamp with time zone not null,
  created_by text not null
);

create table process_instance (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  parent_id bigint,
  parent_element_instance_id bigint,
  process_id integer not null,
  tenant_id text not null,
  state instance_state not null,
  correlation_key text,
  tags jsonb not null,
  context_type text,
  context_id text,
  trace_parent text,
  start_variables text,
  created_at timestamp with time zone not null,
  created_by text not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by text,
  end_reason text,
  message_id bigint,
  holds_keys boolean,
  change_number bigint not null
) partition by LIST (partition);

create table request (
  tenant_id text not null,
  principal text not null,
  rpc text not null,
  request_id text not null,
  hash text not null,
  partition date,
  reference bigint not null,
  answer text,
  created_at timestamp with time zone default now() not null
);

create table schema_version (
  version integer not null,
  kind text default 'contract'::text not null,
  at timestamp with time zone default now() not null
);

create table server (
  id text not null,
  epoch bigint default nextval('server_epoch'::regclass) not null,
  beat bigint not null,
  beat_at timestamp with time zone not null,
  registered_at timestamp with time zone not null
) with (fillfactor=50);

create table signal (
  id bigint not null,
  shard smallint not null,
  tenant_id text not null,
  name text not null,
  variables text,
  trace_parent text,
  thrown_by bigint,
  created_at timestamp with time zone not null,
  created_by text not null,
  subscriber_count integer
);

create table signal_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null,
  name text not null,
  created_at timestamp with time zone not null,
  created_by text not null
);

create table signal_subscription (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  process_id integer not null,
  tenant_id text not null,
  name text not null,
  path text not null,
  created_at timestamp with time zone not null,
  created_by text not null
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table signal_target (
  signal_id bigint not null,
  id bigint not null,
  shard smallint not null,
  partition date,
  process_id integer,
  failure text
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table task (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint,
  process_instance_id bigint,
  element_instance_id bigint,
  element_id integer,
  process_id integer,
  tenant_id text not null,
  type task_type not null,
  due_at timestamp with time zone not null,
  payload text not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  server_id text,
  server_epoch bigint,
  claimed_until timestamp with time zone
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=5000);

create table timer_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null,
  bpmn_element_id text not null,
  timer text not null,
  task_partition date not null,
  task_id bigint not null
);

create table user_task (
  partition date not null,
  id bigint not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  element_id integer not null,
  process_id integer not null,
  tenant_id text not null,
  correlation_key text,
  state instance_state not null,
  revision integer not null,
  assignee text,
  candidate_users jsonb not null,
  candidate_groups jsonb not null,
  due_at timestamp with time zone,
  follow_up_at timestamp with time zone,
  priority integer not null,
  form_key text,
  tags jsonb not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  ended_at timestamp with time zone,
  ended_by text,
  change_number bigint not null
) partition by LIST (partition);

create table user_task_change (
  xid xid8 default pg_current_xact_id() not null,
  partition date not null,
  id bigint not null,
  shard smallint not null,
  assignee_before text,
  candidate_users_before jsonb,
  candidate_groups_before jsonb,
  created_at timestamp with time zone default now() not null
) with (autovacuum_vacuum_insert_scale_factor=0.05);

create table variable (
  partition date not null,
  scope_id bigint not null,
  name text not null,
  shard smallint not null,
  root_id bigint not null,
  process_instance_id bigint not null,
  encoding text,
  value text,
  encrypted boolean,
  created_at timestamp with time zone not null,
  created_by text not null,
  updated_at timestamp with time zone not null,
  updated_by text not null,
  change_number bigint not null
) partition by LIST (partition);

-- Keys and checks

alter table arrival add constraint arrival_pkey PRIMARY KEY (id, partition, shard);

alter table bpmn_xml add constraint bpmn_xml_pkey PRIMARY KEY (id);

alter table commit_mark add constraint commit_mark_pkey PRIMARY KEY (mark);

alter table disabled_process add constraint disabled_process_pkey PRIMARY KEY (tenant_id, bpmn_process_id);

alter table element add constraint element_pkey PRIMARY KEY (id);

alter table element_counter add constraint element_counter_pkey PRIMARY KEY (one);

alter table element_instance add constraint element_instance_pkey PRIMARY KEY (id, partition, shard);

alter table engine add constraint engine_pkey PRIMARY KEY (one);

alter table held_key add constraint held_key_pkey PRIMARY KEY (tenant_id, correlation_key, name, unique_key, kind);

alter table incident add constraint incident_pkey PRIMARY KEY (id, partition, shard);

alter table job add constraint job_pkey PRIMARY KEY (id, partition, shard);

alter table message add constraint message_pkey PRIMARY KEY (id, shard);

alter table message_delivery add constraint message_delivery_pkey PRIMARY KEY (message_id, bpmn_process_id, shard);

alter table message_start add constraint message_start_pkey PRIMARY KEY (tenant_id, bpmn_process_id, element_id, name);

alter table message_subscription add constraint message_subscription_pkey PRIMARY KEY (id, partition, shard);

alter table open_job add constraint open_job_pkey PRIMARY KEY (id, partition, shard);

alter table open_user_task add constraint open_user_task_pkey PRIMARY KEY (id, partition, shard);

alter table partition add constraint partition_pkey PRIMARY KEY (day);

alter table process add constraint process_pkey PRIMARY KEY (id);

alter table process_instance add constraint process_instance_pkey PRIMARY KEY (id, partition, shard);

alter table request add constraint request_pkey PRIMARY KEY (tenant_id, principal, rpc, request_id);

alter table schema_version add constraint schema_version_pkey PRIMARY KEY (version);

alter table server add constraint server_pkey PRIMARY KEY (id);

alter table signal add constraint signal_pkey PRIMARY KEY (id, shard);

alter table signal_start add constraint signal_start_pkey PRIMARY KEY (tenant_id, bpmn_process_id, element_id);

alter table signal_subscription add constraint signal_subscription_pkey PRIMARY KEY (id, partition, shard);

alter table signal_target add constraint signal_target_pkey PRIMARY KEY (signal_id, id, shard);

alter table task add constraint task_pkey PRIMARY KEY (id, partition, shard);

alter table timer_start add constraint timer_start_pkey PRIMARY KEY (tenant_id, bpmn_process_id, element_id);

alter table user_task add constraint user_task_pkey PRIMARY KEY (id, partition, shard);

alter table user_task_change add constraint user_task_change_pkey PRIMARY KEY (xid, id, partition, shard);

alter table variable add constraint variable_pkey PRIMARY KEY (scope_id, name, partition, shard);

alter table bpmn_xml add constraint bpmn_xml_sha256_key UNIQUE (sha256);

alter table process add constraint process_tenant_id_bpmn_process_id_version_key UNIQUE (tenant_id, bpmn_process_id, version);

alter table element_counter add constraint element_counter_one_check CHECK (one);

alter table engine add constraint engine_one_check CHECK (one);

alter table open_job add constraint open_job_check CHECK (
CASE
    WHEN (lock_token IS NULL) THEN (num_nonnulls(locked_by, locked_at, server_id, server_epoch, session_id, session_generation, lock_until) = 0)
    ELSE ((num_nulls(locked_by, locked_at) = 0) AND (num_nonnulls(server_id, lock_until) = 1) AND (num_nonnulls(server_id, server_epoch) = ANY (ARRAY[0, 2])) AND (num_nonnulls(session_id, session_generation) = ANY (ARRAY[0, 2])))
END);

alter table variable add constraint variable_check CHECK ((num_nulls(encoding, value, encrypted) = ANY (ARRAY[0, 3])));

alter table element add constraint element_process_id_fkey FOREIGN KEY (process_id) REFERENCES process(id);

alter table message_start add constraint message_start_process_id_fkey FOREIGN KEY (process_id) REFERENCES process(id);

alter table process add constraint process_bpmn_xml_id_fkey FOREIGN KEY (bpmn_xml_id) REFERENCES bpmn_xml(id);

alter table signal_start add constraint signal_start_process_id_fkey FOREIGN KEY (process_id) REFERENCES process(id);

alter table timer_start add constraint timer_start_process_id_fkey FOREIGN KEY (process_id) REFERENCES process(id);

-- Indexes

CREATE INDEX arrival_waiting ON ONLY arrival USING btree (scope_id) WHERE ((consumed_by IS NULL) AND (withdrawn_by IS NULL));

CREATE INDEX element_instance_tree ON ONLY element_instance USING btree (root_id);

CREATE INDEX held_key_holder ON held_key USING btree (holder);

CREATE INDEX incident_open ON ONLY incident USING btree (id) WHERE (resolved_at IS NULL);

CREATE INDEX incident_tree ON ONLY incident USING btree (root_id, element_instance_id);

CREATE INDEX job_tree ON ONLY job USING btree (root_id, element_instance_id);

CREATE INDEX message_age ON message USING brin (created_at);

CREATE INDEX message_start_name ON message_start USING btree (tenant_id, name);

CREATE INDEX message_subscription_tree ON message_subscription USING btree (root_id, element_instance_id);

CREATE INDEX message_subscription_waiting ON message_subscription USING btree (tenant_id, name, correlation_key, created_at, id);

CREATE INDEX message_waiting ON message USING btree (tenant_id, name, correlation_key, created_at, id) WHERE (ended_at IS NULL);

CREATE INDEX open_job_ready ON open_job USING btree (tenant_id, topic, priority DESC, due_at, id) WHERE ((lock_token IS NULL) AND (NOT suspended));

CREATE INDEX open_job_session ON open_job USING btree (session_id) WHERE (session_id IS NOT NULL);

CREATE INDEX open_job_until ON open_job USING btree (lock_until) WHERE (lock_until IS NOT NULL);

CREATE INDEX open_user_task_assignee ON open_user_task USING btree (assignee, id) WHERE (assignee IS NOT NULL);

CREATE INDEX open_user_task_due ON open_user_task USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX open_user_task_follow_up ON open_user_task USING btree (follow_up_at) WHERE (follow_up_at IS NOT NULL);

CREATE INDEX open_user_task_groups ON open_user_task USING gin (candidate_groups);

CREATE INDEX open_user_task_instance ON open_user_task USING btree (process_instance_id);

CREATE INDEX open_user_task_tree ON open_user_task USING btree (root_id, element_instance_id);

CREATE INDEX open_user_task_users ON open_user_task USING gin (candidate_users);

CREATE INDEX process_instance_below ON ONLY process_instance USING btree (root_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX process_instance_correlation ON ONLY process_instance USING btree (correlation_key) WHERE (correlation_key IS NOT NULL);

CREATE INDEX process_latest ON process USING btree (tenant_id, bpmn_process_id, id);

CREATE INDEX request_age ON request USING brin (created_at);

CREATE INDEX signal_age ON signal USING brin (created_at);

CREATE INDEX signal_start_name ON signal_start USING btree (tenant_id, name);

CREATE INDEX signal_subscription_tree ON signal_subscription USING btree (root_id, element_instance_id);

CREATE INDEX signal_subscription_waiting ON signal_subscription USING btree (tenant_id, name);

CREATE INDEX task_claimed ON task USING btree (claimed_until) WHERE (claimed_until IS NOT NULL);

CREATE INDEX task_due ON task USING btree (due_at);

CREATE INDEX task_tree ON task USING btree (root_id, element_instance_id);

CREATE INDEX user_task_change_age ON user_task_change USING brin (created_at);

CREATE INDEX user_task_tree ON ONLY user_task USING btree (root_id);

-- Rows

insert into element_counter default values;

insert into engine default values;

-- expand: the first schema. Rules that every later migration keeps:
-- * Rows of running processes have a partition (the UTC day of their root instance), an id and a shard (id & 255, the
--   tree's). Their primary key is (id, partition, shard), in this order: an index of a day's table that began with the
--   day would be taken by the planner for everything, and would scan the day.
-- * Tables of history are partitioned by day; what is open lies in narrow tables without partitions.
-- * Each index says which statement needs it. No foreign keys, triggers or advisory locks where processes run.

create type instance_state as enum
  ('CREATED', 'QUEUED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED', 'CANCELED');

create type job_state as enum ('CREATED', 'DONE', 'CAUSED_RETRY', 'CAUSED_INCIDENT', 'CANCELED');

create type job_type as enum
  ('EXECUTE', 'EVALUATE_EXCLUSIVE_GATEWAY', 'EVALUATE_INCLUSIVE_GATEWAY', 'CALL_PROCESS', 'PASS_VARIABLES',
   'SET_ERROR_CODE', 'SET_ESCALATION_CODE', 'SET_SIGNAL_NAME', 'SET_TIMER', 'SUBSCRIBE_MESSAGE',
   'SET_MESSAGE_CORRELATION_KEY', 'SUBSCRIBE_SIGNAL', 'START_LISTENER', 'END_LISTENER',
   'SELECT_AD_HOC_ACTIVITIES');

create type incident_reason as enum
  ('JOB_RETRIES_EXHAUSTED', 'UNCAUGHT_ERROR', 'UNCAUGHT_ESCALATION', 'JOB_TOO_LARGE', 'EXPRESSION_FAILED', 'EXPRESSION_LIMIT',
   'VARIABLE_MISSING', 'NO_FLOW_TAKEN', 'CORRELATION_FAILED', 'TIMER_FAILED', 'STEP_LIMIT', 'CALLED_PROCESS_NOT_FOUND', 'CALL_DEPTH_LIMIT',
   'PROCESS_DISABLED');

create type incident_phase as enum ('ENTER', 'LEAVE', 'JOB', 'CONTINUE', 'LISTENER');

create type task_type as enum ('ACTIVATE_JOB', 'ACTIVATED', 'CODE', 'COMPENSATION', 'CONDITION', 'CONTINUE', 'HAPPENED', 'MATCH_MESSAGE', 'FIND_MESSAGES', 'TRIGGER_TIMER',
   'START_PROCESS_INSTANCE', 'SEND_SIGNAL', 'DELIVER_SIGNAL', 'TRIGGER_EVENT');

create type held_key_kind as enum ('MESSAGE', 'START', 'JOINT_START');

create type partition_state as enum ('OPEN', 'CLOSED');

create type element_type as enum
  ('PROCESS', 'SUB_PROCESS', 'EVENT_SUB_PROCESS', 'TRANSACTION', 'AD_HOC_SUB_PROCESS', 'MULTI_INSTANCE_BODY',
   'CALL_ACTIVITY', 'TASK', 'MANUAL_TASK', 'SERVICE_TASK', 'SEND_TASK', 'RECEIVE_TASK', 'SCRIPT_TASK',
   'BUSINESS_RULE_TASK', 'USER_TASK', 'EXCLUSIVE_GATEWAY', 'PARALLEL_GATEWAY', 'INCLUSIVE_GATEWAY',
   'EVENT_BASED_GATEWAY', 'COMPLEX_GATEWAY', 'NONE_START_EVENT', 'MESSAGE_START_EVENT', 'TIMER_START_EVENT',
   'SIGNAL_START_EVENT', 'CONDITIONAL_START_EVENT', 'ERROR_START_EVENT', 'ESCALATION_START_EVENT',
   'COMPENSATION_START_EVENT', 'MULTIPLE_START_EVENT', 'MESSAGE_CATCH_EVENT', 'TIMER_CATCH_EVENT',
   'SIGNAL_CATCH_EVENT', 'CONDITIONAL_CATCH_EVENT', 'LINK_CATCH_EVENT', 'MULTIPLE_CATCH_EVENT', 'NONE_THROW_EVENT',
   'MESSAGE_THROW_EVENT', 'SIGNAL_THROW_EVENT', 'ESCALATION_THROW_EVENT', 'COMPENSATION_THROW_EVENT',
   'LINK_THROW_EVENT', 'MULTIPLE_THROW_EVENT', 'MESSAGE_BOUNDARY_EVENT', 'TIMER_BOUNDARY_EVENT',
   'SIGNAL_BOUNDARY_EVENT', 'CONDITIONAL_BOUNDARY_EVENT', 'ERROR_BOUNDARY_EVENT', 'ESCALATION_BOUNDARY_EVENT',
   'COMPENSATION_BOUNDARY_EVENT', 'CANCEL_BOUNDARY_EVENT', 'MULTIPLE_BOUNDARY_EVENT', 'NONE_END_EVENT',
   'MESSAGE_END_EVENT', 'SIGNAL_END_EVENT', 'ERROR_END_EVENT', 'ESCALATION_END_EVENT', 'COMPENSATION_END_EVENT',
   'CANCEL_END_EVENT', 'TERMINATE_END_EVENT', 'MULTIPLE_END_EVENT');

-- The database itself: which incarnation of it this is, and engine time = its time + the offset.
create table engine (
  one boolean primary key default true check (one),
  incarnation uuid not null default gen_random_uuid(),
  time_offset_ms bigint not null default 0
);
insert into engine default values;

-- A transaction fails when a statement changed another number of rows than it had to: the group decides again.
create function expect_rows(actual bigint, expected bigint) returns bigint language plpgsql as $$
begin
  if actual <> expected then
    raise exception 'changed % rows instead of %', actual, expected using errcode = 'BT001';
  end if;
  return actual;
end
$$;

-- Each value stands for a block of ids.
create sequence id_block as bigint;

create table partition (
  day date primary key,
  state partition_state not null default 'OPEN'
);

-- What is deployed ----------------------------------------------------------------------------------------------------

create table bpmn_xml (
  id integer generated always as identity primary key,
  -- Finds the text of a file that is deployed again.
  sha256 bytea not null unique,
  text text not null
);

-- The next free element id: each process takes a block of them.
create table element_counter (
  one boolean primary key default true check (one),
  next integer not null default 1
);
insert into element_counter default values;

create table process (
  id integer generated always as identity primary key,
  tenant_id text not null,
  bpmn_process_id text not null,
  version text not null,
  -- What call activities may choose a version by.
  version_tag text,
  name text,
  bpmn_xml_id integer not null references bpmn_xml,
  first_element_id integer not null,
  element_count integer not null,
  tags jsonb not null,
  -- Definitions of events that were given beside the XML.
  definitions jsonb,
  created_at timestamptz not null,
  created_by text not null,
  -- Starting a fixed version; two deployments of one version.
  unique (tenant_id, bpmn_process_id, version)
);

-- Starting the latest version: the greatest id of the name.
create index process_latest on process (tenant_id, bpmn_process_id, id);

-- Processes of which no new instances may start: of all versions.
create table disabled_process (
  tenant_id text not null,
  bpmn_process_id text not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (tenant_id, bpmn_process_id)
);

create table element (
  id integer primary key,
  process_id integer not null references process,
  bpmn_element_id text not null,
  type element_type not null,
  name text
);

-- Message start events of the latest versions: what a message may start.
create table message_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null references process,
  name text not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (tenant_id, bpmn_process_id, element_id, name)
);

-- Matching.
create index message_start_name on message_start (tenant_id, name);

-- Timer start events of the latest versions, each with the task that waits for its time: a new version takes it over.
-- Without a task its last time was.
create table timer_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null references process,
  bpmn_element_id text not null,
  timer text not null,
  task_partition date not null,
  task_id bigint not null,
  primary key (tenant_id, bpmn_process_id, element_id)
);

-- Signal start events of the latest versions.
create table signal_start (
  tenant_id text not null,
  bpmn_process_id text not null,
  element_id integer not null,
  process_id integer not null references process,
  name text not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (tenant_id, bpmn_process_id, element_id)
);

-- Sending a signal.
create index signal_start_name on signal_start (tenant_id, name);

-- History, one table for each day -------------------------------------------------------------------------------------
-- Columns that change stand in no index, so that an update within the page writes no index (HOT).

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
  created_at timestamptz not null,
  created_by text not null,
  started_at timestamptz,
  ended_at timestamptz,
  ended_by text,
  end_reason text,
  message_id bigint,
  holds_keys boolean,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- The process instances below a root: loading a whole tree, QueryProcessInstances by root.
create index process_instance_below on process_instance (root_id) where parent_id is not null;

-- QueryProcessInstances by correlation key.
create index process_instance_correlation on process_instance (correlation_key) where correlation_key is not null;

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
  -- Of the body of a loop, and of each instance in it: how far it is, which it is, what it adds to the output.
  loop text,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- Loading a whole tree, QueryElementInstances of an instance. Not partial: the end of an element stays HOT.
create index element_instance_tree on element_instance (root_id);

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
  created_at timestamptz not null,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- Loading the waiting tokens of a scope. Most arrivals are consumed where they are born, and never stand here.
create index arrival_waiting on arrival (scope_id) where consumed_by is null and withdrawn_by is null;

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
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  change_number bigint not null,
  primary key (scope_id, name, partition, shard),
  -- A deleted variable has none of the three.
  check (num_nulls(encoding, value, encrypted) in (0, 3))
) partition by list (partition);

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
  -- Of a listener: its place among those of its event.
  listener integer,
  due_at timestamptz not null,
  created_at timestamptz not null,
  created_by text not null,
  lock_token text,
  locked_at timestamptz,
  locked_by text,
  completed_at timestamptz,
  completed_by text,
  error text,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- Loading the open jobs of a whole tree, or of one element instance among ten thousand; QueryJobs of an instance.
create index job_tree on job (root_id, element_instance_id);

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
  created_at timestamptz not null,
  created_by text not null,
  resolved_at timestamptz,
  resolved_by text,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- Loading a whole tree, or one element instance; QueryIncidents of an instance.
create index incident_tree on incident (root_id, element_instance_id);

-- QueryIncidents of what is open.
create index incident_open on incident (id) where resolved_at is null;

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
  due_at timestamptz,
  follow_up_at timestamptz,
  priority integer not null,
  form_key text,
  tags jsonb not null,
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  ended_by text,
  change_number bigint not null,
  primary key (id, partition, shard)
) partition by list (partition);

-- QueryUserTasks of an instance.
create index user_task_tree on user_task (root_id);

-- What is open: narrow, and deleted when done --------------------------------------------------------------------------

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
  due_at timestamptz not null,
  suspended boolean not null,
  lock_token text,
  locked_by text,
  locked_at timestamptz,
  server_id text,
  server_epoch bigint,
  -- The session that holds it, or held it when its stream broke: it may come back for it until lock_until.
  session_id text,
  session_generation integer,
  lock_until timestamptz,
  primary key (id, partition, shard),
  -- I5: a lock has either an owner or an end time, never both.
  check (case when lock_token is null
    then num_nonnulls(locked_by, locked_at, server_id, server_epoch, session_id, session_generation, lock_until) = 0
    else num_nulls(locked_by, locked_at) = 0 and num_nonnulls(server_id, lock_until) = 1
      and num_nonnulls(server_id, server_epoch) in (0, 2) and num_nonnulls(session_id, session_generation) in (0, 2)
    end)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);

-- Leasing: ready jobs of a topic in the order in which they are handed out.
create index open_job_ready on open_job (tenant_id, topic, priority desc, due_at, id)
  where lock_token is null and not suspended;

-- The end of a session, a session that comes back, the death of a server.
create index open_job_session on open_job (session_id) where session_id is not null;

-- Locks whose time is over; what a worker id holds without a stream.
create index open_job_until on open_job (lock_until) where lock_until is not null;

-- Without a root: work that belongs to no tree.
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
  due_at timestamptz not null,
  payload text not null,
  created_at timestamptz not null,
  created_by text not null,
  server_id text,
  server_epoch bigint,
  claimed_until timestamptz,
  primary key (id, partition, shard)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Claiming what is due; the time until the next one.
create index task_due on task (due_at);

-- When claims end: a claimed task is due again then.
create index task_claimed on task (claimed_until) where claimed_until is not null;

-- Loading a whole tree, or one element instance.
create index task_tree on task (root_id, element_instance_id);

-- The open user tasks, whole: lists of open work read this table alone.
create table open_user_task (
  like user_task,
  primary key (id, partition, shard)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Loading a whole tree, or one element instance.
create index open_user_task_tree on open_user_task (root_id, element_instance_id);

-- QueryUserTasks of an instance.
create index open_user_task_instance on open_user_task (process_instance_id);

-- QueryUserTasks of a person.
create index open_user_task_assignee on open_user_task (assignee, id) where assignee is not null;

-- QueryUserTasks of those who may do it.
create index open_user_task_users on open_user_task using gin (candidate_users);
create index open_user_task_groups on open_user_task using gin (candidate_groups);

-- QueryUserTasks of what is due.
create index open_user_task_due on open_user_task (due_at) where due_at is not null;
create index open_user_task_follow_up on open_user_task (follow_up_at) where follow_up_at is not null;

-- Which transaction changed which user task, for those who watch: read in the order of transactions, and only below the
-- oldest that is still under way, since neither ids nor times are the order of commits. Forgotten after a day.
create table user_task_change (
  xid xid8 not null default pg_current_xact_id(),
  partition date not null,
  id bigint not null,
  shard smallint not null,
  -- Whose it was until then: who watches their own tasks is told that one went.
  assignee_before text,
  candidate_users_before jsonb,
  candidate_groups_before jsonb,
  created_at timestamptz not null default now(),
  primary key (xid, id, partition, shard)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);

-- Forgetting what is older than a day.
create index user_task_change_age on user_task_change using brin (created_at);
-- Messages. They have no partition; one that has ended is deleted a day later.
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
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz,
  ended_at timestamptz,
  primary key (id, shard)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Matching: what waits for a name and key, the oldest first; what waits for a name.
create index message_waiting on message (tenant_id, name, correlation_key, created_at, id) where ended_at is null;

-- Forgetting what has ended long ago.
create index message_age on message using brin (created_at);

-- I10: one receiver of each process.
create table message_delivery (
  message_id bigint not null,
  bpmn_process_id text not null,
  partition date not null,
  process_instance_id bigint not null,
  element_instance_id bigint not null,
  started boolean not null,
  created_at timestamptz not null,
  shard smallint not null,
  primary key (message_id, bpmn_process_id, shard)
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
  -- Element instances from its own outwards, with commas between them.
  path text not null,
  -- Its instance is: matching passes it over.
  suspended boolean not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (id, partition, shard)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Matching: the oldest that waits for a name and key.
create index message_subscription_waiting on message_subscription (tenant_id, name, correlation_key, created_at, id);

-- Loading a whole tree, or one element instance.
create index message_subscription_tree on message_subscription (root_id, element_instance_id);

-- Keys that one holder has at a time: a message or a root instance.
create table held_key (
  kind held_key_kind not null,
  tenant_id text not null,
  name text not null,
  correlation_key text not null,
  unique_key text not null,
  holder bigint not null,
  message_id bigint,
  shard smallint not null,
  primary key (tenant_id, correlation_key, name, unique_key, kind)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- The end of an instance.
create index held_key_holder on held_key (holder);

-- Signals. They have no partition; one that has reached all is deleted a day later.
create table signal (
  id bigint not null,
  shard smallint not null,
  tenant_id text not null,
  name text not null,
  variables text,
  trace_parent text,
  thrown_by bigint,
  created_at timestamptz not null,
  created_by text not null,
  -- Of a signal that a process has thrown: once it is settled who receives it.
  subscriber_count integer,
  primary key (id, shard)
);

-- Forgetting what was sent long ago.
create index signal_age on signal using brin (created_at);

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
  -- As in message_subscription.
  path text not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (id, partition, shard)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Sending a signal.
create index signal_subscription_waiting on signal_subscription (tenant_id, name);

-- Loading a whole tree, or one element instance.
create index signal_subscription_tree on signal_subscription (root_id, element_instance_id);

-- Whom a signal has not reached: copied when it is sent, deleted as they are reached.
create table signal_target (
  signal_id bigint not null,
  -- A subscription; a start event is its element as a negative number, with its process.
  id bigint not null,
  shard smallint not null,
  partition date,
  process_id integer,
  -- Why it can not be reached, and was passed by.
  failure text,
  primary key (signal_id, id, shard)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- What servers know of themselves and of their commits ------------------------------------------------------------------

create table request (
  tenant_id text not null,
  principal text not null,
  rpc text not null,
  request_id text not null,
  hash text not null,
  partition date,
  reference bigint not null,
  -- What the answer is built from where the reference does not say it: the processes of a deployment.
  answer text,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal, rpc, request_id)
);

-- Forgetting what is older than a day.
create index request_age on request using brin (created_at);

create table commit_mark (
  mark text primary key,
  -- Written by who asked whether the group was committed, and found no mark: it never will be.
  settled boolean not null default false,
  created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

-- Epochs are never given twice, so that what a dead server left behind fits no later one.
create sequence server_epoch as bigint;

create table server (
  id text primary key,
  epoch bigint not null default nextval('server_epoch'),
  beat bigint not null,
  beat_at timestamptz not null,
  registered_at timestamptz not null
) with (fillfactor = 50);

/** All parts, in the order in which they run. */
import type { Part } from './part.js';
import { backlog } from './parts/backlog.js';
import { callActivity } from './parts/call-activity.js';
import { costs } from './parts/costs.js';
import { embedded } from './parts/embedded.js';
import { growth } from './parts/growth.js';
import { idle } from './parts/idle.js';
import { memory } from './parts/memory.js';
import { messagesThatContinue, messagesThatStart } from './parts/messages.js';
import { forkModel, realisticModel, tenTasksModel } from './parts/models.js';
import { multiInstance } from './parts/multi-instance.js';
import { openLoop } from './parts/open-loop.js';
import { sequential } from './parts/sequential.js';
import { servers } from './parts/servers.js';
import { signal } from './parts/signal.js';
import { stream } from './parts/stream.js';
import { timers } from './parts/timers.js';
import { unary } from './parts/unary.js';

export const parts: readonly Part[] = [
  stream,
  unary,
  embedded,
  openLoop,
  sequential,
  realisticModel,
  tenTasksModel,
  forkModel,
  messagesThatStart,
  callActivity,
  multiInstance,
  memory,
  costs,
  servers,
  growth,
  backlog,
  messagesThatContinue,
  timers,
  signal,
  idle,
];

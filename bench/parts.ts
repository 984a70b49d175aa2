/** All parts, in the order in which they run. */
import type { Part } from './part.js';
import { backlog } from './parts/backlog.js';
import { costs } from './parts/costs.js';
import { embedded } from './parts/embedded.js';
import { growth } from './parts/growth.js';
import { idle } from './parts/idle.js';
import { memory } from './parts/memory.js';
import { forkModel, realisticModel, tenTasksModel } from './parts/models.js';
import { openLoop } from './parts/open-loop.js';
import { sequential } from './parts/sequential.js';
import { servers } from './parts/servers.js';
import { stream } from './parts/stream.js';
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
  memory,
  costs,
  servers,
  growth,
  backlog,
  idle,
];

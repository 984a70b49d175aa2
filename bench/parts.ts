/** All parts, in the order in which they run. */
import type { Part } from './part.js';
import { forkModel, realisticModel, tenTasksModel } from './parts/models.js';
import { stream } from './parts/stream.js';

export const parts: readonly Part[] = [stream, realisticModel, tenTasksModel, forkModel];

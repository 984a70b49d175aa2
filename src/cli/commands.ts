/** All commands, in the order of the help. */
import type { Command } from './command.js';
import { explain } from './explain.js';
import { incidents, resolve } from './incidents.js';
import { cancel, instances, show, start } from './instances.js';
import { jobs } from './jobs.js';
import { lint } from './lint.js';
import { send } from './messages.js';
import { deploy, disableProcess, enableProcess, processes } from './processes.js';
import { migrate, serve } from './serve.js';
import { settings } from './settings-page.js';
import { signal } from './signals.js';
import { time } from './time.js';
import { claimUserTask, completeUserTask, updateUserTask, userTasks, watchUserTasks } from './user-tasks.js';

export const commands: readonly Command[] = [
  serve,
  migrate,
  deploy,
  processes,
  disableProcess,
  enableProcess,
  start,
  show,
  instances,
  send,
  signal,
  jobs,
  incidents,
  resolve,
  cancel,
  userTasks,
  watchUserTasks,
  claimUserTask,
  updateUserTask,
  completeUserTask,
  time,
  lint,
  explain,
  settings,
];

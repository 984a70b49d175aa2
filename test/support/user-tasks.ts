/** User tasks as tests of engine and wire use them: a model with one, and the watcher of a test. */
import { onTestFinished } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { UserTaskWatcher, WatchFilter } from '../../src/engine/face.js';
import type { UserTaskView } from '../../src/engine/reader.js';
import type { TestEngine } from './engine.js';
import { model, user } from './scenario-model.js';

/** start -> approve -> end. */
export function approval(id: string, spec: Parameters<typeof user>[0] = {}): string {
  return model('start -> approve -> end', { approve: user(spec) }).replace('process id="p"', `process id="${id}"`);
}

/** What a watcher is told, one answer after the other. */
export class TestWatch {
  readonly told: UserTaskView[] = [];
  readonly watcher: UserTaskWatcher;
  private readonly over = new AbortController();

  private constructor(watcher: UserTaskWatcher) {
    this.watcher = watcher;
    onTestFinished(() => this.close());
  }

  static async open({ engine }: TestEngine, filter: Partial<WatchFilter> = {}, cursor = ''): Promise<TestWatch> {
    const watcher = await engine.watchUserTasks({ tenantIds: [''], ...filter }, cursor);
    if (isRefusal(watcher)) throw new Error(watcher.message);
    return new TestWatch(watcher);
  }

  get cursor(): string {
    return this.watcher.cursor;
  }

  /** `approve STARTED ada 1`: state, whose it is, revision. */
  get lines(): readonly string[] {
    return this.told.map(({ row }) => `${row.state} ${row.assignee ?? 'nobody'} ${row.revision}`);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const news = await this.watcher.next(10_000, this.over.signal);
      if (isRefusal(news)) throw new Error(`${news.refused}: ${news.message}`);
      this.told.push(...news.userTasks);
    }
  }

  close(): void {
    this.over.abort();
    this.watcher.close();
  }
}

/** What all queries share: the page that is asked for, filters without what is absent, the tenants that are looked through. */
import { isRefusal, type Refusal } from '../core/refusal.js';
import type { Page, PageRequest, TagFilter } from '../engine/reader.js';
import type { TagFilter as WireTagFilter } from '../gen/baton/v1/common.js';
import type { CallContext } from './call-context.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { PAGE_SIZE } from './limits.js';

interface WirePage {
  readonly pageSize: number;
  readonly pageToken: string;
  readonly limit: number;
  readonly offset: number;
}

export interface WireResults<Message> {
  readonly results: Message[];
  readonly nextPageToken: string;
}

/** One query: `limit` and `offset` are the simple form, without tokens. */
export async function answerQuery<View, Message>(
  request: WirePage,
  read: (page: PageRequest) => Promise<Page<View> | Refusal>,
  toMessage: (view: View) => Message,
): Promise<WireResults<Message> | Problem> {
  const simple = request.limit > 0 || request.offset > 0;
  const faults = simple ? mixed(request) : [];
  const problem = problemOf(faults);
  if (problem !== null) return problem;
  const size = (simple ? request.limit : request.pageSize) || PAGE_SIZE;
  const page = await read({ size, token: request.pageToken, offset: request.offset });
  if (isRefusal(page)) return page;
  return { results: page.results.map(toMessage), nextPageToken: simple ? '' : page.nextToken };
}

function mixed({ pageSize, pageToken }: WirePage): Fault[] {
  const message = 'can not be used together with limit and offset';
  const faults: Fault[] = [];
  if (pageSize > 0) faults.push({ reason: 'REQUEST_INVALID', field: 'page_size', message });
  if (pageToken !== '') faults.push({ reason: 'REQUEST_INVALID', field: 'page_token', message });
  return faults;
}

type Absentable<Filter> = { readonly [Name in keyof Filter]: Filter[Name] | undefined };

/** The filter without its absent conditions: undefined, the empty text and the empty list do not restrict. */
export function filterOf<Filter extends object>(conditions: Absentable<Filter>, tenantIds: readonly string[]) {
  const given = Object.entries(conditions).filter(([, value]) => {
    return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  });
  return { ...(Object.fromEntries(given) as Partial<Filter>), tenantIds };
}

/** Named ones; without any, all that the caller may see. */
export function tenantsIn(tenantIds: readonly string[], context: CallContext): readonly string[] {
  return tenantIds.length > 0 ? tenantIds : context.tenantIds;
}

/** What this version does not know is not looked for. */
export function known<Theirs, Ours>(values: readonly Theirs[], table: ReadonlyMap<Theirs, Ours>): Ours[] {
  return values.flatMap((value) => table.get(value) ?? []);
}

export function tagFilters(tags: readonly WireTagFilter[]): TagFilter[] {
  return tags.map(({ name, value }) => ({ name, value: value ?? null }));
}

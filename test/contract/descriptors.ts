// The contract as its tests see it: descriptors with comments.
import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { loadContract } from '../../src/grpc/contract.js';

export const contract = loadContract();

export const files: readonly DescFile[] = [...contract.registry.files].filter(
  (file) => file.proto.package === 'baton.v1',
);
export const services: readonly DescService[] = files.flatMap((file) => file.services);
export const methods: readonly DescMethod[] = services.flatMap((service) => service.methods);
export const messages: readonly DescMessage[] = files.flatMap((file) => file.messages);
export const enums: readonly DescEnum[] = files.flatMap((file) => file.enums);

/** Message types that can be part of a request. */
export const requestTypes: readonly DescMessage[] = reachable(methods.map((method) => method.input));

/** A field with the name of its message, for failures to read. */
export const nameOf = (field: DescField): string => `${field.parent?.name}.${field.name}`;

export function commentOfMethod(method: DescMethod): string {
  const service = method.parent;
  return comment(service.file, [6, service.file.services.indexOf(service), 2, service.methods.indexOf(method)]);
}

export function commentOfValue(list: DescEnum, value: DescEnum['values'][number]): string {
  return comment(list.file, [5, list.file.enums.indexOf(list), 2, list.values.indexOf(value)]);
}

/** What stands above `syntax`. */
export function headOf(file: DescFile): string {
  return comment(file, [12]);
}

/** Codes and reasons as comments list them: `- CODE REASON, REASON, CODE REASON: when`. */
export function errorsIn(text: string): readonly { readonly code: string; readonly reason: string }[] {
  const errors: { code: string; reason: string }[] = [];
  for (const [, list = ''] of text.matchAll(/^ ?- ([A-Z_ ,\n]+):/gm)) {
    let code = '';
    for (const part of list.split(',')) {
      const [first = '', second] = part.trim().split(/\s+/);
      if (second !== undefined) code = first;
      errors.push({ code, reason: second ?? first });
    }
  }
  return errors;
}

function comment(file: DescFile, path: readonly number[]): string {
  const wanted = path.join('.');
  const found = file.proto.sourceCodeInfo?.location.find((location) => location.path.join('.') === wanted);
  return found?.leadingComments ?? '';
}

function reachable(roots: readonly DescMessage[]): DescMessage[] {
  const found = new Set<DescMessage>();
  const visit = (type: DescMessage): void => {
    if (found.has(type) || type.file.proto.package !== 'baton.v1') return;
    found.add(type);
    for (const field of type.fields) if (field.message !== undefined) visit(field.message);
  };
  for (const root of roots) visit(root);
  return [...found];
}

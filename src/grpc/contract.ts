/** The contract at run time: the descriptors that buf made of the .proto files, for the door and for reflection. */
import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

export interface Contract {
  readonly registry: FileRegistry;
  /** The file descriptor set, for reflection. */
  readonly descriptors: Uint8Array;
}

/** Reads some 300 KB and takes some 20 ms; once for each process. */
export function loadContract(): Contract {
  const descriptors = readFileSync(new URL('../gen/api.binpb', import.meta.url));
  return { registry: createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors)), descriptors };
}

/** The request message of a method; the path is as on the wire, `/baton.v1.JobService/Work`. */
export function requestOf(contract: Contract, path: string): DescMessage {
  const [, service = '', name = ''] = path.split('/');
  const methods: readonly DescMethod[] = contract.registry.getService(service)?.methods ?? [];
  const method = methods.find((candidate) => candidate.name === name);
  if (method === undefined) throw new Error(`The contract has no method ${path}.`);
  return method.input;
}

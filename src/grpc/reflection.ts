/** grpc.reflection: the contract as the server knows it, for grpcurl and its like. */

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { handleBidiStreamingCall, Server, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as healthService } from 'grpc-health-check';
import type { Contract } from './contract.js';

type Package = ConstructorParameters<typeof ReflectionService>[0];

/** Reads all descriptors again, and takes a tenth of a second: once for each process. */
export function reflectionOf({ descriptors }: Contract): ReflectionService {
  const { file } = fromBinary(FileDescriptorSetSchema, descriptors);
  const fileDescriptorProtos = file.map((each) => Buffer.from(toBinary(FileDescriptorProtoSchema, each)));
  const contract = { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos };
  const all = { contract, health: healthService.Check?.requestType ?? contract } as Package;
  return new ReflectionService(all);
}

export function addReflection(server: Server, reflection: ReflectionService): void {
  reflection.addToServer({
    addService: (definition, implementation) => server.addService(definition, guarded(implementation)),
  });
}

/** Its streams have no listener for errors of their own, and an error without a listener ends the process. */
function guarded(implementation: UntypedServiceImplementation): UntypedServiceImplementation {
  const handlers = Object.entries(implementation).map(([name, handle]) => {
    const bidi = handle as handleBidiStreamingCall<unknown, unknown>;
    const listening: typeof bidi = (call) => {
      call.on('error', () => call.removeAllListeners('data'));
      bidi(call);
    };
    return [name, listening];
  });
  return Object.fromEntries(handlers);
}

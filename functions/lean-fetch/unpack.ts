import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip, constants as zlib } from 'node:zlib';

// Whether a body ends too early is for the connection to say, as it is for the platform's fetch.
const unzip = () => createUnzip({ finishFlush: zlib.Z_SYNC_FLUSH });
const unbrotli = () => createBrotliDecompress({ finishFlush: zlib.BROTLI_OPERATION_FLUSH });

const findUnpacker = (coding: string) => {
  if (coding === 'gzip' || coding === 'x-gzip' || coding === 'deflate') return unzip();
  return coding === 'br' ? unbrotli() : null;
};

/** The body as it was before the server packed it. Servers are asked not to, so this is for those that do it anyway. */
export const unpack = (message: IncomingMessage): Readable => {
  const coding = message.headers['content-encoding']?.trim().toLowerCase();
  const unpacker = coding ? findUnpacker(coding) : null;
  if (!unpacker) return message;
  // An error reaches the reader through the unpacker, which the pipeline destroys.
  return pipeline(message, unpacker, () => undefined);
};

/** A meeting's files over HTTPS. Every rejection is a RoundelError. */
import { SeatHeader } from '../api/wire';
import { RoundelError } from '../room/model';
import type { Place } from './file-protocol';

const pathOf = ({ number }: Place) => `/api/v1/meetings/${number}/files`;

/**
 * Sends a file to the server and returns its id there. XMLHttpRequest tells how
 * far it has come, and reads a file from disk as it goes, in every browser; fetch
 * does neither.
 */
export function upload(place: Place, body: Blob, signal: AbortSignal, progress: (sent: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop);
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onloadend = () => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return reject(stopped());
      const { status, responseText } = request;
      const id = field(responseText, 'id');
      if (status === 201 && id) resolve(id);
      else reject(status === 0 ? offline() : problem(status, responseText));
    };
    request.open('POST', pathOf(place));
    request.setRequestHeader(SeatHeader, place.seat);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.send(body);
  });
}

/** Fetches what an upload kept. */
export async function download(place: Place, id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  let reply: Response;
  try {
    reply = await fetch(`${pathOf(place)}/${encodeURIComponent(id)}`, { headers: { [SeatHeader]: place.seat }, credentials: 'same-origin', cache: 'no-store', signal });
  } catch {
    throw signal.aborted ? stopped() : offline();
  }
  if (!reply.ok) throw problem(reply.status, await reply.text().catch(() => ''));
  if (!reply.body) throw offline();
  return reply.body;
}

/** The person did not want it any more. */
export function stopped(): RoundelError {
  return new RoundelError('file_stopped', 'The file was stopped.');
}

export function offline(): RoundelError {
  return new RoundelError('offline', 'The connection to the server was lost.');
}

/** An RFC 9457 problem as an error; a file that is no longer there has a sentence of its own. */
function problem(status: number, text: string): RoundelError {
  const code = field(text, 'code') || (status >= 500 ? 'unavailable' : 'invalid');
  return new RoundelError(code === 'not_found' ? 'file_gone' : code, field(text, 'detail'));
}

function field(json: string, name: string): string {
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

/**
 * The media worker: every encoded frame that is sent or received passes through
 * here (RTCRtpScriptTransform), in every meeting and from the first frame on, so
 * that turning encryption on later changes nothing in the connection.
 */
import { Arrivals } from './arrivals';
import { FrameCounter, pass, type FrameStreams } from './frames';
import type { FromMediaWorker, ToMediaWorker, TransformOptions } from './protocol';

/** The worker's global scope as far as it is used; TypeScript's own needs another lib than the page's. */
interface Scope {
  onmessage: ((event: MessageEvent<ToMediaWorker>) => void) | null;
  onrtctransform: ((event: { transformer: FrameStreams & { options: TransformOptions } }) => void) | null;
  postMessage(message: FromMediaWorker): void;
}

const scope = globalThis as unknown as Scope;
const counter = new FrameCounter();
const arrivals = new Arrivals((id, rtpTimestamp) => scope.postMessage({ type: 'arrived', id, rtpTimestamp }));
let reporting: ReturnType<typeof setInterval> | undefined;

function report(): void {
  scope.postMessage({ type: 'counts', counts: counter.snapshot() });
}

scope.onmessage = ({ data }) => {
  switch (data.type) {
    case 'ping':
      scope.postMessage({ type: 'pong', id: data.id });
      break;
    case 'report':
      clearInterval(reporting);
      report();
      if (data.every) reporting = setInterval(report, 1000);
      break;
    case 'await':
      arrivals.ask(data.label, data.id);
      break;
  }
};

scope.onrtctransform = ({ transformer }) => {
  const { options } = transformer;
  const count = counter.row(options);
  const see: typeof count = (frame) => {
    count(frame);
    if (options.side === 'receive') arrivals.frame(options.label, frame);
  };
  pass(transformer, see).catch((error: unknown) => {
    scope.postMessage({ type: 'broken', options, message: String(error) });
  });
};

scope.postMessage({ type: 'ready' });

/**
 * The media worker: every encoded frame that is sent or received passes through
 * here (RTCRtpScriptTransform), in every meeting and from the first frame on, so
 * that turning encryption on later changes nothing in the connection. Keys come
 * from the mls worker over a port of their own; the page never has one.
 */
import { Arrivals } from './arrivals';
import { FrameCounter, through, type EncodedFrame, type FrameStreams } from './frames';
import { Group } from './group';
import { ReceiveLane, SendLane, type Lane } from './lanes';
import type { FromMediaWorker, ToMediaWorker, TransformOptions, Verdicts } from './protocol';

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
let group: Group | null = null;

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
    case 'group':
      // Once: nobody takes the rules over from the mls worker.
      group ??= new Group(data.port);
      break;
    case 'bound':
      if (data.bound) group?.bound.set(data.label, data.bound);
      else group?.bound.delete(data.label);
      break;
  }
};

scope.onrtctransform = ({ transformer }) => {
  const { options } = transformer;
  const row = counter.row(options);
  const seen = (frame: EncodedFrame) => {
    if (options.side === 'receive') arrivals.frame(options.label, frame);
  };
  let lane: Lane | null = null;
  through(transformer, (frame, out) => {
    row.count(frame);
    if (!group && !options.group) {
      seen(frame);
      out.enqueue(frame);
    } else if (group) {
      lane ??= laneOf(group, transformer, row.verdicts(), seen);
      lane.push(frame, out);
    }
  }).catch((error: unknown) => {
    scope.postMessage({ type: 'broken', options, message: String(error) });
  });
};

function laneOf(to: Group, transformer: FrameStreams & { options: TransformOptions }, verdicts: Verdicts, played: (frame: EncodedFrame) => void): Lane {
  const { options } = transformer;
  if (options.side === 'send') return new SendLane(to, transformer, options, verdicts);
  return new ReceiveLane(to, transformer, options, verdicts, {
    played,
    owner: (owner, frame) => scope.postMessage({ type: 'owner', label: options.label, owner, rtpTimestamp: frame.getMetadata?.().rtpTimestamp ?? null }),
  });
}

scope.postMessage({ type: 'ready' });

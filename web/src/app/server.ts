import type { CardUpdate, Claim, Info, Meeting, MeetingInfo, NewMeeting, Session, SignIn } from '../api/wire';
import { RoundelError } from '../room/model';

/** The REST API as far as the screens use it. Every rejection is a RoundelError. */
export class Server {
  constructor(private readonly send: typeof fetch = (...args) => fetch(...args)) {}

  info = () => this.ask<Info>('GET', '/info');
  claim = (body: Claim) => this.ask<Session>('POST', '/owner', body);
  signIn = (body: SignIn) => this.ask<Session>('POST', '/session', body);
  signOut = () => this.ask<void>('DELETE', '/session');
  create = (body: NewMeeting) => this.ask<Meeting>('POST', '/meetings', body);
  /** The own meetings that may still be joined, newest first. */
  meetings = () => this.ask<Meeting[]>('GET', '/meetings');
  meeting = (number: string) => this.ask<MeetingInfo>('GET', `/meetings/${number}`);
  putCard = (number: string, body: CardUpdate) => this.ask<void>('PUT', `/meetings/${number}/card`, body);
  end = (number: string) => this.ask<void>('DELETE', `/meetings/${number}`);

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, credentials: 'same-origin', headers: { accept: 'application/json' } };
    if (body !== undefined) {
      init.headers = { ...init.headers, 'content-type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    let reply: Response;
    try {
      reply = await this.send(`/api/v1${path}`, init);
    } catch {
      throw new RoundelError('offline', '');
    }
    if (!reply.ok) throw await problem(reply);
    return (reply.status === 204 ? undefined : await reply.json()) as T;
  }
}

/** Reads an RFC 9457 problem; `code` is ours, `detail` a sentence for people. */
async function problem(reply: Response): Promise<RoundelError> {
  const body: unknown = await reply.json().catch(() => ({}));
  const { code, detail } = (body ?? {}) as { code?: unknown; detail?: unknown };
  return new RoundelError(
    typeof code === 'string' ? code : reply.status >= 500 ? 'unavailable' : 'invalid',
    typeof detail === 'string' ? detail : '',
  );
}

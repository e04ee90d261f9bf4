import type { ChatEntry, ChatMessage, FetchingFile, FilesView, SendingFile } from '../src/room/model';
import { sealed } from './fake-group';
import { scene } from './fake-meeting';
import { people, start } from './people';
import { meeting, type Story } from './story';

const grace = { from: 'p1', name: 'Grace Hopper', to: '', toName: '', own: false };
const ada = { from: 'p0', name: 'Ada Lovelace', to: '', toName: '', own: true };

const text = (i: number, who: typeof ada, words: string, change: Partial<ChatMessage> = {}): ChatMessage => ({ key: `k${i}`, ...who, at: start + i * 61_000, text: words, file: null, sealed: false, ...change });
const file = (i: number, who: typeof ada, name: string, size: number, change: Partial<ChatMessage> = {}): ChatMessage =>
  text(i, who, '', { file: { id: `f${i}`, name, type: '', size }, ...change });

const clear: ChatEntry[] = [
  text(0, grace, 'Here is the draft.'),
  file(1, grace, 'Draft of the agreement.pdf', 2_400_000),
  file(2, grace, 'Photographs-of-the-site-before-and-after-the-renovation-2026-11-22.zip', 98_000_000),
  file(3, ada, 'notes.txt', 812),
  file(4, grace, 'salary.ods', 61_440, { to: 'p0', toName: 'Ada Lovelace' }),
  file(5, ada, 'answer.odt', 20_480, { to: 'p1', toName: 'Grace Hopper' }),
];

/** Encryption was turned on and off again: what was sealed stays, and is marked. */
const turned: ChatEntry[] = [
  text(0, grace, 'Shall we turn it on?'),
  { key: 't1', turn: 'on', at: start + 61_000, name: 'Grace Hopper', own: false },
  text(2, grace, 'The offer is 4.2 million.', { sealed: true }),
  file(3, grace, 'offer.pdf', 340_000, { sealed: true }),
  text(4, ada, 'Agreed.', { sealed: true }),
  { key: 't2', turn: 'off', at: start + 5 * 61_000, name: 'Ada Lovelace', own: true },
  text(6, ada, 'Thank you all.'),
];

const sendingFile = (i: number, name: string, change: Partial<SendingFile> = {}): SendingFile => ({ key: `s${i}`, name, size: 5_000_000, to: '', toName: '', state: 'waiting', done: 0, failure: null, ...change });

const sending: SendingFile[] = [
  sendingFile(0, 'Minutes.pdf', { state: 'sending', done: 2_100_000 }),
  sendingFile(1, 'picture.png', { to: 'p2', toName: 'Katherine Johnson' }),
  sendingFile(2, 'film.mkv', { state: 'failed', failure: { code: 'offline', message: '' } }),
  sendingFile(3, 'disk.img', { size: 900_000_000, state: 'failed', failure: { code: 'file_too_large', message: '' } }),
];

const fetching = new Map<string, FetchingFile>([
  ['k1', { done: 900_000, failure: null }],
  ['k2', { done: 0, failure: { code: 'file_changed', message: '' } }],
  ['k3', { done: 0, failure: { code: 'file_gone', message: '' } }],
]);

const chat = (messages: ChatEntry[], files: Partial<FilesView> = {}) => ({ chat: { messages, unread: 0 }, files: { sending: [], fetching: new Map(), ...files } });

/** Files in the chat, and what of it was sealed. */
export const fileStories: Record<string, Story> = {
  'files-chat': meeting(() => scene(chat(clear), people(5)), { panel: 'chat' }),
  'files-coming': meeting(() => scene(chat(clear, { fetching }), people(5)), { panel: 'chat' }),
  'files-sending': meeting(() => scene(chat(clear.slice(0, 2), { sending }), people(5)), { panel: 'chat' }),
  'files-sealed': meeting(() => sealed({ state: chat(turned.slice(0, 5)) }), { panel: 'chat' }),
  'files-sealed-before': meeting(() => sealed({ e2ee: { mode: 'off', by: 'Ada Lovelace' }, state: chat(turned) }), { panel: 'chat' }),
  'files-notice': meeting(() => scene({}, people(3)), {}, [{ type: 'chat', message: file(9, grace, 'Draft of the agreement.pdf', 2_400_000) }]),
};

import type { Files, MeetingState, SendingFile } from '../src/room/model';
import type { Store } from '../src/room/store';

/** Files that stay where they are: nothing is carried. */
export function fakeFiles(patch: (part: Partial<MeetingState>) => void, store: Store<MeetingState>): Files {
  const sending = (change: (list: readonly SendingFile[]) => readonly SendingFile[]) => patch({ files: { ...store.current.files, sending: change(store.current.files.sending) } });
  return {
    send: ({ name, size }, to = '') => {
      const toName = store.current.participants.find((p) => p.id === to)?.name ?? '';
      sending((list) => [...list, { key: `file ${list.length}`, name, size, to, toName, state: 'sending', done: size / 3, failure: null }]);
    },
    retry: (key) => sending((list) => list.map((one) => (one.key === key ? { ...one, state: 'sending', failure: null } : one))),
    drop: (key) => sending((list) => list.filter((one) => one.key !== key)),
    fetch: async () => new Blob(['A file of a story.']),
    stopFetching: () => {},
  };
}

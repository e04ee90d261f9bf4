import { expect, it } from 'vitest';
import { FilePort, type KeyPort } from './file-port';
import type { FromKeys, SealedFile, ToKeys } from './file-protocol';

class FakePort implements KeyPort {
  onmessage: KeyPort['onmessage'] = null;
  readonly got: FromKeys[] = [];

  postMessage(message: FromKeys): void {
    this.got.push(message);
  }

  asks(data: ToKeys): void {
    this.onmessage?.({ data } as MessageEvent<ToKeys>);
  }
}

const file = (id: string): SealedFile => ({ id, key: new Uint8Array(32), name: 'plan.pdf', mediaType: '', size: 5, chunk: 65536 });

it('gives the page everything but the key, and the file worker all of it, also later', () => {
  const files = new FilePort(() => '');
  expect(files.note('ben', file('f1'))).toEqual({ id: 'f1', name: 'plan.pdf', mediaType: '', size: 5 });
  const first = new FakePort();
  files.add(first);
  files.note('eve', file('f2'));
  const second = new FakePort();
  files.add(second);
  const want = [{ type: 'came', from: 'ben', file: file('f1') }, { type: 'came', from: 'eve', file: file('f2') }];
  expect([first.got, second.got]).toEqual([want, want]);
});

it('offers what was sent, and says why not', () => {
  const offered: [string, string][] = [];
  const files = new FilePort(({ id }, to) => {
    offered.push([id, to]);
    return to === 'ben' ? '' : 'session: no such person';
  });
  const port = new FakePort();
  files.add(port);
  port.asks({ type: 'offer', ref: 1, to: 'ben', file: file('f1') });
  port.asks({ type: 'offer', ref: 2, to: 'eve', file: file('f2') });
  expect(offered).toEqual([['f1', 'ben'], ['f2', 'eve']]);
  expect(port.got).toEqual([{ type: 'offered', ref: 1, why: '' }, { type: 'offered', ref: 2, why: 'session: no such person' }]);
});

import { expect, test } from 'vitest';
import { Server } from './server';

function answering(reply: () => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = [];
  const server = new Server(async (url, init) => {
    asked.push({ url: String(url), init: init ?? {} });
    return reply();
  });
  return { server, asked };
}

test('a body is sent as JSON to this server only', async () => {
  const { server, asked } = answering(() => Response.json({ user: { id: '1', name: 'Ada', role: 'owner' } }));
  expect((await server.signIn({ name: 'Ada', password: 'a long password' })).user.name).toBe('Ada');
  expect(asked[0]).toMatchObject({ url: '/api/v1/session', init: { method: 'POST', credentials: 'same-origin', body: '{"name":"Ada","password":"a long password"}' } });
});

test('an answer without content is no error', async () => {
  const { server } = answering(() => new Response(null, { status: 204 }));
  await expect(server.signOut()).resolves.toBeUndefined();
});

test.each<[string, () => Response | Promise<Response>, { code: string; message: string }]>([
  ['a problem', () => Response.json({ code: 'conflict', detail: 'The server has an owner.' }, { status: 409 }), { code: 'conflict', message: 'The server has an owner.' }],
  ['a proxy’s page', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), { code: 'unavailable', message: '' }],
  ['JSON of another kind', () => Response.json(null, { status: 400 }), { code: 'invalid', message: '' }],
  ['no network', () => Promise.reject(new TypeError('failed')), { code: 'offline', message: '' }],
])('%s becomes an error with a code', async (_name, reply, want) => {
  await expect(answering(reply).server.info()).rejects.toMatchObject(want);
});

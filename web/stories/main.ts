import { mount } from 'svelte';
import '../src/ui/tokens.css';
import '../src/ui/base.css';
import Frame from './Frame.svelte';
import { stories } from './stories';

const query = new URLSearchParams(location.search);
const name = query.get('story') ?? '';
const theme = query.get('theme') === 'dark' ? 'dark' : 'light';
document.documentElement.dir = query.get('dir') === 'rtl' ? 'rtl' : 'ltr';

const target = document.getElementById('app') ?? document.body;
const story = stories[name];
if (story) mount(Frame, { target, props: story(theme) });
else {
  for (const other of Object.keys(stories)) {
    const link = document.createElement('a');
    link.href = `?story=${other}`;
    link.textContent = other;
    target.append(link, document.createElement('br'));
  }
}
Object.assign(globalThis, { stories: Object.keys(stories) });

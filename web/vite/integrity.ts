import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** Returns the Subresource Integrity value of a file's content. */
export function digest(content: string | Uint8Array): string {
  return `sha384-${createHash('sha384').update(content).digest('base64')}`;
}

const tag = /<(?:script|link)\b[^>]*\b(?:src|href)="\/([^"]+)"[^>]*>/g;
const guarded = /\brel="(?:modulepreload|stylesheet)"/;

/**
 * Adds integrity attributes to every script, style sheet and module preload of
 * the page. `read` returns a file of the build by its path, or undefined for
 * files that are not part of it.
 */
export function addIntegrity(
  html: string,
  read: (path: string) => string | Uint8Array | undefined,
): string {
  return html.replace(tag, (whole: string, path: string) => {
    if (whole.startsWith('<link') && !guarded.test(whole)) return whole;
    const content = read(path);
    if (content === undefined) throw new Error(`integrity: ${path} is not in the build`);
    return whole.replace(/\s*\/?>$/, ` integrity="${digest(content)}">`);
  });
}

/** Vite plugin: see addIntegrity. It runs after every other change to the files. */
export function integrity(): Plugin {
  return {
    name: 'roundel-integrity',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue;
          file.source = addIntegrity(String(file.source), (path) => {
            const found = bundle[path];
            return found?.type === 'chunk' ? found.code : found?.source;
          });
        }
      },
    },
  };
}

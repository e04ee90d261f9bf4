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

/**
 * The script that tells the page the digests of chunks that load later. It is
 * made after all chunks have their names, so that it changes none of them.
 */
export function digestScript(files: Record<string, string | Uint8Array>): { path: string; code: string } {
  const digests = Object.fromEntries(Object.entries(files).map(([path, content]) => [`/${path}`, digest(content)]));
  const code = `globalThis.${table}=${JSON.stringify(digests)};`;
  const name = createHash('sha256').update(code).digest('base64url').slice(0, 8);
  return { path: `assets/integrity-${name}.js`, code };
}

const table = 'roundelIntegrity';
const preloadHelper = '\0vite/preload-helper.js';
const preloadLine = 'link.href = dep.href;';

/** Vite plugin: see addIntegrity and digestScript. It runs after every other change to the files. */
export function integrity(): Plugin {
  return {
    name: 'roundel-integrity',
    apply: 'build',
    enforce: 'post',
    transform(code, id) {
      if (id !== preloadHelper) return undefined;
      if (!code.includes(preloadLine)) this.error('integrity: the preload helper has changed');
      return code.replace(preloadLine, `link.integrity = globalThis.${table}?.[dep.pathname] ?? ''; ${preloadLine}`);
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const content = Object.fromEntries(
          Object.values(bundle).map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]),
        );
        const later = Object.fromEntries(Object.entries(content).filter(([path]) => /\.(?:js|css|wasm)$/.test(path)));
        const script = digestScript(later);
        this.emitFile({ type: 'asset', fileName: script.path, source: script.code });
        content[script.path] = script.code;
        for (const file of Object.values(bundle)) {
          if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue;
          const html = String(file.source).replace('<script type="module"', `<script src="/${script.path}"></script>\n    $&`);
          file.source = addIntegrity(html, (path) => content[path]);
        }
      },
    },
  };
}

// Turns a built UI into what opikd carries: one blob of bytes, and a C++ file with a table of what is where in it.
//
//   node embed.mjs DIST OUT     reads DIST, writes OUT/ui.blob and OUT/ui_files.cc
//
// Each file is kept as it is and, where that is smaller, packed as gzip and as brotli. Vite names what is in assets/ after a
// hash of the bytes, so that may be kept by browsers for ever.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}

const [dist, out] = process.argv.slice(2).map((path) => resolve(path));
const pieces = [];
let size = 0;

// Where `bytes` are in the blob, as C++.
function place(bytes) {
  if (bytes === null) return '{}';
  const at = size;
  pieces.push(bytes);
  size += bytes.length;
  return `{opik_ui_blob + ${at}, ${bytes.length}}`;
}

const rows = filesOf(dist)
  .sort()
  .map((file) => {
    const path = '/' + relative(dist, file);
    const type = types[extname(file)];
    if (type === undefined) throw new Error(`embed: ${path}: no content type is known for it`);
    const bytes = readFileSync(file);
    const smaller = (packed) => (packed.length < bytes.length * 0.95 ? packed : null);
    const gzip = smaller(gzipSync(bytes, { level: 9 }));
    const brotli = smaller(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const immutable = path.startsWith('/assets/');
    return `      {"${path}", "${type}", "${hash}", ${immutable}, ${place(bytes)}, ${place(gzip)}, ${place(brotli)}},`;
  });

writeFileSync(join(out, 'ui.blob'), Buffer.concat(pieces));
writeFileSync(
  join(out, 'ui_files.cc'),
  `// Made by web/scripts/embed.mjs.
#include "opikd/ui.h"

asm(".section .rodata\\n"
    ".balign 16\\n"
    ".global opik_ui_blob\\n"
    "opik_ui_blob:\\n"
    ".incbin \\"${join(out, 'ui.blob')}\\"\\n"
    ".previous\\n");
extern "C" const char opik_ui_blob[];

namespace opik::opikd {

std::vector<http::StaticFile> carried_ui() {
  return {
${rows.join('\n')}
  };
}

}  // namespace opik::opikd
`,
);
